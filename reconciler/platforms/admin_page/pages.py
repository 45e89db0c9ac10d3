"""Reads and writes the pages of a map as one resource."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from reconciler.drivers.admin_page.session import ReadSession, WriteSession
from reconciler.errors import PlatformRefused
from reconciler.model.address import Resource
from reconciler.model.change import Action, Change
from reconciler.model.handshake import Handshake
from reconciler.model.ports import Opener
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Present, Reading, Value

SETTINGS = "settings"
RESOURCE = Resource(collection=SETTINGS)


class PageReader:
    """`begin` makes the session; nothing is contacted before the first read."""

    def __init__(self, unit: str, begin: Callable[[], ReadSession]) -> None:
        self._unit, self._begin = unit, begin

    @cached_property
    def _session(self) -> ReadSession:
        return self._begin()

    def read(self) -> Reading:
        return _reading(self._unit, self._session)

    def close(self) -> None:
        if "_session" in self.__dict__:
            self._session.close()


class PageWriter:
    def __init__(self, unit: str, begin: Callable[[], WriteSession], secrets: Opener) -> None:
        self._unit, self._begin, self._secrets = unit, begin, secrets

    @cached_property
    def _session(self) -> WriteSession:
        return self._begin()

    def read(self) -> Reading:
        return _reading(self._unit, self._session)

    def write(self, change: Change) -> None:
        """Raises PlatformError: what the page says, or what it did otherwise than asked."""
        if change.action is not Action.UPDATE:
            raise PlatformRefused(f"{change.address}: there is nothing to {change.action} on a page", fix="plan again")
        typed = {one.field: self._opened(one.after) for one in change.fields}
        tested = self._session.test(typed)
        if tested is not None and not tested.passed:
            raise PlatformRefused(
                f"{change.address}: the page's own test failed, and nothing was saved: {tested.words}",
                why="the page map has a test, which is pressed before each save",
                fix="correct the declared values, or what the test needs",
            )
        self._session.write(typed)

    def test(self, resource: Resource) -> Handshake | None:
        """The page's own test is pressed before a save, by the driver; afterwards there is none."""
        return None

    def close(self) -> None:
        if "_session" in self.__dict__:
            self._session.close()

    def _opened(self, value: Value) -> Value | SecretValue:
        return self._secrets.open(value) if isinstance(value, SecretRef) else value


def _reading(unit: str, session: ReadSession) -> Reading:
    seen = session.read()
    live = Present(settings=seen.values, write_only=seen.write_only, findings=seen.findings)
    return Reading(unit=unit, resources={RESOURCE: live})
