"""Why TLS failed, or never began: one more connection, which believes everything and holds no credential.

OpenSSL names one fault and gives no certificate after a failed verification, and an alert says little.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise

from reconciler.model.handshake import CheckResult, CheckStatus, Encryption, Level, Relay
from reconciler.model.text.message import worded
from reconciler.smtp.catalogue.results import failed
from reconciler.smtp.record import verify_codes
from reconciler.smtp.record.log import Log, Stop, Timeouts
from reconciler.smtp.record.verify_codes import Refusal
from reconciler.smtp.route import reach
from reconciler.smtp.session.dialog import Dialog
from reconciler.smtp.tls import certificate
from reconciler.smtp.tls import context as tls
from reconciler.smtp.tls.certificate import Certificate

_OLD = frozenset({"SSLv2", "SSLv3", "TLSv1", "TLSv1.1"})
_CHAIN_SHOWN = 5
_ALERT = b"\x15"  # RFC 8446, section 5.1
_NO_CERTIFICATE = "the relay has no certificate that a client can use"
_GIVE_ONE = "give it a certificate and its key, both readable to it (Postfix: smtpd_tls_cert_file, smtpd_tls_key_file)"
_NO_TLS = worded("have TLS enabled on this listener, or use another port; {encryption:none} is for a relay without any")
_SILENT = "SMTP101"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    relay: Relay
    version: str
    cipher: str
    chain: tuple[Certificate, ...]  # as the server sent it, the leaf first
    trusted: tuple[Certificate, ...]  # in ca_file; none where the system's CAs are trusted
    refusal: Refusal | None  # as the first connection ended

    @property
    def leaf(self) -> Certificate | None:
        return self.chain[0] if self.chain else None

    def culprit(self, guilty: Callable[[Certificate], CheckResult]) -> Certificate | None:
        """The certificate that fails, the leaf where several do."""
        known = (*self.chain, *self.trusted)
        return next((one for one in known if guilty(one).status is CheckStatus.FAIL), None)


async def explained(result: CheckResult, relay: Relay, timeouts: Timeouts, common: Log) -> Sequence[CheckResult]:
    """The failed result with its reason, or as it is when the second connection shows nothing; then other faults.

    `common` learns of the certificate that nobody believed: what watches when it ends must not lose sight of it then.
    """
    if common.in_clear:
        return (await _in_clear(result, relay, timeouts, common),)
    found = await _seen(relay, timeouts, common, at_once=result.id == _SILENT or relay.encryption is Encryption.TLS)
    if isinstance(found, str):
        return (replace(result, reason=f"{result.reason}: {_NO_CERTIFICATE}", advice=_GIVE_ONE, evidence=found),)
    if found is None:
        return (result,)
    if found.leaf is not None:
        common.certificate = found.leaf
    better = _BETTER[result.id](result, found) if result.id in _BETTER else result
    evidence = "\n".join(filter(None, (result.evidence, *_facts(better.id, found))))
    return (replace(better, evidence=evidence), *(one for one in _others(found) if one.id != better.id))


def _others(found: Seen) -> Iterator[CheckResult]:
    """All that is wrong with the relay's own certificate: to mend one fault for the next to appear takes days."""
    if found.leaf is None:
        return
    host = tls.name(found.relay.host)
    judged = [_dated(found.leaf), certificate.strength(found.leaf)]
    if not certificate.covers(found.leaf, host):
        named = certificate.unmatched(found.leaf, host) or certificate.named(found.leaf)
        judged.append(failed("SMTP205", f"the certificate is not for {host}: {named}"))
    yield from (one for one in judged if one.status is not CheckStatus.PASS)


async def _in_clear(result: CheckResult, relay: Relay, timeouts: Timeouts, common: Log) -> CheckResult:
    """What a server that speaks in clear on a TLS port offers there, as EHLO tells."""
    log, wire = common.another(), None
    log.tell("another connection, in clear and without a login, to see what is offered")
    bare = replace(relay, encryption=Encryption.NONE, level=Level.CONNECT)
    try:
        wire = await reach.connected(bare, timeouts, log)
        dialog = Dialog(relay=bare, wire=wire, log=log, timeouts=timeouts)
        await dialog.banner()
        await dialog.ehlo()
        await dialog.quit()
    except Stop:
        return result
    finally:
        if wire is not None:
            await wire.close()
    if "STARTTLS" in dialog.offered:
        return replace(result, advice=worded("STARTTLS is offered here: use {encryption:starttls}"))
    return replace(result, reason=f"{result.reason}: no TLS on this listener", advice=_NO_TLS)


async def _seen(relay: Relay, timeouts: Timeouts, common: Log, *, at_once: bool) -> Seen | str | None:
    """`at_once`: TLS from the first byte. A text where the relay has no certificate for anybody."""
    log = common.another()
    log.tell("another connection, without login and verification, to see why")
    wire = None
    try:
        wire = await reach.connected(relay, timeouts, log)
        dialog = Dialog(relay=relay, wire=wire, log=log, timeouts=timeouts)
        if not at_once:
            await dialog.banner()
            await dialog.starttls(await dialog.ehlo())
        async with asyncio.timeout(timeouts.tls):
            await wire.start_tls(tls.unverified(), tls.name(relay.host))
        found = _of(relay, wire.secured, refusal=common.refusal) if wire.secured else None
    except ssl.SSLError as error:
        first = wire.answered if wire is not None else b""
        refused = first[:1] == _ALERT and "HANDSHAKE_FAILURE" in (error.reason or "")
        return f"without verification too: {error.reason}" if refused else None
    except (Stop, OSError, UnicodeError, ValueError):  # TimeoutError is an OSError
        return None
    finally:
        if wire is not None:
            await wire.close()
    if found is not None and log.transcript is not None:
        log.tell(f"TLS started: {found.version}, {found.cipher}, not verified")
        if found.leaf is not None:
            log.tell(f"certificate: {certificate.described(found.leaf)}")
    return found


def _of(relay: Relay, secured: ssl.SSLObject, *, refusal: Refusal | None) -> Seen:
    leaf = certificate.read(secured.getpeercert(binary_form=True) or b"")
    return Seen(
        relay=relay,
        version=secured.version() or "TLS",
        cipher=(secured.cipher() or ("unknown cipher",))[0],
        chain=tls.chain(secured, "get_unverified_chain") or ((leaf,) if leaf else ()),
        trusted=certificate.in_file(relay.ca_file) if relay.ca_file else (),
        refusal=refusal,
    )


def _speaks(result: CheckResult, found: Seen) -> CheckResult:
    return replace(
        result,
        advice=worded("it speaks TLS from the first byte ({version}): use {encryption:tls}", version=found.version),
    )


def _handshake(result: CheckResult, found: Seen) -> CheckResult:
    """Without a verdict on the certificate, it was the version, a weak key or the cipher."""
    if found.version in _OLD:
        return failed("SMTP208", f"the relay speaks {found.version} at most")
    candidates = (certificate.strength(found.leaf),) if found.leaf is not None else ()
    candidates = (*candidates, tls.secrecy(found.version, found.cipher))
    return next((one for one in candidates if one.status is CheckStatus.FAIL), result)


def _issuer(result: CheckResult, found: Seen) -> CheckResult:
    """What would make the chain end at a CA that is trusted."""
    if found.leaf is None or found.refusal is not verify_codes.UNTRUSTED:
        return _purpose(result, found)
    leaf, last = found.leaf, found.chain[-1]
    for one, sent in pairwise(found.chain):
        if not certificate.issued(one, sent):
            return replace(result, advice=_another(one, sent))
    namesakes = [one for one in found.trusted if one.subject == last.issuer]
    if leaf.subject != leaf.issuer and namesakes and not any(certificate.issued(last, one) for one in namesakes):
        return replace(result, reason=f"{result.reason}: another key of the same name", advice=_namesake(last.issuer))
    if leaf.subject == leaf.issuer and leaf in found.trusted:
        behind = "{ca_file} holds it behind another of the same name, and OpenSSL takes the first: put it first"
        told = worded(behind)
    elif leaf.subject == leaf.issuer:
        told = worded(
            "it is self-signed: if you trust it, name a file with it in {ca_file}; better, have a CA issue one"
        )
    elif leaf in found.trusted:
        own = "{ca_file} holds the relay's own certificate; it must hold its issuer's, {issuer}"
        told = worded(own, issuer=leaf.issuer)
    else:
        alone = "; the relay sends no intermediate certificate: should it?" if len(found.chain) == 1 else ""
        missing = "name a file with the certificate of {issuer} in {ca_file}, if you trust it{alone}"
        told = worded(missing, issuer=last.issuer, alone=alone)
    return replace(result, advice=told)


def _purpose(result: CheckResult, found: Seen) -> CheckResult:
    """OpenSSL has one word for two faults: key usage, and extended key usage."""
    if found.leaf is None or found.refusal is not verify_codes.PURPOSE or not certificate.signs_nothing(found.leaf):
        return result
    better = verify_codes.KEY_USAGE
    return replace(result, reason=better.reason, advice=better.advice)


def _another(one: Certificate, sent: Certificate) -> str:
    return (
        f"the relay sends a certificate of {sent.subject} that did not issue {one.subject}: have it send the one of "
        f"{one.issuer} that did"
    )


def _namesake(subject: str) -> str:
    named = "{ca_file} holds a certificate of {subject} with another key: the CA was given a new one, or there are two "
    return worded(f"{named}of the name. Name a file with the one that issued the relay's", subject=subject)


def _names(result: CheckResult, found: Seen) -> CheckResult:
    if found.leaf is None:
        return result
    why = certificate.unmatched(found.leaf, tls.name(found.relay.host)) or certificate.named(found.leaf)
    return replace(result, reason=f"{result.reason}: {why}")


def _dates(result: CheckResult, found: Seen) -> CheckResult:
    culprit = found.culprit(_dated)
    if culprit is None:
        return result
    dated = _dated(culprit)
    if culprit == found.leaf:
        return dated
    where = worded("what {ca_file} holds") if culprit in found.trusted else "the chain that the relay sends"
    return replace(
        dated,
        reason=f"{culprit.subject}: {dated.reason}",
        advice=worded("renew this CA certificate in {where}", where=where),
    )


def _weak(result: CheckResult, found: Seen) -> CheckResult:
    culprit = found.culprit(certificate.strength)
    if culprit is None:
        return result
    weak = certificate.strength(culprit)
    return weak if culprit == found.leaf else replace(weak, reason=f"{culprit.subject}: {weak.reason}")


def _dated(one: Certificate) -> CheckResult:
    return certificate.expiry(one.begins, one.ends, datetime.now(UTC).timestamp())


_BETTER: dict[str, Callable[[CheckResult, Seen], CheckResult]] = {
    _SILENT: _speaks,
    "SMTP203": _handshake,
    "SMTP204": _issuer,
    "SMTP205": _names,
    "SMTP206": _dates,
    "SMTP207": _weak,
}


def _facts(check: str, found: Seen) -> tuple[str, ...]:
    """What the evidence is for this check."""
    if check in (_SILENT, "SMTP208", "SMTP209", "SMTP203"):
        return (f"without verification: {found.version}, {found.cipher}",)
    if found.leaf is None:
        return ()
    if check == "SMTP204":
        chain = found.chain[:_CHAIN_SHOWN]
        sent = "1 certificate" if len(found.chain) == 1 else f"{len(found.chain)} certificates"
        return (f"the relay sent {sent}", *(f"{one.subject}, issued by {one.issuer}" for one in chain))
    old, weak = found.culprit(_dated) or found.leaf, found.culprit(certificate.strength) or found.leaf
    dates = (datetime.fromtimestamp(moment, UTC).date().isoformat() for moment in (old.begins, old.ends))
    facts = {
        "SMTP205": f"names: {', '.join(found.leaf.names[:20]) or 'none'}",
        "SMTP206": f"valid from {' to '.join(dates)}, issued by {old.issuer}",
        "SMTP207": f"{weak.kind} {weak.bits} bits, signed with {weak.signature}",
    }
    return (facts[check],) if check in facts else ()
