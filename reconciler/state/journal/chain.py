"""Lines that hang together: each has the SHA-256 of the line before it, and when it was made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from reconciler.model.runs.journal import Fault, Json

START = ""  # of the first line


@dataclass(slots=True)
class Chain:
    """The end that the next line is added to."""

    head: str = START

    def line(self, record: Json) -> str:
        whole = {"at": _now(), **record, "previous": self.head}
        text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        self.head = digest(text)
        return text


def _now() -> str:
    return datetime.now(tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def digest(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()


def head(lines: Sequence[str]) -> str:
    return digest(lines[-1]) if lines else START


def faults(lines: Sequence[str], journal: str, head: str | None = None) -> Iterator[Fault]:
    """Where lines were changed, taken out or added; `head` is the digest of the last one, where it is known."""
    last = START
    for number, line in enumerate(lines, 1):
        found = parsed(line)
        if found is None:
            yield Fault(journal=journal, line=number, what="it is no line of a journal")
        elif found.get("previous") != last:
            yield Fault(journal=journal, line=number, what="it was not written after the line before it")
        last = digest(line)
    if head is not None and last != head:
        yield Fault(journal=journal, line=len(lines), what="it is not the last line that was written")


def records(lines: Iterable[str]) -> tuple[Any, ...]:
    """What can be read; a line that a crash cut cannot."""
    return tuple(found for line in lines if (found := parsed(line)) is not None)


def parsed(line: str) -> Any:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
