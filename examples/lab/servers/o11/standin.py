"""The stand-in as tests hold it: start, stop, look at it, change it by hand as in the page, make it hostile."""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from lab.servers.console.listener import Listener, Running
from lab.servers.console.variation import Variation
from lab.servers.o11.environment import Environment
from lab.servers.o11.page import FOLDER, LOGIN
from lab.servers.o11.releases import Release
from lab.servers.o11.routes import Routes
from lab.servers.o11.sessions import Sessions
from lab.servers.o11.settings import Settings


class O11StandIn(Running):
    """One environment on loopback while the `with` block runs; several are several stand-ins.

    `release` is the Platform Server's; `mask` what a secret that is set is shown as. Without `tls` it is plain HTTP.
    """

    def __init__(
        self,
        name: str = "Production",
        *,
        release: str = "11.43.0",
        tls: ssl.SSLContext | None = None,
        settings: Settings | None = None,
        mask: str = "••••••••",
        port: int = 0,
    ) -> None:
        self.name, self.user, self.secret = name, "reconciler", secrets.token_urlsafe(12)
        self.key = secrets.token_hex(8)
        begin = settings or Settings()
        self.environment = Environment(release=Release(release), settings=begin, factory=begin, mask=mask)
        self.sessions = Sessions(self.user, self.secret)
        self.listener = Listener(Routes(self.environment, self.sessions).answer, tls, port)

    @property
    def settings(self) -> Settings:
        return self.environment.settings

    # what clients did

    @property
    def writes(self) -> int:
        """Requests that may change something, but for those of the login; Ajax steps and refused ones too."""
        return sum(one.verb not in ("GET", "HEAD") and one.path != f"{FOLDER}/{LOGIN}" for one in self.seen)

    # looking and changing by hand, as in the page

    def edit(self, **values: Any) -> None:
        """Somebody else saves these, and applies them to the factory."""
        before = self.environment.settings
        self.environment.settings = replace(before, **values)
        self.environment.factory = self.environment.settings

    @contextmanager
    def hostile(self, *variations: Variation, slow: float = 2.0, ways: Collection[str] = ()) -> Iterator[None]:
        """`slow` is in seconds; `ways` are those of `sending`, all unless given."""
        environment, before = self.environment, self.environment.chosen_ways
        environment.hostile |= set(variations)
        environment.chosen_ways = ways or before
        self.sessions.second_step = Variation.SECOND_LOGIN in variations
        latency = self.listener.latency
        self.listener.latency = slow if Variation.SLOW_PAGE in variations else latency
        try:
            yield
        finally:
            environment.hostile -= set(variations)
            environment.chosen_ways, self.listener.latency, self.sessions.second_step = before, latency, False
