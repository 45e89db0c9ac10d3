"""Greylisting: the second attempt, when the relay said when it wants one. Only where nobody logs in: one AUTH a run."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace

from reconciler.model.handshake import Auth, Relay
from reconciler.smtp.record.log import Log, Stop, Timeouts
from reconciler.smtp.route import reach
from reconciler.smtp.session import envelope
from reconciler.smtp.session.dialog import Dialog

_RCPT = "SMTP401"


def waits(relay: Relay, log: Log, timeouts: Timeouts) -> float | None:
    """Seconds until the second attempt; None where there is none."""
    if log.again is None or relay.auth is not Auth.NONE or log.again > timeouts.greylist:
        return None
    return log.again


async def again(relay: Relay, wait: float, context: ssl.SSLContext | None, timeouts: Timeouts, log: Log) -> None:
    """MAIL and RCPT of `relay` once more in `wait` seconds, on a connection of their own; `log` is the envelope's."""
    log.tell(f"greylisted: another connection in {wait:.3g} s")
    await asyncio.sleep(wait)
    log.ends, log.stopped, log.again, log.broken = log.ends + wait, None, None, False
    wire = None
    try:
        wire = log.wire = await reach.connected(relay, timeouts, log)
        dialog = Dialog(relay=relay, wire=wire, log=log, timeouts=timeouts)
        await dialog.opened(context)
        await envelope.envelope(dialog, relay.sender or "", relay.recipient or "", relay.size)
        log.keep(replace(log.checks[_RCPT], reason=f"{log.checks[_RCPT].reason} after {wait:.3g} s of greylisting"))
        await envelope.reset(dialog)
        await dialog.quit()
    except Stop as stop:
        log.stopped = stop.result
    finally:
        if wire is not None:
            await wire.close()
