"""One visit to the console of an installation: the page map, and a session of the driver."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Generic, TypeVar

from reconciler.drivers.admin_page import declared
from reconciler.drivers.admin_page.console import Console
from reconciler.drivers.admin_page.page_map import PageMap
from reconciler.drivers.admin_page.session import ReadSession
from reconciler.drivers.http import carried, site
from reconciler.model.ports import Opener
from reconciler.model.settings import Connection

S = TypeVar("S", bound=ReadSession)


def page_map(connection: Connection) -> PageMap:
    """The team's own, or the one shipped for R12.3."""
    return declared.mapped(connection, files(__package__) / "maps" / "12.3.yaml")


class Visit(Generic[S]):
    """`new` makes a session that reads, or one that writes too. Nothing is contacted before `session` is asked for."""

    def __init__(
        self, unit: str, connection: Connection, secrets: Opener, new: Callable[[PageMap, Console], S]
    ) -> None:
        self.unit, self.connection, self.secrets, self._new = unit, connection, secrets, new
        self._open: S | None = None

    @property
    def page_map(self) -> PageMap:
        return page_map(self.connection)

    def session(self) -> S:
        """Raises PlatformError and SecretError."""
        if self._open is None:
            at = site.site(str(self.connection["url"]), self.connection)
            carry = carried.Carried(at)
            console = declared.console(self.unit, self.connection, self.secrets, url=at.url, carry=carry)
            self._open = self._new(self.page_map, console)
        return self._open

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
