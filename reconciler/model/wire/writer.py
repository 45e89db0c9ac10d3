"""Writers of our frozen data, composed by their annotations: one for each type, made when it is first written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from enum import Enum
from functools import cache
from typing import Any, NamedTuple, NoReturn, get_args, get_origin

from reconciler.model import codec
from reconciler.model.secret import SecretRef
from reconciler.model.text.message import Message
from reconciler.model.wire import types
from reconciler.model.wire.read_certificate import ReadCertificate
from reconciler.model.wire.types import AnyTree, AnyValue

Write = Callable[[Any], Any]


class _Part(NamedTuple):
    """Most values are scalars, and cross as they are; `other` writes the rest, or raises."""

    scalars: frozenset[type]
    other: Write


@cache
def of(kind: Any) -> Write:
    """Writes a `kind`. Raises TypeError for anything else."""
    scalars, other = _part(kind)
    return lambda one: one if type(one) in scalars else other(one)


@cache
def _part(kind: Any) -> _Part:
    others = types.others(kind)
    if kind in (AnyValue, AnyTree):
        return _Part(types.SCALARS, _tree if kind is AnyTree else _value)
    if not others:
        return _Part(types.scalars(kind), _words(kind) if str in types.scalars(kind) else _refusal(kind))
    return _Part(types.scalars(kind), _one(others[0], kind) if len(others) == 1 else _named(others, kind))


def _one(member: Any, kind: Any) -> Write:
    origin = get_origin(member)
    if member is ReadCertificate:
        return _certificate(kind)
    if is_dataclass(member):
        return _object(member, kind)
    if origin is not None:
        return _sequence(member, kind) if origin in (tuple, frozenset) else _mapping(member, kind)
    if issubclass(member, Enum):
        return _choice(member, kind)
    raise TypeError(f"{types.name(kind)} cannot cross")


def _object(member: Any, kind: Any, named: Mapping[str, str] | None = None) -> Write:
    refused, start, fields = _refusal(kind), named or {}, types.of(member)
    parts: list[tuple[str, frozenset[type], Write]] | None = None  # made late: a type may have one of itself inside

    def write(one: Any) -> Any:
        nonlocal parts
        if type(one) is not member:
            refused(one)
        if parts is None:
            parts = [(name, *_part(below)) for name, below in fields.items()]
        document: dict[str, Any] = {**start}
        for name, scalars, other in parts:
            value = getattr(one, name)
            document[name] = value if type(value) in scalars else other(value)
        return document

    return write


def _named(members: tuple[Any, ...], kind: Any) -> Write:
    """Of several types: the document says of which."""
    writers = {member: _object(member, kind, {types.KIND: member.__name__}) for member in members}
    refused = _refusal(kind)
    return lambda one: writers.get(type(one), refused)(one)


def _sequence(member: Any, kind: Any) -> Write:
    origin, args = get_origin(member), get_args(member)
    if origin is tuple and args[-1] is not Ellipsis:
        return _fixed(args, kind)
    (scalars, other), refused = _part(args[0]), _refusal(kind)

    def write(some: Any) -> Any:
        if type(some) is not origin:
            refused(some)
        found = [one if type(one) in scalars else other(one) for one in some]
        return sorted(found, key=str) if origin is frozenset else found

    return write


def _fixed(args: tuple[Any, ...], kind: Any) -> Write:
    writers, refused = [of(arg) for arg in args], _refusal(kind)

    def write(some: Any) -> Any:
        if type(some) is not tuple or len(some) != len(writers):
            refused(some)
        return [write(one) for write, one in zip(writers, some, strict=True)]

    return write


def _mapping(member: Any, kind: Any) -> Write:
    """Pairs: keys are not always text."""
    key, (scalars, other), refused = of(get_args(member)[0]), _part(get_args(member)[1]), _refusal(kind)

    def write(some: Any) -> Any:
        if not isinstance(some, Mapping):
            refused(some)
        return [[key(name), one if type(one) in scalars else other(one)] for name, one in some.items()]

    return write


def _choice(member: Any, kind: Any) -> Write:
    refused = _refusal(kind)
    return lambda one: one.value if type(one) is member else refused(one)


def _words(kind: Any) -> Write:
    """What crosses is of files: the words of flags are for the one relay of a command line."""
    refused = _refusal(kind)
    return lambda one: str(one) if type(one) is Message else refused(one)


def _certificate(kind: Any) -> Write:
    """All of it, which is otherwise read when asked for."""
    write = _object(ReadCertificate, kind)
    return lambda one: write(ReadCertificate.of(one))


def _value(one: Any) -> Any:
    """Raises TypeError for a secret."""
    if type(one) is SecretRef:
        return {"secret": of(SecretRef)(one)}
    return [_value(below) for below in one] if isinstance(one, tuple) else codec.value(one)


def _tree(one: Any) -> Any:
    """A reference and a mapping are told apart, whatever keys it has. Raises TypeError for a secret."""
    if isinstance(one, Mapping):
        return {"tree": {str(name): _tree(below) for name, below in one.items()}}
    return [_tree(below) for below in one] if isinstance(one, tuple) else _value(one)


def _refusal(kind: Any) -> Callable[[Any], NoReturn]:
    def refused(one: Any) -> NoReturn:
        raise TypeError(f"{type(one).__name__} cannot cross: {types.name(kind)} is expected")

    return refused
