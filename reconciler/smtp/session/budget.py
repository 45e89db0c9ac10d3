"""What one run may ask of one server, over all its sessions."""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Mapping
from functools import cache

from reconciler.model.handshake import CheckResult, Relay

# Postfix gives 100 tokens (default_process_limit) and takes one for each transaction that ends in RSET; without
# tokens every new mail waits for a second, until one is delivered. A quarter of them is ours.
ENVELOPES = 25
_NOTHING: Mapping[str, int] = {}
Account = tuple[str, str | None, tuple[int, str | None] | None]


class Budget:
    """Belongs to one run: of verify, or of all stages of an apply, one after the other.

    `each`: every mechanism that a client takes may have a login of its own, once the first one succeeded. `spent` are
    the transactions that the run has begun already, by host.
    """

    def __init__(self, envelopes: int = ENVELOPES, *, each: bool = False, spent: Mapping[str, int] = _NOTHING) -> None:
        self.each = each
        self._envelopes, self._spent = envelopes, Counter[str](spent)
        self._asked: dict[Hashable, asyncio.Future[CheckResult]] = {}
        self._logins: set[tuple[Account, bool]] = set()

    def envelope(self, host: str) -> bool:
        """Whether one more transaction may be begun and broken off."""
        name = _normal(host)
        self._spent[name] += 1
        return self._spent[name] <= self._envelopes

    @property
    def spent(self) -> Mapping[str, int]:
        return dict(self._spent)

    def login(self, relay: Relay) -> bool:
        """Whether AUTH may be sent: it may once for each user of a host, whatever the port; and once more for a
        protected stage, where the one before was for another."""
        if self.tried(relay):
            return False
        self._logins.add((account(relay), relay.protected))
        return True

    def tried(self, relay: Relay) -> bool:
        mine = account(relay)
        return (mine, True) in self._logins or (mine, relay.protected) in self._logins

    async def once(self, question: Hashable, ask: Callable[[], Awaitable[CheckResult]]) -> CheckResult:
        """The result of an opt-in check: asked by the first who wants it, shared by all with the same question."""
        if question not in self._asked:
            self._asked[question] = asyncio.ensure_future(ask())
        return await self._asked[question]


def account(relay: Relay) -> Account:
    """Who may be locked out: a user of a host. Behind each port of loopback, and each way there, is another machine.

    Published ports of containers, tunnels and port-forwards look like this: what one takes says nothing of another.
    """
    host = _normal(relay.host)
    return host, relay.username, (relay.port, relay.via) if loopback(host) else None


@cache
def loopback(host: str) -> bool:
    """Whether a name or an address is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _normal(host: str) -> str:
    return host.lower().rstrip(".")
