"""TLS as mail submission needs it: always verified, TLS 1.2 or later; and what a session proves."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

from reconciler.model.handshake import CheckResult
from reconciler.model.text.message import worded
from reconciler.network import regular
from reconciler.smtp.catalogue.results import inconclusive, passed, refused, warned
from reconciler.smtp.tls import certificate, strict
from reconciler.smtp.tls.certificate import Certificate

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
    found.hostname_checks_common_name = False  # RFC 9525, section 6.3: names are in subjectAltName alone
    if ca_file is None:
        found.load_default_certs()
    else:
        regular.check(ca_file)
        found.load_verify_locations(cafile=ca_file)
    return found


@cache
def unverified() -> ssl.SSLContext:
    """Believes everything, to see what is there after a verified handshake failed. Never for a credential."""
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    found.check_hostname = False
    found.verify_mode = ssl.CERT_NONE
    found.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    found.set_ciphers("ALL:!aNULL:@SECLEVEL=0")  # an anonymous session would show no certificate
    return found


def name(host: str) -> str:
    """The name to ask for and to verify; no certificate has the trailing dot of an absolute DNS name."""
    return host.rstrip(".")


def session(secured: ssl.SSLObject, pins: tuple[str, ...]) -> Iterator[CheckResult]:
    """What a completed, verified handshake proves."""
    version, cipher = secured.version() or "TLS", (secured.cipher() or ("unknown cipher",))[0]
    yield passed("SMTP203", f"{version}, {cipher}")
    found = certificate.read(secured.getpeercert(binary_form=True) or b"")
    if found is None:  # OpenSSL liked it
        yield inconclusive("SMTP206", "the certificate cannot be read", advice="renew the certificate on the relay")
    else:
        # issuer, names and pin are in the transcript: to read them is a tenth of a handshake's time
        verified = (found, *chain(secured, "get_verified_chain", since=1))
        yield _trusted(verified)
        yield passed("SMTP205", "the certificate is for this host")
        yield _dates(verified)
        yield certificate.strength(found)
    yield passed("SMTP208", version)
    yield secrecy(version, cipher)
    if pins:
        yield certificate.pinned(found, pins)


def _trusted(verified: tuple[Certificate, ...]) -> CheckResult:
    """SMTP204 of a chain that OpenSSL believes as this handshake asks it to."""
    if (rule := strict.broken(verified)) is None:
        return passed("SMTP204", "the issuer is trusted")
    reason = f"the issuer is trusted, but strict clients will refuse the chain: {rule}"
    advice = "have it issued by the rules of RFC 5280; Python 3.13 and later check them (VERIFY_X509_STRICT)"
    return warned("SMTP204", reason, advice=advice)


def _dates(verified: tuple[Certificate, ...]) -> CheckResult:
    """SMTP206 of the relay's certificate, or of a CA's in its chain that ends sooner, and soon."""
    now, leaf = datetime.now(UTC).timestamp(), verified[0]
    for one in verified[1:]:
        if one.ends < leaf.ends and (ending := certificate.expiry(one.begins, one.ends, now)).status != "pass":
            told = worded("renew this CA certificate in time, on the relay or in {ca_file}")
            return replace(ending, reason=f"{one.subject}: {ending.reason}", advice=told)
    return certificate.expiry(leaf.begins, leaf.ends, now)


def chain(secured: ssl.SSLObject, which: str, *, since: int = 0) -> tuple[Certificate, ...]:
    """The leaf is 0. Public from Python 3.13 on; before, only the object inside has it."""
    for holder in (secured, getattr(secured, "_sslobj", None)):
        if (ask := getattr(holder, which, None)) is not None:
            return tuple(found for found in map(_read, (ask() or ())[since:]) if found is not None)
    return ()


@lru_cache(maxsize=1024)
def _read(one: Any) -> Certificate | None:
    """DER, or OpenSSL's own object, which is made anew for each session and equal to itself."""
    return certificate.read(one if isinstance(one, bytes) else ssl.PEM_cert_to_DER_cert(one.public_bytes()))


def shown(secured: ssl.SSLObject) -> Certificate | None:
    """The verified certificate."""
    return certificate.read(secured.getpeercert(binary_form=True) or b"")


def described(secured: ssl.SSLObject) -> str:
    """The verified certificate in a line."""
    found = certificate.read(secured.getpeercert(binary_form=True) or b"")
    return "not readable" if found is None else certificate.described(found)


def secrecy(version: str, cipher: str) -> CheckResult:
    """SMTP209 of a session, or of the only one that a relay can have."""
    if version != "TLSv1.3" and not cipher.startswith(_FORWARD):
        return refused("SMTP209", f"no forward secrecy: {version} with {cipher}", evidence=cipher)
    if version != "TLSv1.3" and not any(word in cipher for word in _AEAD):
        return warned("SMTP209", f"the cipher is forward-secret, but not AEAD: {cipher}", evidence=cipher)
    return passed("SMTP209", f"forward-secret AEAD cipher {cipher}")
