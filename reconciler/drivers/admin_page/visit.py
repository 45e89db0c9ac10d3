"""One visit to a console: the page map that fits, and a session of the driver, made when it is asked for first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from reconciler.drivers.admin_page import declared
from reconciler.drivers.admin_page.console import Carries, Console
from reconciler.drivers.admin_page.page_map import PageMap
from reconciler.drivers.admin_page.session import ReadSession
from reconciler.errors import PlatformDenied
from reconciler.model.ports import Opener
from reconciler.model.settings import Connection

S = TypeVar("S", bound=ReadSession)
Sessions = Callable[[PageMap, Console], S]
# the address of the console, and what carries requests to it
Reach = Callable[[Connection], tuple[str, Carries]]


def _untold(connection: Connection, secrets: Opener) -> str | None:
    return None


class Visit(Generic[S]):
    """`new` makes a session that reads, or one that writes too. Nothing is contacted before `session` is asked for.

    `mapped` gives the page map of a connection and a release, `told` that release where something beside the pages
    knows it.
    """

    def __init__(
        self,
        unit: str,
        connection: Connection,
        secrets: Opener,
        new: Sessions[S],
        *,
        reach: Reach,
        mapped: Callable[[Connection, str | None], PageMap],
        told: Callable[[Connection, Opener], str | None] = _untold,
    ) -> None:
        self.unit, self.connection, self.secrets = unit, connection, secrets
        self._new, self._reach, self._mapped, self._told = new, reach, mapped, told
        self.release: str | None = None
        self._open: S | None = None

    @property
    def page_map(self) -> PageMap:
        return self._mapped(self.connection, self.release)

    @property
    def by_hand(self) -> bool:
        """Whether only a person looks at this console: no login is declared for anybody else."""
        return self.connection.get("driver") == "guided" and self.connection.get("username") is None

    def session(self) -> S:
        """Raises PlatformError and SecretError."""
        if self.by_hand:
            what = f"{self.connection['url']}: nobody reads it, because connection.driver is guided"
            raise PlatformDenied(what, why="a person does", fix="declare what is there; apply prints a work order")
        if self._open is None:
            self.release = self._told(self.connection, self.secrets)
            url, carry = self._reach(self.connection)
            console = declared.console(self.unit, self.connection, self.secrets, url=url, carry=carry)
            self._open = self._new(self.page_map, console)
        return self._open

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
