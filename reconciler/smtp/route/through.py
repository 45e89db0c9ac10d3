"""From a host name to an open connection that starts elsewhere: through ssh or a proxy."""

from __future__ import annotations

import asyncio
from time import perf_counter

from reconciler.model.handshake import Level, Relay
from reconciler.model.text.place import place
from reconciler.smtp.catalogue.results import failed, passed
from reconciler.smtp.protocol.wire import Lost, Wire
from reconciler.smtp.record.log import Log, Timeouts
from reconciler.smtp.route import race, reach, via


async def connected(text: str, relay: Relay, timeouts: Timeouts, log: Log) -> Wire:
    """Over a proxy or ssh; which hop failed is the evidence."""
    try:
        start = via.parse(text)
    except via.Unusable as error:
        log.fail(failed("SMTP100", f"via: {error.what}; nothing was tried", advice=error.fix))
    hops = [str(start)]  # the last one is where the time was spent
    broken: via.Broken | None = None
    seconds = min(timeouts.via, 0.9 * max(0, log.ends - perf_counter()))  # earlier than the step's own deadline
    with log.step("via", Level.CONNECT, "SMTP100", seconds + 1):
        try:
            async with asyncio.timeout(seconds):
                wire = await _by(start, relay, seconds, hops)
        except TimeoutError:
            broken = via.Broken(hops[-1], f"no answer within {seconds:.3g} s")
        except Lost:
            broken = via.Broken(hops[-1], "it closed the connection")
        except via.Broken as error:
            broken = error
    if broken is not None:
        evidence = log.evidence.text(b"\n".join(filter(None, (f"{broken.hop}: {broken.what}".encode(), broken.said))))
        advice = broken.advice or f"check that {start} answers, and may connect to {place(relay.host, relay.port)}"
        reason = f"no connection to {place(relay.host, relay.port)} via {start}"
        log.fail(failed("SMTP100", reason, evidence=evidence, advice=advice))
    log.add(passed("SMTP100", f"connected via {start}"))
    log.tell(f"connected to {place(relay.host, relay.port)} via {start}")
    return wire


async def _by(start: via.Via, relay: Relay, seconds: float, hops: list[str]) -> Wire:
    """Raises Broken, Lost, TimeoutError; leaves nothing open then."""
    if start.scheme == "ssh":
        from reconciler.smtp.route import ssh

        return await ssh.connected(start, relay.host, relay.port, seconds, hops)
    from reconciler.smtp.route import proxy

    wire = await _proxy(start, seconds)
    negotiated = proxy.socks5 if start.scheme == "socks5" else proxy.connect
    target = f"{place(relay.host, relay.port)} from {start}"
    hops.append(f"{start}, asked for {place(relay.host, relay.port)}")
    try:
        await negotiated(wire, relay.host, relay.port, proxy=str(start), target=target)
    except BaseException:
        await wire.close()
        raise
    return wire


async def _proxy(start: via.Via, seconds: float) -> Wire:
    port = start.port or 0  # `parse` saw to it
    try:
        found = await reach.addresses(start.host, port)
    except (OSError, UnicodeError) as error:
        raise via.Broken(str(start), "its name does not resolve", said=str(error).encode()) from None
    refusals: list[str] = []
    winner = await race.first(found, port, seconds / 2, refusals)
    if winner is None:
        raise via.Broken(str(start), "no connection", said="\n".join(refusals).encode())
    return winner[1]
