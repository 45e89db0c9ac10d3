"""What the declaration alone tells, before anything is sent: port against encryption, login against provider."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from reconciler.model.handshake import Auth, CheckResult, Encryption, Relay
from reconciler.model.text.message import worded
from reconciler.smtp.catalogue import providers
from reconciler.smtp.catalogue.results import failed, passed, refused, warned

_MEANT = {465: Encryption.TLS, 587: Encryption.STARTTLS}


def checks(relay: Relay, today: date, *, plaintext_allowed: bool) -> Iterator[CheckResult]:
    """SMTP001 is about the declaration alone; a login that a provider has ended (SMTP002) is not worth trying."""
    yield _port(relay, plaintext_allowed=plaintext_allowed)
    if relay.auth is Auth.BASIC and (found := providers.provider(relay.host)):
        yield _provider(found, today)


def _port(relay: Relay, *, plaintext_allowed: bool) -> CheckResult:
    meant = _MEANT.get(relay.port)
    if relay.encryption is Encryption.NONE and not plaintext_allowed:
        advice = worded("use {encryption:starttls} or tls; an exception for this host {excepted}")
        reason = worded("{encryption:none} to another machine: anyone on the way can read the mail")
        return refused("SMTP001", reason, advice=advice)
    if meant is not None and relay.encryption not in (meant, Encryption.NONE):
        wrong = "port {port} is for {encryption:{meant}}, not {given} (RFC 8314)"
        return failed("SMTP001", worded(wrong, port=relay.port, meant=meant, given=relay.encryption))
    if relay.port == 25 and relay.auth is not Auth.NONE:
        return failed("SMTP001", "port 25 is for mail between servers: a login belongs on port 587 or 465 (RFC 6409)")
    fits = worded("port {port} matches {encryption:{given}}", port=relay.port, given=relay.encryption)
    return passed("SMTP001", fits)


def _provider(found: providers.Provider, today: date) -> CheckResult:
    if (said := providers.notice(found, today)) is None:
        return passed("SMTP002", worded("{provider} accepts {auth:basic}", provider=found.name))
    report = refused if said.ended else warned
    return report("SMTP002", f"{found.name}: {said.said}", evidence=found.source)
