"""Why a TLS handshake failed, as far as OpenSSL tells on this side; postmortem.py goes to see the rest."""

from __future__ import annotations

import ssl

from reconciler.model.handshake import CheckResult
from reconciler.smtp.catalogue.results import failed

# OpenSSL's X509_V_ERR_* numbers (x509_vfy.h); `{host}` and `{trusted}` are filled in
_UNTRUSTED = ("SMTP204", "the certificate is not issued by {trusted}")
_REFUSALS = {
    2: _UNTRUSTED,
    18: _UNTRUSTED,
    19: _UNTRUSTED,
    20: _UNTRUSTED,
    21: _UNTRUSTED,
    7: ("SMTP204", "a signature in the chain is not its issuer's"),
    24: ("SMTP204", "a certificate that is not a CA's has issued another"),
    26: ("SMTP204", "the certificate is not for servers (extended key usage)"),
    79: ("SMTP204", "a certificate that is not a CA's has issued another"),
    9: ("SMTP206", "the certificate is not yet valid"),
    10: ("SMTP206", "the certificate has expired"),
    62: ("SMTP205", "the certificate is not for {host}"),
    64: ("SMTP205", "the certificate is not for {host}"),
    66: ("SMTP207", "the certificate's key is too weak"),
    67: ("SMTP207", "the key of a CA in the chain is too weak"),
    68: ("SMTP207", "a signature in the chain is too weak"),
}
# words of OpenSSL's reasons, and what to do
_REASONS = (
    (("CERTIFICATE_REQUIRED",), "the relay requires a client certificate, which is not supported"),
    (("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL"), "the relay must offer TLS 1.2 or later"),
)


def of(error: Exception, host: str, ca_file: str | None) -> CheckResult:
    """`error` is what the handshake ended with."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        reason = (error.reason if isinstance(error, ssl.SSLError) else None) or str(error) or type(error).__name__
        return failed("SMTP203", "the TLS handshake failed", evidence=reason, advice=advice(reason))
    evidence = f"{error.verify_message} (verify code {error.verify_code})"
    if (found := _REFUSALS.get(error.verify_code)) is None:
        return failed(
            "SMTP203", "the certificate is refused", evidence=evidence, advice="renew the relay's certificate"
        )
    check, reason = found
    trusted = f"the CAs in {ca_file}" if ca_file else "the CAs of this system"
    return failed(check, reason.format(host=host, trusted=trusted), evidence=evidence)


def unknown_issuer(error: Exception) -> bool:
    """Whether the handshake ended because nobody who is trusted issued the certificate."""
    return isinstance(error, ssl.SSLCertVerificationError) and _REFUSALS.get(error.verify_code) is _UNTRUSTED


def advice(reason: str) -> str | None:
    """What to do about OpenSSL's reason, or None where nothing better is known than the catalogue's advice."""
    return next((told for words, told in _REASONS if any(word in reason for word in words)), None)
