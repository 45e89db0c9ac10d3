"""TLS as mail submission needs it: always verified, TLS 1.2 or later; and why a verification failed."""

from __future__ import annotations

import hashlib
import math
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

from reconciler.model.handshake import CheckResult
from reconciler.smtp.checks import failed, passed, warned

WARN_DAYS, FAIL_DAYS = 30, 7
# OpenSSL's X509_V_ERR_* numbers
_DATES = {9: "the certificate is not yet valid", 10: "the certificate has expired"}
_NAMES = {62, 64}
_CHAIN = {2, 18, 19, 20, 21}


@cache  # building a context with the system's CAs costs 20 ms, a whole handshake 2 ms
def context(ca_file: str | None) -> ssl.SSLContext:
    """One per trust policy: the system's CAs, or those of `ca_file` alone. Raises OSError."""
    # not create_default_context: it would write session keys to a file named by SSLKEYLOGFILE
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    found.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is None:
        found.load_default_certs()
    else:
        found.load_verify_locations(cafile=ca_file)
    return found


def name(host: str) -> str:
    """The name to ask for and to verify; no certificate has the trailing dot of an absolute DNS name."""
    return host.rstrip(".")


def diagnosis(error: Exception, host: str, ca_file: str | None) -> CheckResult:
    """Why the TLS handshake failed."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return failed("SMTP203", "the TLS handshake failed", evidence=_openssl(error), advice=_hint(error))
    code, evidence = error.verify_code, f"{error.verify_message} (verify code {error.verify_code})"
    if code in _DATES:
        return failed("SMTP206", _DATES[code], evidence=evidence, advice="renew the certificate on the relay")
    if code in _NAMES:
        advice = "use a host name that stands in the certificate, or have it issued for this one"
        return failed("SMTP205", f"the certificate is not for {name(host)}", evidence=evidence, advice=advice)
    if code in _CHAIN:
        trusted = f"the CAs in {ca_file}" if ca_file else "the CAs of this system"
        advice = "name the file with the issuing CA in ca_file; have the relay send its intermediate certificates"
        return failed("SMTP204", f"the certificate is not issued by {trusted}", evidence=evidence, advice=advice)
    return failed("SMTP203", "the certificate is refused", evidence=evidence, advice="renew the relay's certificate")


def session(secured: ssl.SSLObject, pins: tuple[str, ...]) -> Iterator[CheckResult]:
    """What a completed, verified handshake proves."""
    cipher = secured.cipher()
    yield passed("SMTP203", f"{secured.version()}, {cipher[0] if cipher else 'unknown cipher'}")
    yield passed("SMTP204", "the issuer is trusted")
    yield passed("SMTP205", "the certificate is for this host")
    certificate: dict[str, Any] = secured.getpeercert() or {}
    yield expiry(ssl.cert_time_to_seconds(certificate["notAfter"]), datetime.now(UTC).timestamp())
    if pins:
        yield _pinned(secured.getpeercert(binary_form=True) or b"", pins)


def expires(secured: ssl.SSLObject) -> str:
    """When the verified certificate ends, RFC 3339."""
    certificate: dict[str, Any] = secured.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC).isoformat()


def expiry(not_after: float, now: float) -> CheckResult:
    days = math.floor((not_after - now) / 86400)
    date = datetime.fromtimestamp(not_after, UTC).date().isoformat()
    if days >= WARN_DAYS:
        return passed("SMTP206", f"the certificate is valid until {date}", evidence=f"certificate {days} days")
    report = failed if days < FAIL_DAYS else warned
    plural = "" if days == 1 else "s"
    return report(
        "SMTP206",
        f"certificate expires in {days} day{plural} ({date})",
        evidence=f"certificate {days} day{plural}",
        advice="renew the certificate on the relay",
    )


def _pinned(certificate: bytes, pins: tuple[str, ...]) -> CheckResult:
    """Pins are SHA-256 fingerprints of the certificate in hex, with or without colons and `sha256:`."""
    found = hashlib.sha256(certificate).hexdigest()
    if found in {pin.lower().removeprefix("sha256:").replace(":", "") for pin in pins}:
        return passed("SMTP210", "the certificate is pinned", evidence=f"sha256:{found}")
    advice = "if the relay's certificate was renewed on purpose, add its fingerprint to pins"
    return failed("SMTP210", "the certificate is not a pinned one", evidence=f"sha256:{found}", advice=advice)


def _openssl(error: Exception) -> str:
    return (error.reason if isinstance(error, ssl.SSLError) else None) or str(error) or type(error).__name__


def _hint(error: Exception) -> str | None:
    reason = _openssl(error)
    if "WRONG_VERSION_NUMBER" in reason or "RECORD_LAYER_FAILURE" in reason or "UNEXPECTED_EOF" in reason:
        return "the server does not speak TLS here: is this a STARTTLS port? then use encryption: starttls"
    if "PROTOCOL_VERSION" in reason or "UNSUPPORTED_PROTOCOL" in reason:
        return "the relay must offer TLS 1.2 or later"
    return None
