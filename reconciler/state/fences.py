"""The fence of whoever wrote a document last: a run whose lease is older cannot write it any more."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from reconciler.errors import StateError

if TYPE_CHECKING:
    from reconciler.model.ports import Lease

FENCE = "fence"


class Fences:
    """Of the documents that this process has read, and of the leases that it holds. Thread-safe: each key has one
    thread at a time."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}
        self._held: dict[str, Lease] = {}

    def seen(self, installation: str, document: object) -> None:
        """Remembers the fence of a document that was read."""
        found = document.get(FENCE) if isinstance(document, Mapping) else None
        self._seen[installation] = found if isinstance(found, int) else 0

    def knows(self, installation: str) -> bool:
        return installation in self._seen

    def next(self, installation: str) -> dict[str, Any]:
        """What a document of ours says. Raises LockedError for a lease that is lost, StateError for an older one."""
        last, lease = self._seen.get(installation, 0), self._held.get(installation)
        if lease is None:
            return {FENCE: last} if last else {}
        lease.check()
        if lease.fence < last:
            raise StateError(
                f"state of {installation}: a later run has written it",
                why=f"its lease has the number {last}, ours {lease.fence}",
                fix="plan again: apply reads everything afresh",
            )
        self._seen[installation] = lease.fence
        return {FENCE: lease.fence}

    @contextlib.contextmanager
    def within(self, lease: Lease, installations: Sequence[str]) -> Iterator[None]:
        self._held |= dict.fromkeys(installations, lease)
        try:
            yield
        finally:
            for installation in installations:
                self._held.pop(installation, None)


@contextlib.contextmanager
def one_of(leased: AbstractContextManager[Lease], installation: str) -> Iterator[Lease]:
    """The lease of one installation. Raises LockedError when somebody else holds it."""
    with leased as lease:
        if (error := lease.refused.get(installation)) is not None:
            raise error
        yield lease
