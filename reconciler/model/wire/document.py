"""Frozen data to plain JSON and back, by their annotations. Strict: nothing is guessed, left out or made up."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from reconciler.model import codec
from reconciler.model.wire import reader, writer

T = TypeVar("T")


def written(one: object) -> codec.Json:
    """The document of one of our dataclasses. Raises TypeError for what cannot cross: a secret, a function."""
    kind: Any = type(one)
    return cast("codec.Json", writer.of(kind)(one))


def read(kind: type[T], data: Any) -> T:
    """Reads what `written` made of a `kind`. Raises ValueError for anything else: where, and what is expected there."""
    try:
        return cast("T", reader.of(cast("Any", kind))(data))
    except reader.Unexpected as error:
        raise ValueError(f"{kind.__name__}{error.path}: {error.what}") from None
    except RecursionError:
        raise ValueError(f"{kind.__name__} is expected, and not one inside the other without end") from None
