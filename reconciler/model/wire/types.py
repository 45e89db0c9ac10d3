"""The fields of our frozen data and their types, as the annotations say them."""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from reconciler.model.wire.read_certificate import ReadCertificate

NONE = type(None)
SCALARS: frozenset[type] = frozenset({str, int, float, bool, NONE})
KIND = "is"  # names the type of data that may be of several


class AnyValue:
    """Stands for `Value`, which names itself: a scalar, a reference, or a tuple of values."""


class AnyTree:
    """Stands for `Tree`: a value, or a mapping of trees."""


@cache
def of(kind: type) -> Mapping[str, Any]:
    """The type of each field of a dataclass, in order."""
    own = vars(sys.modules[kind.__module__])
    found = get_type_hints(kind, {**_elsewhere(), **own}, _named())
    return {field.name: found[field.name] for field in fields(kind)}


def members(kind: Any) -> tuple[Any, ...]:
    """Of a union; of anything else itself."""
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def scalars(kind: Any) -> frozenset[type]:
    """The types of values that cross as they are. JSON has one kind of number, so that 1.0 may come as 1."""
    if kind in (AnyValue, AnyTree):
        return SCALARS
    found = frozenset[type](member for member in members(kind) if member in SCALARS)
    return found | {int} if float in found else found


def others(kind: Any) -> tuple[Any, ...]:
    """The members of a type that are no scalars."""
    return tuple(member for member in members(kind) if member not in SCALARS)


def name(kind: Any) -> str:
    """As one would write it."""
    if kind in (AnyValue, AnyTree):
        return "a value" if kind is AnyValue else "a tree of values"
    found = (get_origin(member) or member for member in members(kind))
    return " or ".join("null" if one is NONE else str(one.__name__) for one in found)


def _named() -> dict[str, Any]:
    return {
        "Value": AnyValue,
        "Settings": Mapping[str, AnyValue],
        "Tree": AnyTree,
        "Connection": Mapping[str, AnyTree],
        "Certificate": ReadCertificate,
    }


def _elsewhere() -> dict[str, Any]:
    """What a module imports for its annotations only."""
    from reconciler.model.acceptance import Accepted
    from reconciler.model.answers.prediction import Outcome
    from reconciler.model.answers.verdict import Verdict

    return {"Accepted": Accepted, "Outcome": Outcome, "Verdict": Verdict}
