"""Negative controls, all opt-in: what a well-kept relay must refuse. None of them sends a credential or a message."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Hashable

from reconciler.model.handshake import CheckResult, CheckStatus, Encryption, Level, Relay
from reconciler.smtp.catalogue import needs
from reconciler.smtp.catalogue.checks import ALONE, INSIDE
from reconciler.smtp.catalogue.results import failed, inconclusive, informed, passed, skipped
from reconciler.smtp.protocol.reply import Reply
from reconciler.smtp.protocol.wire import Lost
from reconciler.smtp.record.log import Log, Stop, Timeouts
from reconciler.smtp.route import reach
from reconciler.smtp.session.budget import account
from reconciler.smtp.session.dialog import Dialog
from reconciler.smtp.session.envelope import utf8
from reconciler.smtp.tls import context as tls

# reserved by RFC 2606, so that nobody is meant, and no mail could arrive
OUTSIDE_SENDER, OUTSIDE_RECIPIENT = "open-relay-test@example.com", "open-relay-test@example.net"
_STRANGER = "reconciler-not-owned"
_ACCEPTED = (CheckStatus.WARN, CheckStatus.FAIL)

_Act = Callable[[Dialog], Awaitable[CheckResult]]
_OF_THE_LISTENER = frozenset({"SMTP213", "SMTP403"})  # asked with nothing of the relay's own


def question(check: str, relay: Relay) -> tuple[Hashable, ...]:
    """All that an answer depends on: whoever asks the same gets the same. Each way there is another client."""
    host, user, _ = account(relay)
    listener = (check, host, relay.port, relay.via)
    if check in _OF_THE_LISTENER:
        return listener
    return (*listener, relay.sender, relay.recipient, user if check in INSIDE else None)


async def alone(check: str, relay: Relay, timeouts: Timeouts, common: Log) -> CheckResult:
    """One of ALONE, on a connection that knows no credential."""
    if (lacking := _lacking(check, relay)) is not None:
        return lacking
    if check == "SMTP213":
        return await _connected(check, relay, timeouts, common, _command_injection)
    if check == "SMTP403":
        addresses = (OUTSIDE_SENDER, OUTSIDE_RECIPIENT)
        accepted = "an open relay: it accepts mail from anyone to anyone without a login"
    else:
        addresses, accepted = _addresses(relay), "mail is accepted without a login"
    return await _connected(
        check, relay, timeouts, common, lambda dialog: _in_transaction(check, dialog, *addresses, accepted)
    )


async def inside(check: str, dialog: Dialog) -> CheckResult:
    """One of INSIDE, in a session that has logged in. SMTP405 leaves the session in the middle of DATA."""
    relay, common = dialog.relay, dialog.log
    if (lacking := _lacking(check, relay)) is not None:
        return lacking
    dialog.log = common.another()
    try:
        if check == "SMTP402":
            sender, recipient = _addresses(relay)
            domain = sender.rpartition("@")[2]
            other = f"{_STRANGER}@{domain}"
            own = await _in_transaction(check, dialog, other, recipient, f"this login may also send as {other}")
            if own.status not in _ACCEPTED:
                return own
            far = await _in_transaction(check, dialog, OUTSIDE_SENDER, recipient, "this login may send as anybody")
            if far.status is not CheckStatus.PASS:
                return far if far.status in _ACCEPTED else own
            return informed(check, f"this login may send as all of {domain}, and as nobody else", own.evidence)
        return await _broken_off(dialog)
    except Stop as stop:
        return inconclusive(check, f"not decided: {stop.result.reason}", evidence=stop.result.evidence)
    finally:
        common.steps += dialog.log.steps
        common.broken = common.broken or dialog.log.broken
        dialog.log = common


def _lacking(check: str, relay: Relay) -> CheckResult | None:
    reason = next((one.reason for one in needs.missing(check, relay)), None)
    return None if reason is None else skipped(check, f"not tried: {reason}")


def _addresses(relay: Relay) -> tuple[str, str]:
    """Sender and recipient; the table of needs has seen to it that both are there."""
    return relay.sender or "", relay.recipient or ""


async def _connected(check: str, relay: Relay, timeouts: Timeouts, common: Log, act: _Act) -> CheckResult:
    log = common.another()  # no credential is sent here, but a server may repeat the one that it got before
    log.tell(f"another connection, without a login, for {check}")
    wire = None
    try:
        wire = await reach.connected(relay, timeouts, log)
        return log.keep(await act(Dialog(relay=relay, wire=wire, log=log, timeouts=timeouts)))
    except Stop as stop:
        return inconclusive(check, f"not decided: {stop.result.reason}", evidence=stop.result.evidence)
    finally:
        if wire is not None:
            await wire.close()


async def _in_transaction(check: str, dialog: Dialog, sender: str, recipient: str, accepted: str) -> CheckResult:
    """Passes when MAIL or RCPT is refused. Never DATA."""
    fresh = check in ALONE
    if fresh:
        await dialog.opened(_context(dialog.relay))
    commands = (("MAIL", f"FROM:<{sender}>{utf8(sender, recipient)}"), ("RCPT", f"TO:<{recipient}>"))
    result: CheckResult | None = None
    for verb, argument in commands:
        reply = await _asked(check, dialog, verb, argument)
        said = dialog.log.evidence.reply(reply)
        if reply.temporary:
            result = inconclusive(check, f"{verb} {argument} is deferred ({reply.code})", evidence=said)
        elif reply.code >= 500:
            result = passed(check, f"refused as it should be: {verb} {argument} ({reply.code})", said)
        if result is not None:
            break
    else:
        shown = f"MAIL FROM:<{sender}>\nRCPT TO:<{recipient}>\n{said}"
        result = failed(check, accepted, evidence=shown)
        if check == "SMTP305":  # a mail exchanger takes mail for its own recipients from anyone, as it must
            far = await _asked(check, dialog, "RCPT", f"TO:<{OUTSIDE_RECIPIENT}>")
            if far.code >= 500:
                result = passed(
                    check, f"{recipient} is the relay's own; for others mail without a login is refused", shown
                )
    await dialog.try_command("RSET")
    if fresh:
        await dialog.try_command("QUIT")
    return result


async def _broken_off(dialog: Dialog) -> CheckResult:
    """SMTP405: DATA until 354, then nothing more: without its last line the server must throw it away."""
    sender, recipient = _addresses(dialog.relay)
    mail = f"FROM:<{sender}>{utf8(sender, recipient)}"
    for verb, argument, wanted in (("MAIL", mail, 250), ("RCPT", f"TO:<{recipient}>", 250), ("DATA", "", 354)):
        reply = await _asked("SMTP405", dialog, verb, argument)
        said = dialog.log.evidence.reply(reply)
        if reply.code == wanted or (verb == "RCPT" and reply.code == 251):
            continue
        if not await dialog.try_command("RSET"):
            dialog.log.broken = True
        if reply.temporary:
            return inconclusive("SMTP405", f"{verb} is deferred ({reply.code})", evidence=said)
        return failed("SMTP405", f"{verb} is refused ({reply.code})", evidence=said)
    dialog.log.broken = True  # a command would be a line of the message
    return passed("SMTP405", "DATA is accepted, then aborted: nothing was sent", said)


async def _command_injection(dialog: Dialog) -> CheckResult:
    """SMTP213: NOOP stands in the packet of STARTTLS, in clear; whoever answers it inside TLS would obey a stranger."""
    log, timeouts = dialog.log, dialog.timeouts
    await dialog.banner()
    await dialog.ehlo()
    if "STARTTLS" not in dialog.offered:
        return inconclusive("SMTP213", "not decided: STARTTLS is not offered")
    reply = await _asked("SMTP213", dialog, "STARTTLS\r\nNOOP", "")
    await dialog.wire.settle()
    if reply.code != 220:
        return passed("SMTP213", f"STARTTLS with a command behind it is refused ({reply.code})")
    if early := dialog.wire.pending:
        return failed("SMTP213", "the command behind STARTTLS is answered in clear", evidence=log.evidence.raw(early))
    try:
        async with asyncio.timeout(timeouts.tls):
            await dialog.wire.start_tls(tls.context(dialog.relay.ca_file), tls.name(dialog.relay.host))
    except (OSError, ValueError, Lost):  # of which TimeoutError and ssl.SSLError are
        return passed("SMTP213", "STARTTLS with a command behind it ends the session")
    with log.step("listening", Level.TLS, "SMTP213", timeouts.linger + 1):
        try:
            async with asyncio.timeout(timeouts.linger):
                late = await dialog.reply()
        except (TimeoutError, Lost):
            return passed("SMTP213", "a command sent before TLS is not executed inside it")
    said = log.evidence.reply(late)
    return failed("SMTP213", "a command sent in clear text is executed inside TLS", evidence=said)


async def _asked(check: str, dialog: Dialog, verb: str, argument: str) -> Reply:
    with dialog.log.step(verb.partition("\r")[0], Level.ENVELOPE, check, dialog.timeouts.envelope):
        return await dialog.ask(verb, argument.encode())


def _context(relay: Relay) -> ssl.SSLContext | None:
    return None if relay.encryption is Encryption.NONE else tls.context(relay.ca_file)
