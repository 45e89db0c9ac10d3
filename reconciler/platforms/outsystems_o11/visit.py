"""One visit to the console of an environment: a session of the driver, once LifeTime has told the release."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from reconciler.drivers.admin_page import declared
from reconciler.drivers.admin_page.console import Console
from reconciler.drivers.admin_page.page_map import PageMap
from reconciler.drivers.admin_page.session import ReadSession
from reconciler.drivers.http import carried, site
from reconciler.model.ports import Opener
from reconciler.model.settings import Connection
from reconciler.platforms.outsystems_o11 import lifetime, pages

S = TypeVar("S", bound=ReadSession)


class Visit(Generic[S]):
    """`new` makes a session that reads, or one that writes too. Nothing is contacted before `session` is asked for."""

    def __init__(
        self, unit: str, connection: Connection, secrets: Opener, new: Callable[[PageMap, Console], S]
    ) -> None:
        self.unit, self.connection, self.secrets, self._new = unit, connection, secrets, new
        self.release: str | None = None  # as LifeTime has it
        self._open: S | None = None

    @property
    def page_map(self) -> PageMap:
        return pages.page_map(self.connection, self.release)

    def session(self) -> S:
        """Raises PlatformError and SecretError."""
        if self._open is None:
            self.release = lifetime.release(self.connection, self.secrets)
            at = site.site(str(self.connection["url"]), self.connection)
            carry = carried.Carried(at)
            console = declared.console(self.unit, self.connection, self.secrets, url=at.url, carry=carry)
            self._open = self._new(self.page_map, console)
        return self._open

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
