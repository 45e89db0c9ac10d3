"""The sockets of a relay: the address that answers, those that refuse, and those where nothing answers at all."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping

FIRST, SECOND, IPV6 = "127.0.0.1", "127.0.0.2", "::1"


def serving(addresses: Mapping[str, str]) -> str:
    """The address of the relay itself."""
    return SECOND if "first" in addresses else FIRST


def hosts(name: str, addresses: Mapping[str, str]) -> tuple[str, ...]:
    """Lines of /etc/hosts for a name, in the order in which it resolves."""
    found = (FIRST, SECOND) if {"first", "second"} & addresses.keys() else (FIRST,)
    return tuple(f"{address} {name}" for address in ((IPV6, *found) if "ipv6" in addresses else found))


def dead(address: str, port: int) -> contextlib.ExitStack:
    """An address whose queue of connections is full: the kernel drops whatever else comes, as a firewall does."""
    stack = contextlib.ExitStack()
    stack.enter_context(socket.create_server((address, port), backlog=0))
    for _ in range(3):
        one = stack.enter_context(socket.socket())
        one.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            one.connect((address, port))
    return stack
