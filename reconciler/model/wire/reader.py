"""Readers of our frozen data, composed by their annotations: one for each type, made when it is first read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from enum import Enum
from functools import cache
from typing import Any, NamedTuple, NoReturn, get_args, get_origin

from reconciler.model.secret import SecretRef
from reconciler.model.wire import types
from reconciler.model.wire.types import AnyTree, AnyValue

Read = Callable[[Any], Any]
_TREE, _SECRET = {"tree"}, {"secret"}


class Unexpected(ValueError):
    """`path` leads to it: `.targets[0].spec`, made from its end as the readers give up."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what, self.path = what, ""

    def below(self, step: str) -> None:
        self.path = step + self.path


class _Part(NamedTuple):
    """Most values are scalars, and are what they are; `other` reads the rest, or raises."""

    scalars: frozenset[type]
    other: Read


@cache
def of(kind: Any) -> Read:
    """Reads a `kind`. Raises Unexpected for anything else."""
    scalars, other = _part(kind)
    return lambda data: data if type(data) in scalars else other(data)


@cache
def _part(kind: Any) -> _Part:
    if kind in (AnyValue, AnyTree):
        return _Part(types.SCALARS, _tree if kind is AnyTree else _value)
    others = types.others(kind)
    if not others:
        return _Part(types.scalars(kind), _refusal(kind))
    return _Part(types.scalars(kind), _one(others[0], kind) if len(others) == 1 else _named(others, kind))


def _one(member: Any, kind: Any) -> Read:
    origin = get_origin(member)
    if is_dataclass(member):
        return _object(member, kind)
    if origin is not None:
        return _sequence(member, kind) if origin in (tuple, frozenset) else _mapping(member, kind)
    return _choice(member, kind)


def _object(member: Any, kind: Any, own: frozenset[str] = frozenset()) -> Read:
    """`own` are keys of the document that are none of its fields."""
    refused = _refusal(kind)
    parts: list[tuple[str, frozenset[type], Read]] | None = None  # made late: a type may have one of itself inside
    fields = types.of(member)
    keys = own.union(fields)

    def read(data: Any) -> Any:
        nonlocal parts
        if type(data) is not dict:
            refused(data)
        if data.keys() != keys:
            raise Unexpected(f"{member.__name__} is expected, {_difference(keys, data)}")
        if parts is None:
            parts = [(name, *_part(below)) for name, below in fields.items()]
        found = {}
        for name, scalars, other in parts:
            value = data[name]
            try:
                found[name] = value if type(value) in scalars else other(value)
            except Unexpected as error:
                error.below(f".{name}")
                raise
        return member(**found)

    return read


def _difference(keys: frozenset[str], data: Mapping[str, Any]) -> str:
    missing, unknown = (sorted(map(repr, some)) for some in (keys - data.keys(), data.keys() - keys))
    said = (("without", unknown), ("with", missing))
    return " and ".join(f"{word} {', '.join(some)}" for word, some in said if some)


def _named(members: tuple[Any, ...], kind: Any) -> Read:
    """Of several types: the document says of which."""
    readers = {member.__name__: _object(member, kind, frozenset({types.KIND})) for member in members}
    refused = _refusal(kind)

    def read(data: Any) -> Any:
        named = data.get(types.KIND) if type(data) is dict else None
        return (readers.get(named, refused) if type(named) is str else refused)(data)

    return read


def _sequence(member: Any, kind: Any) -> Read:
    origin, args = get_origin(member), get_args(member)
    if origin is tuple and args[-1] is not Ellipsis:
        return _fixed(args, kind)
    (scalars, other), refused = _part(args[0]), _refusal(kind)

    def read(data: Any) -> Any:
        if type(data) is not list:
            refused(data)
        found = []
        try:
            for one in data:
                found.append(one if type(one) in scalars else other(one))  # noqa: PERF401  # how far it came is told
        except Unexpected as error:
            error.below(f"[{len(found)}]")
            raise
        made = origin(found)
        if len(made) != len(data):
            raise Unexpected("each one once is expected")
        return made

    return read


def _fixed(args: tuple[Any, ...], kind: Any) -> Read:
    readers, refused = [of(arg) for arg in args], _refusal(kind)

    def read(data: Any) -> Any:
        if type(data) is not list:
            refused(data)
        if len(data) != len(readers):
            raise Unexpected(f"{len(readers)} parts are expected, and not {len(data)}")
        return tuple(_at(f"[{at}]", read, one) for at, (read, one) in enumerate(zip(readers, data, strict=True)))

    return read


def _mapping(member: Any, kind: Any) -> Read:
    """Pairs: keys are not always text."""
    key, (scalars, other), refused = of(get_args(member)[0]), _part(get_args(member)[1]), _refusal(kind)

    def read(data: Any) -> Any:
        if type(data) is not list:
            refused(data)
        found = {}
        for pair in data:
            if type(pair) is not list or len(pair) != 2:  # a pair
                raise Unexpected("pairs of a key and a value are expected")
            name, value = key(pair[0]), pair[1]
            try:
                found[name] = value if type(value) in scalars else other(value)
            except Unexpected as error:
                error.below(f"[{name}]")
                raise
        if len(found) != len(data):
            raise Unexpected("each key once is expected")
        return found

    return read


def _choice(member: type[Enum], kind: Any) -> Read:
    known, refused = {one.value: one for one in member}, _refusal(kind)

    def read(data: Any) -> Any:
        if type(data) is not str:
            refused(data)
        if (found := known.get(data)) is None:
            raise Unexpected(f"one of {', '.join(known)} is expected")
        return found

    return read


def _value(data: Any) -> Any:
    return _several(data, _value) if type(data) is list else _reference(data)


def _tree(data: Any) -> Any:
    if type(data) is list:
        return _several(data, _tree)
    if type(data) is dict and data.keys() == _TREE and type(below := data["tree"]) is dict:
        return {name: one if type(one) in types.SCALARS else _at(f".{name}", _tree, one) for name, one in below.items()}
    return _reference(data)


def _several(data: list[Any], read: Read) -> tuple[Any, ...]:
    return tuple(one if type(one) in types.SCALARS else _at(f"[{at}]", read, one) for at, one in enumerate(data))


def _reference(data: Any) -> SecretRef:
    if type(data) is not dict or data.keys() != _SECRET:
        raise Unexpected(f"a value is expected, and not {type(data).__name__}")
    found: SecretRef = of(SecretRef)(data["secret"])
    return found


def _at(step: str, read: Read, data: Any) -> Any:
    try:
        return read(data)
    except Unexpected as error:
        error.below(step)
        raise


def _refusal(kind: Any) -> Callable[[Any], NoReturn]:
    def refused(data: Any) -> NoReturn:
        given = "null" if data is None else type(data).__name__
        raise Unexpected(f"{types.name(kind)} is expected, and not {given}")

    return refused
