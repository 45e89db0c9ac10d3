"""Files that a message brings or names: CA files in a private folder while it is carried out, others below ours."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.engine.envelope import ca_files
from reconciler.errors import EngineError
from reconciler.pipeline.resolve import flatten


class NotHere(EngineError):
    """A message names a CA file that it does not bring."""

    rule = "ca-file-missing"


class NotAllowed(EngineError):
    """A message names a file of this machine that its worker does not give away."""

    rule = "file-not-allowed"


@dataclass(frozen=True, slots=True)
class Files:
    """Of one message: paths by what stands in it, and back. `below` is the folder that it may name files of."""

    below: str | None
    brought: Mapping[str, str] = field(default_factory=dict)  # digest → path

    def here(self, key: str, place: str) -> str:
        """Raises NotHere, NotAllowed."""
        digest = ca_files.digest_in(place)
        if digest is None:
            return self._ours(key, place)
        if digest not in self.brought:
            what = f"{key}: the message names a CA file and does not bring it"
            raise NotHere(what, fix="this is a bug in reconciler: report it")
        return self.brought[digest]

    def known(self, key: str, place: str) -> str:
        """The same for what was done before, of which a file may be missing by now."""
        return self.brought.get(ca_files.digest_in(place) or "", place)

    def there(self, key: str, path: str) -> str:
        """As the message had it."""
        return next((ca_files.named(digest) for digest, one in self.brought.items() if one == path), path)

    def _ours(self, key: str, place: str) -> str:
        if self.below is None:
            why, fix = "worker.yaml of that zone names no folder of files", "files: FOLDER in worker.yaml"
            raise NotAllowed(f"{key}: {place} is a file of the worker's machine", why=why, fix=fix)
        found = flatten.absolute(place, self.below)
        if os.path.commonpath([found, self.below]) != self.below:
            why, fix = f"worker.yaml of that zone has files: {self.below}", "move the file, or change worker.yaml"
            raise NotAllowed(f"{key}: {place} is outside the folder of files", why=why, fix=fix)
        return found


@contextmanager
def of_message(texts: Mapping[str, str], below: str | None) -> Iterator[Files]:
    """`texts` are CA files by their digest. What was written is gone afterwards."""
    if not texts:
        yield Files(below)
        return
    with tempfile.TemporaryDirectory(prefix="reconciler-") as folder:  # for its owner only
        brought = {digest: str(Path(folder) / f"{digest}.pem") for digest in texts}
        for digest, path in brought.items():
            Path(path).write_text(texts[digest], encoding="utf-8", newline="")
        yield Files(below, brought)
