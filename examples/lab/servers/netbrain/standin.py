"""The stand-in as tests hold it: start, stop, look at it, change it by hand as in the page, make it hostile."""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from lab.servers.console.listener import Listener, Running
from lab.servers.console.variation import Variation
from lab.servers.netbrain.audit_log import EMAIL, AuditLog
from lab.servers.netbrain.rest import SESSION, TOKEN, Rest
from lab.servers.netbrain.routes import LOGIN, LOGOUT, Routes
from lab.servers.netbrain.settings import Settings


class NetBrainStandIn(Running):
    """One installation on loopback while the `with` block runs. Without `tls` it is plain HTTP."""

    def __init__(
        self,
        *,
        release: str = "12.3",
        lists: Literal["combobox", "select", "menu"] = "combobox",
        tls: ssl.SSLContext | None = None,
        port: int = 0,
    ) -> None:
        self.user, self.secret, self.log = "reconciler", secrets.token_urlsafe(12), AuditLog()
        self.rest = Rest(user=self.user, secret=self.secret, log=self.log, release=release)
        self.page = Routes(
            user=self.user, secret=self.secret, rest=self.rest, log=self.log, release=release, lists=lists
        )
        self.listener = Listener(self.page.answer, tls, port)

    @property
    def settings(self) -> Settings:
        return self.page.settings

    # what clients did

    @property
    def writes(self) -> int:
        """Requests that may change something, but for those of a login; a test and refused ones too."""
        own = (LOGIN, LOGOUT, SESSION, TOKEN)
        return sum(one.verb not in ("GET", "HEAD") and one.path not in own for one in self.seen)

    # looking and changing by hand, as in the page

    def edit(self, by: str = "alice", *, at: datetime | None = None, **values: Any) -> None:
        """Somebody else saves these; the audit log tells it."""
        with self.page.lock:
            self.page.settings, self.page.revision = replace(self.page.settings, **values), self.page.revision + 1
        self.log.add(by, EMAIL, "Edit Email Server Settings", at=at)

    @contextmanager
    def hostile(self, *variations: Variation, slow: float = 2.0, ways: Collection[str] = ()) -> Iterator[None]:
        """`slow` is in seconds; `ways` are those of `sending`, all unless given."""
        page, before, latency = self.page, self.page.ways, self.listener.latency
        page.hostile |= set(variations)
        page.ways = ways or before
        self.listener.latency = slow if Variation.SLOW_PAGE in variations else latency
        try:
            yield
        finally:
            page.hostile -= set(variations)
            page.ways, self.listener.latency = before, latency
