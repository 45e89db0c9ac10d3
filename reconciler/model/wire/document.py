"""Frozen data to plain JSON and back, by their annotations. Strict: nothing is guessed, left out or made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from enum import Enum
from typing import Any, TypeVar, cast, get_args, get_origin

from reconciler.model import codec
from reconciler.model.secret import SecretRef
from reconciler.model.wire import types
from reconciler.model.wire.read_certificate import ReadCertificate
from reconciler.model.wire.types import NONE, AnyTree, AnyValue

T = TypeVar("T")
_KIND = "is"  # names the type of data that may be of several
_SCALARS = (str, int, float, bool, NONE)


def written(one: object) -> codec.Json:
    """The document of one of our dataclasses. Raises TypeError for what cannot cross: a secret, a function."""
    return cast("codec.Json", _out(type(one), one))


def read(kind: type[T], data: Any) -> T:
    """Reads what `written` made of a `kind`. Raises ValueError for anything else."""
    return cast("T", _in(kind, data))


def _out(kind: Any, one: Any) -> Any:
    if kind in (AnyValue, AnyTree):
        return _tree_out(one)
    if ReadCertificate in types.members(kind) and one is not None:
        one = ReadCertificate.of(one)
    member = _member(kind, one)
    if is_dataclass(member):
        document = {name: _out(below, getattr(one, name)) for name, below in types.of(cast("type", member)).items()}
        return {_KIND: type(one).__name__, **document} if _ambiguous(kind) else document
    if isinstance(one, Mapping):
        key, value = get_args(member)
        return [[_out(key, name), _out(value, below)] for name, below in one.items()]
    if isinstance(one, frozenset):
        return sorted((_out(get_args(member)[0], below) for below in one), key=str)
    if isinstance(one, tuple):
        return [_out(below, part) for below, part in zip(_parts(member, len(one)), one, strict=True)]
    return one.value if isinstance(one, Enum) else one


def _in(kind: Any, data: Any) -> Any:
    if kind in (AnyValue, AnyTree):
        return _tree_in(data, tree=kind is AnyTree)
    member = _named(kind, data) if _ambiguous(kind) and isinstance(data, dict) else _only(kind, data)
    if is_dataclass(member):
        return _object(cast("type", member), data)
    origin = get_origin(member)
    if origin in (tuple, frozenset):
        parts = _parts(member, len(data)) if origin is tuple else get_args(member) * len(data)
        _check(len(parts) == len(data), member, data)
        return origin(_in(below, part) for below, part in zip(parts, data, strict=True))
    if origin is not None:
        key, value = get_args(member)
        _check(all(isinstance(pair, list) and len(pair) == 2 for pair in data), member, data)  # a pair
        return {_in(key, name): _in(value, below) for name, below in data}
    return member(data) if isinstance(member, type) and issubclass(member, Enum) else data


def _object(kind: type, data: Any) -> Any:
    _check(isinstance(data, dict), kind, data)
    hints, given = types.of(kind), {name: one for name, one in data.items() if name != _KIND}
    _check(given.keys() == hints.keys(), kind, sorted(given.keys() ^ hints.keys()))
    return kind(**{name: _in(hints[name], one) for name, one in given.items()})


def _member(kind: Any, one: Any) -> Any:
    """Which of the types of a union it is of. Raises TypeError."""
    for member in types.members(kind):
        if type(one) is (get_origin(member) or member) or (get_origin(member) is not None and _like(member, one)):
            return member
        if member is float and type(one) is int:
            return member
    raise TypeError(f"{type(one).__name__} cannot cross: {kind} is expected")


def _like(member: Any, one: Any) -> bool:
    return isinstance(one, Mapping) if get_origin(member) not in (tuple, frozenset) else False


def _only(kind: Any, data: Any) -> Any:
    """The member that a plain value can be of. Raises ValueError."""
    for member in types.members(kind):
        origin = get_origin(member)
        fits = isinstance(data, list) if origin else isinstance(data, dict) if is_dataclass(member) else False
        if isinstance(member, type) and issubclass(member, Enum):
            fits = data in [one.value for one in member]
        elif member in _SCALARS:
            fits = type(data) is member or (member is float and type(data) is int)
        if fits:
            return member
    raise ValueError(f"{kind} is expected, and not {type(data).__name__}")


def _named(kind: Any, data: Mapping[str, Any]) -> Any:
    found = [member for member in types.members(kind) if getattr(member, "__name__", None) == data.get(_KIND)]
    _check(len(found) == 1, kind, data.get(_KIND))
    return found[0]


def _ambiguous(kind: Any) -> bool:
    return sum(is_dataclass(member) for member in types.members(kind)) > 1


def _parts(member: Any, count: int) -> tuple[Any, ...]:
    args = get_args(member)
    return (args[0],) * count if args[-1:] == (Ellipsis,) else args


def _tree_out(one: Any) -> Any:
    """A reference and a mapping are told apart, whatever keys it has. Raises TypeError for a secret."""
    if isinstance(one, Mapping):
        return {"tree": {str(name): _tree_out(below) for name, below in one.items()}}
    if isinstance(one, tuple):
        return [_tree_out(below) for below in one]
    return codec.value(one)


def _tree_in(data: Any, *, tree: bool) -> Any:
    if isinstance(data, dict):
        _check(len(data) == 1, "tree or secret", sorted(data))
        if tree and isinstance(below := data.get("tree"), dict):
            return {name: _tree_in(one, tree=True) for name, one in below.items()}
        named = data.get("secret")
        return _object(SecretRef, {"zone": None, **named} if isinstance(named, dict) else named)  # written if set
    if isinstance(data, list):
        return tuple(_tree_in(one, tree=tree) for one in data)
    return codec.value_from(data)


def _check(holds: bool, kind: Any, data: Any) -> None:
    if not holds:
        raise ValueError(f"{kind} is expected, and not {data!r}")
