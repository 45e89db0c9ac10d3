"""The live SMTP handshake: proves a relay and its credential, and sends no message."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from time import perf_counter

from reconciler.model.handshake import Auth, Encryption, Handshake, Level, Relay
from reconciler.model.secret import SecretValue
from reconciler.smtp import reach, refusal, tls
from reconciler.smtp.checks import DISTRUST, failed, inconclusive
from reconciler.smtp.dialog import Dialog
from reconciler.smtp.evidence import Evidence
from reconciler.smtp.log import Log, Stop, Timeouts
from reconciler.smtp.verdict import verdict
from reconciler.smtp.wire import Wire

_DEFAULT = Timeouts()
_Envelope = tuple[str | None, str | None]  # sender, recipient


async def handshake(
    relay: Relay, password: SecretValue | None, *, plaintext_allowed: bool = False, timeouts: Timeouts = _DEFAULT
) -> Handshake:
    """Goes as far as `relay.level`. `plaintext_allowed`: the credential may go over an unencrypted connection."""
    found = await handshakes((relay,), password, plaintext_allowed=plaintext_allowed, timeouts=timeouts)
    return found[relay]


async def handshakes(
    relays: Sequence[Relay],
    password: SecretValue | None,
    *,
    plaintext_allowed: bool = False,
    timeouts: Timeouts = _DEFAULT,
) -> Mapping[Relay, Handshake]:
    """One session with one AUTH for relays that differ only in name, level, sender and recipient."""
    found = {}
    for relay in relays:
        if (refused := refusal.reason(relay, password, plaintext_allowed=plaintext_allowed)) is not None:
            log = Log(evidence=Evidence(None, None), ends=0)
            log.checks[refused.id] = refused
            found[relay] = verdict(relay, log)
    if welcome := tuple(relay for relay in relays if relay not in found):
        found |= await _shared(welcome, password, timeouts)
    return found


async def _shared(
    relays: Sequence[Relay], password: SecretValue | None, timeouts: Timeouts
) -> Mapping[Relay, Handshake]:
    furthest = max(relays, key=lambda relay: relay.level.rank)
    evidence, ends = Evidence(furthest.username, password), perf_counter() + timeouts.total
    log = Log(evidence=evidence, ends=ends)
    wanted = {_envelope(relay): relay for relay in relays if relay.level.rank >= Level.ENVELOPE.rank}
    envelopes = {envelope: Log(evidence=evidence, ends=ends) for envelope in wanted}
    await _session(furthest, password, timeouts, log, envelopes)
    return {relay: verdict(relay, log, envelopes.get(_envelope(relay))) for relay in relays}


def _envelope(relay: Relay) -> _Envelope:
    return relay.sender, relay.recipient


async def _session(
    relay: Relay, password: SecretValue | None, timeouts: Timeouts, log: Log, envelopes: Mapping[_Envelope, Log]
) -> None:
    wire: Wire | None = None
    dialog: Dialog | None = None
    try:
        context = _context(relay, log)
        wire = await reach.connected(relay, timeouts, log)
        dialog = Dialog(relay=relay, wire=wire, log=log, timeouts=timeouts)
        await _opened(dialog, context)
        if relay.level.rank >= Level.AUTH.rank:
            await _logged_in(dialog, password)
        await _enveloped(dialog, envelopes)
        await dialog.silence()
        if relay.level is Level.MESSAGE:
            log.fail(inconclusive("SMTP500", "a real message cannot be sent yet; the envelope was tried"))
    except Stop as stop:
        log.polite = not log.broken and stop.result.id not in DISTRUST
    else:
        log.polite = not log.broken
    finally:
        if wire is not None:
            if dialog is not None and log.polite:
                await dialog.aside("QUIT")
            await wire.close()


def _context(relay: Relay, log: Log) -> ssl.SSLContext | None:
    if relay.encryption is Encryption.NONE or relay.level is Level.CONNECT:
        return None
    try:
        return tls.context(relay.ca_file)
    except OSError as error:  # ssl.SSLError is one
        reason = f"no CA certificate could be read from {relay.ca_file}"
        advice = "ca_file names a PEM file with the CA that issued the relay's certificate"
        log.fail(failed("SMTP204", reason, evidence=error.strerror or str(error), advice=advice))


async def _opened(dialog: Dialog, context: ssl.SSLContext | None) -> None:
    encryption = dialog.relay.encryption
    if encryption is Encryption.TLS:
        if context is None:  # level connect; there is no banner before TLS
            dialog.log.broken = True
            return
        await dialog.secure(context)
    await dialog.banner()
    hello = await dialog.ehlo()
    if encryption is Encryption.NONE:
        dialog.log.proven.append((Level.CONNECT, "no encryption"))
    if encryption is Encryption.STARTTLS and context is not None:
        await dialog.starttls(hello)
        await dialog.secure(context)
        await dialog.ehlo("EHLO again")


async def _logged_in(dialog: Dialog, password: SecretValue | None) -> None:
    relay = dialog.relay
    if relay.auth is Auth.NONE:
        return
    if relay.auth is Auth.OAUTH2:
        dialog.log.fail(inconclusive("SMTP300", "a login with an OAuth2 token cannot be tried yet; nothing was sent"))
    if relay.username is None or password is None:
        missing = "username" if relay.username is None else "password"
        dialog.log.fail(inconclusive("SMTP302", f"no login was tried: there is no {missing}"))
    await dialog.login(relay.username, password)


async def _enveloped(dialog: Dialog, envelopes: Mapping[_Envelope, Log]) -> None:
    """Each pair of sender and recipient in turn; one that is refused does not stop the others."""
    common, clean = dialog.log, True
    for (sender, recipient), log in envelopes.items():
        dialog.log = log
        try:
            if not clean:
                log.fail(inconclusive("SMTP400", "not tried: the session ended before", advice="try again later"))
            if sender is None or recipient is None:
                missing = "sender" if sender is None else "recipient"
                log.fail(inconclusive("SMTP400", f"not tried: there is no {missing}", advice=f"declare a {missing}"))
            await dialog.envelope(sender, recipient)
        except Stop:
            clean = clean and not log.broken and await dialog.aside("RSET")
    dialog.log, common.broken = common, not clean
