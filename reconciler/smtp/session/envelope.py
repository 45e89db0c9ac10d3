"""Sender and recipient: MAIL, RCPT and RSET, which send nothing; and the one real message of level message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.model.handshake import Auth, CheckResult, Level, Relay
from reconciler.model.text.message import Message, worded
from reconciler.smtp.catalogue.results import failed, informed, passed, warned
from reconciler.smtp.protocol.reply import Reply
from reconciler.smtp.session import refused
from reconciler.smtp.session.dialog import Dialog

if TYPE_CHECKING:
    from reconciler.smtp.replies.classify import Meaning

_WANTED = "auth-required"  # what a login may change
_SHOWN = ("SIZE", "8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES")

Addressed = tuple[str | None, str | None, int | None]  # sender, recipient, size


def declared(relay: Relay) -> Addressed:
    return relay.sender, relay.recipient, relay.size


def all_of(relay: Relay) -> tuple[Addressed, ...]:
    """That of the files first, then those that the application's own mail has."""
    if relay.level.rank < Level.ENVELOPE.rank:
        return ()
    own = (one for one in relay.senders if one != relay.sender)
    return (declared(relay), *((sender, relay.recipient, relay.size) for sender in own))


async def envelope(
    dialog: Dialog, sender: str, recipient: str, size: int | None = None, *, then: tuple[str, ...] = ()
) -> None:
    """Leaves an open transaction. Many servers reject a sender only at RCPT, so MAIL alone proves nothing.

    `then` is what will be asked next, whatever the answer to RCPT is: it goes in the same packet where that is allowed.
    MAIL goes alone: a server may hold its answer back until RCPT is decided, and would look slow or silent at MAIL.
    """
    dialog.log.add(extensions(dialog, sender, recipient, size))
    await _address(dialog, "SMTP400", "MAIL", f"FROM:<{sender}>{utf8(sender, recipient)}", sender)
    followed = then if "PIPELINING" in dialog.offered else ()
    await _address(dialog, "SMTP401", "RCPT", f"TO:<{recipient}>", recipient, then=followed)
    dialog.log.proven.append((Level.ENVELOPE, "MAIL RCPT"))


async def reset(dialog: Dialog) -> None:
    with dialog.log.step("RSET", Level.ENVELOPE, "SMTP401", dialog.timeouts.envelope):
        reply = await dialog.ask("RSET")
    if reply.code != 250:
        said = dialog.log.evidence.reply(reply)
        dialog.log.add(warned("SMTP401", f"RSET is answered {reply.code}", evidence=said))


async def message(dialog: Dialog, sender: str, recipient: str) -> None:
    """Ends the open transaction with one real message, which says that it came from a program."""
    from reconciler.smtp.session import test_message  # few handshakes send one

    log, mail = dialog.log, test_message.write(sender, recipient, dialog.relay.name)
    with log.step("DATA", Level.MESSAGE, "SMTP500", dialog.timeouts.message):
        reply = await dialog.ask("DATA")
    if reply.code != 354:
        log.add(_refused(dialog, reply, "DATA is"))
    with log.step("message", Level.MESSAGE, "SMTP500", dialog.timeouts.message):
        log.last = "a message"
        dialog.wire.send(test_message.stuffed(mail.text))
        if log.transcript is not None:
            log.transcript.message(mail.text, inside=dialog.wire.secured is not None)
        reply = await dialog.reply()
    if reply.code != 250:
        log.add(_refused(dialog, reply, "the message is"))
    said, queued = log.evidence.reply(reply), test_message.queue_id(reply)
    where = f" as {queued}" if queued else "; the relay names no queue id"
    log.add(passed("SMTP500", f"the message <{mail.id}> to {recipient} is queued{where}", said))
    log.proven.append((Level.MESSAGE, f"message queued{f' as {queued}' if queued else ''}"))


def extensions(dialog: Dialog, sender: str, recipient: str, size: int | None) -> CheckResult:
    """SMTP404: what this mail needs, and what else there is."""
    offered = dialog.offered
    words = ", ".join(" ".join((name, *sorted(offered[name]))) for name in _SHOWN if name in offered)
    found = dialog.log.evidence.text(words.encode())
    if utf8(sender, recipient) and "SMTPUTF8" not in offered:
        reason = "an address is not ASCII, and SMTPUTF8 is not offered"
        return failed("SMTP404", reason, evidence=found or "none of the extensions")
    limit = _limit(offered)
    if size is not None and limit is not None and limit < size:
        reason = f"the relay accepts at most {limit:,} bytes; {size:,} are wanted"
        advice = "have its limit raised (Postfix: message_size_limit), or let the applications send less"
        return failed("SMTP404", reason, evidence=found, advice=advice)
    missing = [name for name in _SHOWN if name not in offered]
    if missing:
        return informed("SMTP404", f"not offered, and not needed here: {', '.join(missing)}", found or None)
    return passed("SMTP404", "the usual extensions are offered", found)


def _limit(offered: Mapping[str, frozenset[str]]) -> int | None:
    """What SIZE promises to take; None where it names no limit (RFC 1870: no number, or 0)."""
    told = [int(word) for word in offered.get("SIZE", ()) if word.isascii() and word.isdigit() and len(word) <= 20]
    return max(told, default=0) or None


def utf8(*addresses: str) -> str:
    """The parameter of MAIL that addresses outside ASCII need (RFC 6531)."""
    return "" if all(address.isascii() for address in addresses) else " SMTPUTF8"


async def _address(  # one line of SMTP, and what follows it
    dialog: Dialog, check: str, verb: str, argument: str, address: str, *, then: tuple[str, ...] = ()
) -> None:
    log = dialog.log
    with log.step(verb, Level.ENVELOPE, check, dialog.timeouts.envelope):
        reply = await dialog.ask(verb, argument.encode(), then=then)
    said = log.evidence.reply(reply)
    if reply.code >= 300:
        found = _meaning(dialog, reply, verb)
        log.again = found.again if found is not None else None
        log.add(refused.result(check, f"{verb} {address} is", reply, found, said=said))
    log.add(passed(check, f"{verb} {address} is accepted", said))


def _meaning(dialog: Dialog, reply: Reply, verb: str) -> Meaning | None:
    """With the advice that fits whether there was a login."""
    found = refused.meaning(reply, verb, dialog.relay)
    logged_in = dialog.relay.auth is not Auth.NONE
    if found is None or logged_in or found.cause.name != _WANTED:
        return refused.relaying(found, logged_in=logged_in)
    return replace(found, advice=_no_login(dialog))


def _no_login(dialog: Dialog) -> Message:
    if "AUTH" in dialog.offered:
        return worded("there was no login, and the relay offers one: {auth:basic} or {auth:oauth2}")
    if dialog.wire.secured is None:
        return worded("the relay wants a login and offers none here: inside TLS it usually does, {encryption:starttls}")
    return worded("the relay wants a login and offers none on this listener: those are usually on port 587 or 465")


def _refused(dialog: Dialog, reply: Reply, what: str) -> CheckResult:
    said = dialog.log.evidence.reply(reply)
    return refused.result("SMTP500", what, reply, _meaning(dialog, reply, "DATA"), said=said)
