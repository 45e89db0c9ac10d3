"""TLS as mail submission needs it: always verified, TLS 1.2 or later; and why a verification failed."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

from reconciler.model.handshake import CheckResult
from reconciler.smtp import certificate
from reconciler.smtp.checks import failed, inconclusive, passed, refused, warned

# OpenSSL's X509_V_ERR_* numbers
_DATES = {9: "the certificate is not yet valid", 10: "the certificate has expired"}
_NAMES = {62, 64}
_CHAIN = {2, 18, 19, 20, 21}
_WEAK = {
    66: "the certificate's key is too weak",
    67: "the key of a CA in the chain is too weak",
    68: "a signature in the chain is too weak",
}
# Python's own list, written down: the system's OpenSSL may have another default. All of them are forward-secret.
_CIPHERS = "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM"
_AEAD = ("GCM", "CHACHA20", "CCM")
_FORWARD = ("ECDHE-", "DHE-")


@cache  # building a context with the system's CAs costs 20 ms, a whole handshake 2 ms
def context(ca_file: str | None) -> ssl.SSLContext:
    """One per trust policy: the system's CAs, or those of `ca_file` alone. Raises OSError."""
    # not create_default_context: it would write session keys to a file named by SSLKEYLOGFILE
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    found.minimum_version = ssl.TLSVersion.TLSv1_2
    found.set_ciphers(_CIPHERS)
    if ca_file is None:
        found.load_default_certs()
    else:
        found.load_verify_locations(cafile=ca_file)
    return found


@cache
def blind() -> ssl.SSLContext:
    """Believes everything, to see what is there after a verified handshake failed. Never for a credential."""
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    found.check_hostname = False
    found.verify_mode = ssl.CERT_NONE
    found.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    found.set_ciphers("ALL:@SECLEVEL=0")
    return found


def name(host: str) -> str:
    """The name to ask for and to verify; no certificate has the trailing dot of an absolute DNS name."""
    return host.rstrip(".")


def diagnosis(error: Exception, host: str, ca_file: str | None) -> CheckResult:
    """Why the TLS handshake failed, as far as this side can tell."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return failed("SMTP203", "the TLS handshake failed", evidence=_openssl(error), advice=_hint(error))
    code, evidence = error.verify_code, f"{error.verify_message} (verify code {error.verify_code})"
    if code in _DATES:
        return failed("SMTP206", _DATES[code], evidence=evidence)
    if code in _NAMES:
        return failed("SMTP205", f"the certificate is not for {name(host)}", evidence=evidence)
    if code in _CHAIN:
        trusted = f"the CAs in {ca_file}" if ca_file else "the CAs of this system"
        return failed("SMTP204", f"the certificate is not issued by {trusted}", evidence=evidence)
    if code in _WEAK:
        return failed("SMTP207", _WEAK[code], evidence=evidence)
    return failed("SMTP203", "the certificate is refused", evidence=evidence, advice="renew the relay's certificate")


def session(secured: ssl.SSLObject, pins: tuple[str, ...]) -> Iterator[CheckResult]:
    """What a completed, verified handshake proves."""
    version, cipher = secured.version() or "TLS", (secured.cipher() or ("unknown cipher",))[0]
    yield passed("SMTP203", f"{version}, {cipher}")
    yield passed("SMTP204", "the issuer is trusted")
    yield passed("SMTP205", "the certificate is for this host")
    found = certificate.read(secured.getpeercert(binary_form=True) or b"")
    if found is None:  # OpenSSL liked it
        yield inconclusive("SMTP206", "the certificate cannot be read", advice="renew the certificate on the relay")
    else:
        yield certificate.expiry(found.begins, found.ends, datetime.now(UTC).timestamp())
        yield certificate.strength(found)
    yield passed("SMTP208", version)
    yield secrecy(version, cipher)
    if pins:
        yield certificate.pinned(found, pins)


def expires(secured: ssl.SSLObject) -> str | None:
    """When the verified certificate ends, RFC 3339."""
    found = certificate.read(secured.getpeercert(binary_form=True) or b"")
    return None if found is None else datetime.fromtimestamp(found.ends, UTC).isoformat()


def secrecy(version: str, cipher: str) -> CheckResult:
    """SMTP209 of a session, or of the only one that a relay can have."""
    if version != "TLSv1.3" and not cipher.startswith(_FORWARD):
        return refused("SMTP209", f"no forward secrecy: {version} with {cipher}", evidence=cipher)
    if version != "TLSv1.3" and not any(word in cipher for word in _AEAD):
        return warned("SMTP209", f"the cipher is forward-secret, but no AEAD: {cipher}", evidence=cipher)
    return passed("SMTP209", f"forward-secret AEAD cipher {cipher}")


def _openssl(error: Exception) -> str:
    return (error.reason if isinstance(error, ssl.SSLError) else None) or str(error) or type(error).__name__


def _hint(error: Exception) -> str | None:
    reason = _openssl(error)
    if "WRONG_VERSION_NUMBER" in reason or "RECORD_LAYER_FAILURE" in reason or "UNEXPECTED_EOF" in reason:
        return "the server does not speak TLS here: is this a STARTTLS port? then use encryption: starttls"
    if "PROTOCOL_VERSION" in reason or "UNSUPPORTED_PROTOCOL" in reason:
        return "the relay must offer TLS 1.2 or later"
    return None
