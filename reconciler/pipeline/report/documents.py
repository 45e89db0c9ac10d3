"""Files with what commands printed as JSON: read, recognised, held against their published schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from reconciler.errors import DocumentError
from reconciler.model.codec import Json
from reconciler.pipeline.validate import schemas

_LIMIT = 64 * 1024 * 1024  # bytes
# a key that only documents of this command have, and their schema; the first that is there decides
_KINDS: Mapping[str, tuple[str, str]] = {
    "plan": ("config_digest", "plan"),
    "apply": ("outcomes", "output/apply"),
    "verify": ("handshakes", "output/verify"),
    "history": ("runs", "output/history"),
    "explain": ("rules", "output/explain"),
}
_TIMES = frozenset({"at", "created_at", "applied_at", "expires", "until"})
_FIX = "reconciler plan, drift, verify, apply, history or explain --format json print one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """`kind` is the command; `drift` and `show` print plans."""

    path: Path
    kind: str
    data: Json


def read(path: Path) -> Document:
    """Raises DocumentError where it is not there, or not whole, or of no command that a report knows."""
    data = _json(path)
    kind = next((kind for kind, (key, _) in _KINDS.items() if key in data), None)
    if kind is None:
        raise DocumentError(f"{path}: a document that no report is made from", fix=_FIX)
    wrong = next(schemas.ours(_KINDS[kind][1]).iter_errors(data), None)
    if wrong is not None:
        place = ".".join(str(part) for part in wrong.absolute_path)
        raise _broken(path, f"{place or 'it'} is not as its schema says; was it edited, or made by another version?")
    if (odd := next(_odd_times(data), None)) is not None:
        raise _broken(path, f"{odd} is no time")
    return Document(path=path, kind=kind, data=data)


def _odd_times(data: Any, name: str = "") -> Iterator[str]:
    """What stands where a time should, or a day in `until`: schemas know them as text."""
    if isinstance(data, Mapping):
        for key, part in data.items():
            yield from _odd_times(part, key)
    elif isinstance(data, list):
        for part in data:
            yield from _odd_times(part)
    elif name in _TIMES and isinstance(data, str) and not _is_time(data, day=name == "until"):
        yield f"{name} {data!r}"


def _is_time(text: str, *, day: bool) -> bool:
    try:
        return (datetime.fromisoformat(text).tzinfo is None) is day
    except ValueError:
        return False


def _json(path: Path) -> Json:
    try:
        with path.open("rb") as file:
            text = file.read(_LIMIT + 1)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL
        why = (error.strerror if isinstance(error, OSError) else None) or "not a file name"
        raise DocumentError(f"{path}: {why}", fix=_FIX) from error
    if len(text) > _LIMIT:
        raise _broken(path, f"it is larger than {_LIMIT >> 20} MiB")
    try:
        data: Any = json.loads(text, parse_constant=_no_number)
        json.dumps(data, ensure_ascii=False).encode()  # half of a surrogate pair cannot be printed
    except (ValueError, RecursionError) as error:
        raise _broken(path, "it is not JSON") from error
    if not isinstance(data, dict):
        raise _broken(path, "it is no JSON object")
    return data


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _broken(path: Path, why: str) -> DocumentError:
    return DocumentError(f"{path}: not a document of reconciler", why=why, fix=_FIX)
