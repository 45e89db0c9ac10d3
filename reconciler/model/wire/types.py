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

    return {"Accepted": Accepted, "Outcome": Outcome}
