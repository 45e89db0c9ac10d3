"""Why a TLS handshake failed, as far as OpenSSL tells on this side; postmortem.py goes to see the rest."""

from __future__ import annotations

import ssl

from reconciler.model.handshake import CheckResult
from reconciler.smtp.catalogue.results import failed
from reconciler.smtp.record import verify_codes
from reconciler.smtp.record.verify_codes import Refusal

_CLIENT_CERTIFICATE = "the relay requires a client certificate, which is not supported"
# words of OpenSSL's reasons, and what to do
_REASONS = (
    (("CERTIFICATE_REQUIRED", "ALERT_UNKNOWN_CA"), _CLIENT_CERTIFICATE),
    (("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL"), "the relay must offer TLS 1.2 or later"),
    (
        ("DH_KEY_TOO_SMALL",),
        "it is this side that refuses: the relay's Diffie-Hellman group is too small. Have it use ECDHE, or a group "
        "of 2048 bits or more",
    ),
    (
        ("HANDSHAKE_FAILURE", "NO_SHARED_CIPHER", "NO_CIPHER"),
        "relay and client have no cipher in common: has the relay a certificate at all, with a key that it can read? "
        "Does it offer ECDHE with AES-GCM or ChaCha20?",
    ),
    (("UNRECOGNIZED_NAME",), "the relay knows no such name (SNI): is this its host name?"),
    (
        ("ALERT_INTERNAL_ERROR", "ALERT_DECRYPT_ERROR", "ALERT_DECODE_ERROR"),
        "the relay's TLS failed by itself: see its log",
    ),
)


def of(error: Exception, host: str, ca_file: str | None) -> CheckResult:
    """`error` is what the handshake ended with."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        reason = (error.reason if isinstance(error, ssl.SSLError) else None) or str(error) or type(error).__name__
        return failed("SMTP203", "the TLS handshake failed", evidence=reason, advice=advice(reason))
    found = verify_codes.refusal(error.verify_code)
    evidence = f"{error.verify_message} (verify code {error.verify_code})"
    trusted = f"the CAs in {ca_file}" if ca_file else "the CAs of this system"
    reason = found.reason.format(host=host, trusted=trusted)
    return failed(found.check, reason, evidence=evidence, advice=found.advice)


def refusal(error: Exception) -> Refusal | None:
    """The class of what is wrong with the chain, where that ended the handshake."""
    return verify_codes.refusal(error.verify_code) if isinstance(error, ssl.SSLCertVerificationError) else None


def advice(reason: str) -> str | None:
    """What to do about OpenSSL's reason, or None where nothing better is known than the catalogue's advice."""
    return next((told for words, told in _REASONS if any(word in reason for word in words)), None)


def afterwards(alert: str) -> str | None:
    """What to do about an alert that comes when our side is through: the relay's own certificate was taken by then."""
    return _CLIENT_CERTIFICATE if "CERTIFICATE" in alert else advice(alert)
