"""From a host name to an open connection."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import threading

from reconciler.model.handshake import Level, Relay
from reconciler.model.text.place import place
from reconciler.smtp.catalogue.results import failed, inconclusive, passed
from reconciler.smtp.protocol.wire import Wire
from reconciler.smtp.record.log import Log, Timeouts
from reconciler.smtp.route import race


async def connected(relay: Relay, timeouts: Timeouts, log: Log) -> Wire:
    """By the first of its addresses that answers."""
    if relay.via is not None:
        from reconciler.smtp.route import through  # most start here

        return await through.connected(relay.via, relay, timeouts, log)
    found = await _resolved(relay, timeouts, log)
    refusals: list[str] = []
    with log.step("tcp", Level.CONNECT, "SMTP100", timeouts.tcp + 1):  # the race has an earlier deadline
        winner = await race.first(found, relay.port, timeouts.tcp, refusals)
    if winner is None:
        advice = "check host and port, and that no firewall blocks this machine"
        reason = f"no connection to {place(relay.host, relay.port)}"
        log.fail(failed("SMTP100", reason, evidence="\n".join(refusals), advice=advice))
    address, wire = winner
    log.addresses, log.address = found, address
    log.add(passed("SMTP100", f"connected to {address}", "\n".join(refusals) or None))
    log.tell(f"connected to {place(address, relay.port)}")
    return wire


async def to(address: str, relay: Relay, timeouts: Timeouts, log: Log) -> Wire:
    """Another address of the same name."""
    refusals: list[str] = []
    with log.step("tcp", Level.CONNECT, "SMTP100", timeouts.tcp + 1):
        winner = await race.first((address,), relay.port, timeouts.tcp, refusals)
    if winner is None:
        log.fail(failed("SMTP100", f"no connection to {place(address, relay.port)}", evidence="\n".join(refusals)))
    return winner[1]


async def _resolved(relay: Relay, timeouts: Timeouts, log: Log) -> tuple[str, ...]:
    with log.step("dns", Level.CONNECT, "SMTP100", timeouts.dns):
        try:
            return await addresses(relay.host, relay.port)
        except TimeoutError:
            raise
        except (OSError, UnicodeError) as error:
            said = error.strerror if isinstance(error, OSError) else "not a host name"
            if getattr(error, "errno", None) == socket.EAI_AGAIN:
                reason = f"the name server cannot answer for {relay.host} now"
                log.fail(inconclusive("SMTP100", reason, evidence=said, advice="try again later"))
            log.fail(failed("SMTP100", f"{relay.host} does not resolve", evidence=said, advice="check the host name"))


async def addresses(host: str, port: int) -> tuple[str, ...]:
    """The addresses of a host, in the order the system prefers. Raises OSError, UnicodeError."""
    with contextlib.suppress(ValueError):
        return (str(ipaddress.ip_address(host)),)
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[tuple[str, ...]] = loop.create_future()

    def settle(found: tuple[str, ...] | Exception) -> None:
        if answer.done():  # nobody waits any more
            return
        if isinstance(found, Exception):
            answer.set_exception(found)
        else:
            answer.set_result(found)

    def ask() -> None:
        found: tuple[str, ...] | Exception
        try:
            infos = socket.getaddrinfo(_plain(host), port, type=socket.SOCK_STREAM)
            found = tuple(dict.fromkeys(str(info[4][0]) for info in infos))
        except (OSError, UnicodeError) as error:
            found = error
        with contextlib.suppress(RuntimeError):  # the run is over
            loop.call_soon_threadsafe(settle, found)

    # not the loop's executor: it has few threads, and the end of the run would wait for a name server that is silent
    threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
    return await answer


def _plain(host: str) -> str | bytes:
    """Bytes where they need no look into the tables of IDNA, which Python would load first."""
    usual = host.isascii() and all(0 < len(label) < 64 for label in host.rstrip(".").split("."))
    return host.encode() if usual else host
