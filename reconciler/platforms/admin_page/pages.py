"""Reads and writes the pages of a map as one resource."""

from __future__ import annotations

from reconciler.drivers.admin_page.session import ReadSession, WriteSession
from reconciler.drivers.admin_page.visit import S, Visit
from reconciler.errors import PlatformRefused
from reconciler.model.address import Resource
from reconciler.model.change import Action, Change
from reconciler.model.handshake import Handshake
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Present, Reading, Value

SETTINGS = "settings"
RESOURCE = Resource(collection=SETTINGS)


class PageReader:
    def __init__(self, visit: Visit[ReadSession]) -> None:
        self._visit = visit

    def read(self) -> Reading:
        return _reading(self._visit)

    def close(self) -> None:
        self._visit.close()


class PageWriter:
    def __init__(self, visit: Visit[WriteSession]) -> None:
        self._visit = visit

    def read(self) -> Reading:
        return _reading(self._visit)

    def write(self, change: Change) -> None:
        """Raises PlatformError: what the page says, or what it did otherwise than asked."""
        if change.action is not Action.UPDATE:
            raise PlatformRefused(f"{change.address}: there is nothing to {change.action} on a page", fix="plan again")
        typed = {one.field: self._opened(one.after) for one in change.fields}
        tested = self._visit.session().test(typed)
        if tested is not None and not tested.passed:
            raise PlatformRefused(
                f"{change.address}: the page's own test failed, and nothing was saved: {tested.words}",
                why="the page map has a test, which is pressed before each save",
                fix="correct the declared values, or what the test needs",
            )
        self._visit.session().write(typed)

    def test(self, resource: Resource) -> Handshake | None:
        """The page's own test is pressed before a save, by the driver; afterwards there is none."""
        return None

    def close(self) -> None:
        self._visit.close()

    def _opened(self, value: Value) -> Value | SecretValue:
        return self._visit.secrets.open(value) if isinstance(value, SecretRef) else value


def _reading(visit: Visit[S]) -> Reading:
    seen = visit.session().read()
    live = Present(settings=seen.values, write_only=seen.write_only, findings=seen.findings)
    return Reading(unit=visit.unit, resources={RESOURCE: live})
