"""Which modification of a file was our own, noted in a folder of ours: a mark moves with the edits of others only."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from pathlib import Path

from reconciler.state import whole_file

_LONGEST = 400  # bytes: two marks are shorter


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """Of one file, by the name that it has everywhere. Without a folder each of our modifications looks like somebody
    else's."""

    folder: Path | None
    name: str

    def marker(self, identity: str, changed: str) -> str:
        """`changed`, or the mark from before our own modification, if it was the last one."""
        ours, _, remembered = self._read().partition("\t")
        return remembered if ours == identity and remembered else changed

    def keep(self, identity: str, marker: str) -> None:
        """What our modification has made of the file, and its mark of before. Never fails: an edit of ours that is not
        noted looks like a stranger's, and none is lost."""
        if (path := self._path) is not None:
            with contextlib.suppress(OSError):
                whole_file.put(path, f"{identity}\t{marker}", kept=False)

    def forget_leftovers(self) -> None:
        """Of a run that was killed. Raises OSError."""
        if (path := self._path) is not None:
            whole_file.forget_leftovers(path)

    @property
    def _path(self) -> Path | None:
        return self.folder and self.folder / hashlib.sha256(self.name.encode()).hexdigest()[:32]

    def _read(self) -> str:
        if (path := self._path) is None:
            return ""
        try:
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123  # as text it takes twice the calls
                return file.read(_LONGEST).decode()
        except (OSError, ValueError):
            return ""
