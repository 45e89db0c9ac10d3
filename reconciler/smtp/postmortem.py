"""Why a verified TLS handshake failed: one more connection, which believes everything and holds no credential.

OpenSSL gives no certificate after a failed verification, and an alert says little.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from reconciler.model.handshake import CheckResult, Encryption, Relay
from reconciler.smtp import certificate, reach, tls
from reconciler.smtp.certificate import Certificate
from reconciler.smtp.checks import failed
from reconciler.smtp.dialog import Dialog
from reconciler.smtp.log import Log, Stop, Timeouts

_OLD = frozenset({"SSLv2", "SSLv3", "TLSv1", "TLSv1.1"})
_CHAIN_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    version: str
    cipher: str
    chain: tuple[Certificate, ...]  # as the server sent it, the leaf first


async def explained(result: CheckResult, relay: Relay, timeouts: Timeouts, common: Log) -> CheckResult:
    """The failed result with its reason, or as it is when the second connection shows nothing.

    `common` learns when the certificate ends that nobody believed: what watches it must not lose sight of it then.
    """
    found = await _seen(relay, timeouts, common)
    if found is None:
        return result
    if found.chain:
        common.certificate_expires = datetime.fromtimestamp(found.chain[0].ends, UTC).isoformat()
    better = _better(result, found)
    evidence = "\n".join(filter(None, (result.evidence, *_facts(better.id, found))))
    return replace(better, evidence=evidence)


async def _seen(relay: Relay, timeouts: Timeouts, common: Log) -> Seen | None:
    log = common.another()
    log.tell("another connection, without a login and without verification, to see why")
    wire = None
    try:
        wire = await reach.connected(relay, timeouts, log)
        dialog = Dialog(relay=relay, wire=wire, log=log, timeouts=timeouts)
        if relay.encryption is not Encryption.TLS:
            await dialog.banner()
            await dialog.starttls(await dialog.ehlo())
        async with asyncio.timeout(timeouts.tls):
            await wire.start_tls(tls.blind(), tls.name(relay.host))
        return _of(wire.secured) if wire.secured else None
    except (Stop, OSError, UnicodeError, ValueError):  # ssl.SSLError and TimeoutError are OSErrors
        return None
    finally:
        if wire is not None:
            await wire.close()


def _of(secured: ssl.SSLObject) -> Seen:
    leaf = secured.getpeercert(binary_form=True)
    ders = _chain(secured) or ([leaf] if leaf else [])
    return Seen(
        version=secured.version() or "TLS",
        cipher=(secured.cipher() or ("unknown cipher",))[0],
        chain=tuple(found for found in map(certificate.read, ders) if found is not None),
    )


def _chain(secured: ssl.SSLObject) -> Sequence[bytes]:
    """Public from Python 3.13; before, only the object inside has it."""
    for holder in (secured, getattr(secured, "_sslobj", None)):
        if (ask := getattr(holder, "get_unverified_chain", None)) is not None:
            sent = ask() or ()
            return [one if isinstance(one, bytes) else ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in sent]
    return ()


def _better(result: CheckResult, found: Seen) -> CheckResult:
    """What failed, said exactly; without a verdict on the certificate, it was the version or the cipher."""
    leaf = found.chain[0] if found.chain else None
    if result.id == "SMTP203":
        if found.version in _OLD:
            return failed("SMTP208", f"the relay speaks {found.version} at most")
        if leaf is not None and (weak := certificate.strength(leaf)).status == "fail":
            return weak
        secret = tls.secrecy(found.version, found.cipher)
        return secret if secret.status == "fail" else result
    if leaf is None:
        return result
    if result.id == "SMTP206":
        dated = certificate.expiry(leaf.begins, leaf.ends, datetime.now(UTC).timestamp())
        return dated if dated.status == "fail" else result
    if result.id == "SMTP207":
        weak = certificate.strength(leaf)
        return weak if weak.status == "fail" else result
    if result.id == "SMTP205":
        return replace(result, reason=f"{result.reason}: {certificate.named(leaf)}")
    return result


def _facts(check: str, found: Seen) -> tuple[str, ...]:
    """What the evidence is for this check."""
    if check in ("SMTP208", "SMTP209", "SMTP203"):
        return (f"without verification: {found.version}, {found.cipher}",)
    if not found.chain:
        return ()
    leaf = found.chain[0]
    if check == "SMTP204":
        chain = found.chain[:_CHAIN_SHOWN]
        sent = "1 certificate" if len(found.chain) == 1 else f"{len(found.chain)} certificates"
        return (f"the relay sent {sent}", *(f"{one.subject}, issued by {one.issuer}" for one in chain))
    dates = (datetime.fromtimestamp(moment, UTC).date().isoformat() for moment in (leaf.begins, leaf.ends))
    facts = {
        "SMTP205": f"names: {', '.join(leaf.names[:20]) or 'none'}",
        "SMTP206": f"valid from {' to '.join(dates)}, issued by {leaf.issuer}",
        "SMTP207": f"{leaf.kind} {leaf.bits} bits, signed with {leaf.signature}",
    }
    return (facts[check],) if check in facts else ()
