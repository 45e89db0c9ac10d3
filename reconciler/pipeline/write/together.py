"""Changes that one write carries: written first, and then each finds its own write done and what is read back known.

So each change keeps its own proof, outcome and way back, as where a platform writes them one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from reconciler.model.address import Address, Resource
from reconciler.model.change import Change
from reconciler.model.handshake import Handshake
from reconciler.model.ports import Together, Writer
from reconciler.model.settings import Reading


@dataclass(slots=True, kw_only=True)
class Once:
    """A Writer that has written `changes` already: all in one go, and what it refused by `refused`."""

    writer: Writer
    changes: frozenset[int]  # by identity: what takes one of them back has its address, too
    refused: dict[Address, Exception] = field(default_factory=dict)
    _reading: Reading | None = None
    _known: bool = False  # nothing was written or waited for since the last reading

    def write(self, change: Change) -> None:
        """As Writer.write. Raises the PlatformError that the platform gave for this change."""
        if id(change) not in self.changes:
            self._reading = None
            return self.writer.write(change)
        if error := self.refused.get(change.address):
            raise error
        self._known = True
        return None

    def read(self) -> Reading:
        """One reading for all; who asks again waits for the platform, and gets another one."""
        if self._reading is None or not self._known:
            self._reading = self.writer.read()
        self._known = False
        return self._reading

    def test(self, resource: Resource) -> Handshake | None:
        return self.writer.test(resource)

    def close(self) -> None:
        self.writer.close()


def once(writer: Writer, changes: Sequence[Change]) -> Writer:
    """The writer itself where it cannot write together. Raises nothing: an error is that of each change."""
    if not isinstance(writer, Together) or len(changes) < 2:
        return writer
    done = Once(writer=writer, changes=frozenset(map(id, changes)))
    try:
        done.refused.update(writer.write_together(changes))
    except Exception as error:  # noqa: BLE001  # told of each change, as where each is written alone
        done.refused.update({change.address: error for change in changes})
    return done
