"""What a certificate says: dates, names, key, signature, and its pin. Parsed once, however often it is seen."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
import ssl
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.model.handshake import CheckResult
from reconciler.smtp.catalogue.results import failed, passed, warned
from reconciler.smtp.record.evidence import printable
from reconciler.smtp.tls import outline

if TYPE_CHECKING:
    from cryptography import x509

# whichever is less: certificates of 90 days and more get a month's warning, those of a week two days'
WARN_DAYS, FAIL_DAYS = 30, 7
WARN_SHARE, FAIL_SHARE = 1 / 3, 1 / 6  # of the certificate's own lifetime
_DAY = 86400.0  # seconds
_RSA_LEAST, _RSA_GOOD = 2048, 3072  # NCSC's guidelines for TLS, as Internet.nl tests them
_CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1", "ed25519", "ed448"})
_WEAK_HASHES = frozenset({"md5", "sha1"})
_NAMES_SHOWN = 10
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(
    frozen=True, kw_only=True, eq=False, repr=False
)  # no slots: what only a failure or a pin asks for is read then
class Certificate:
    """`kind` is RSA, DSA or the curve's name; `spki` the SHA-256 of the SubjectPublicKeyInfo in hex."""

    der: bytes
    begins: float
    ends: float
    kind: str
    bits: int
    signature: str | None

    @cached_property
    def parsed(self) -> x509.Certificate:
        from cryptography import x509

        with warnings.catch_warnings(action="ignore"):  # of a serial number that RFC 5280 forbids
            return x509.load_der_x509_certificate(self.der)

    @cached_property
    def subject(self) -> str:
        return _distinguished(lambda: self.parsed.subject) or "no subject"

    @cached_property
    def issuer(self) -> str:
        return _distinguished(lambda: self.parsed.issuer) or "no issuer"

    @cached_property
    def names(self) -> tuple[str, ...]:
        try:
            return tuple(map(_shown, _names(self.parsed)))
        except ValueError:  # OpenSSL reads more than cryptography does
            return ()

    @cached_property
    def spki(self) -> str:
        import hashlib

        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        key = self.parsed.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(key).hexdigest()

    @property
    def expires(self) -> str:
        """RFC 3339, UTC."""
        return datetime.fromtimestamp(self.ends, UTC).isoformat()

    @cached_property
    def pin(self) -> str | None:
        try:
            return key_pin(self)
        except ValueError:  # OpenSSL reads more than cryptography does
            return None


@lru_cache(maxsize=1024)
def read(der: bytes) -> Certificate | None:
    """None for what is no certificate that can be read."""
    if (short := outline.read(der)) is not None:
        return Certificate(der=der, **short._asdict())
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        with warnings.catch_warnings(action="ignore"):  # as above
            found = x509.load_der_x509_certificate(der)
        kind, bits = _key(found.public_key())
        return Certificate(
            der=der,
            begins=found.not_valid_before_utc.timestamp(),
            ends=found.not_valid_after_utc.timestamp(),
            kind=kind,
            bits=bits,
            signature=_signature(found),
        )
    except (ValueError, UnsupportedAlgorithm):
        return None


def expiry(begins: float, ends: float, now: float) -> CheckResult:
    """SMTP206: valid now, and for how long. All three are in seconds since 1970 (UTC)."""
    first, last = (datetime.fromtimestamp(moment, UTC).date().isoformat() for moment in (begins, ends))
    left, share = ends - now, (ends - now) / max(ends - begins, 1.0)
    if now < begins:
        reason = f"the certificate is not yet valid: it begins on {first}"
        return failed(
            "SMTP206", reason, evidence=f"certificate {_span(left)}", advice="check the relay's clock, or wait"
        )
    if left < 0:
        reason = f"the certificate expired {_span(-left)} ago ({last})"
        return failed("SMTP206", reason, evidence=f"certificate ended {_span(-left)} ago")
    evidence = f"certificate {_span(left)}"
    if left >= WARN_DAYS * _DAY or share >= WARN_SHARE:
        return passed("SMTP206", f"the certificate is valid until {last}", evidence)
    report = failed if left < FAIL_DAYS * _DAY and share < FAIL_SHARE else warned
    return report("SMTP206", f"certificate expires in {_span(left)} ({last})", evidence=evidence)


def strength(found: Certificate) -> CheckResult:
    """SMTP207: the key and the signature."""
    evidence = f"{found.kind} {found.bits} bits, signed with {found.signature or 'its own algorithm'}"
    if found.kind == "RSA" and found.bits < _RSA_LEAST:
        return failed("SMTP207", f"the certificate's key is weak: RSA of {found.bits} bits", evidence=evidence)
    if found.kind == "DSA":
        return failed("SMTP207", "the certificate's key is weak: DSA", evidence=evidence)
    if found.signature in _WEAK_HASHES and found.subject != found.issuer:
        return failed("SMTP207", f"the certificate is signed with {found.signature}", evidence=evidence)
    if found.kind not in _CURVES | {"RSA"}:
        return warned("SMTP207", f"the certificate's key type is not approved: {found.kind}", evidence=evidence)
    better = f"; {_RSA_GOOD} would be good" if found.kind == "RSA" and found.bits < _RSA_GOOD else ""
    return passed("SMTP207", f"the certificate's key is {found.kind} of {found.bits} bits{better}", evidence)


def pinned(found: Certificate | None, pins: tuple[str, ...]) -> CheckResult:
    """SMTP210: one of the pins is that of the certificate's key."""
    if found is None:
        return failed("SMTP210", "the certificate cannot be read, so no pin can match")
    evidence = key_pin(found)
    if found.spki in {pin(text) for text in pins}:
        return passed("SMTP210", "the certificate's key is pinned", evidence)
    return failed("SMTP210", "the certificate's key is not pinned", evidence=evidence)


def pin(text: str) -> str | None:
    """The SHA-256 of a key in hex, from `sha256/<base64>` or from hex with or without `sha256:` and colons."""
    if text.startswith("sha256/"):
        try:
            return base64.b64decode(text.removeprefix("sha256/"), validate=True).hex()
        except binascii.Error:
            return None
    return text.lower().removeprefix("sha256:").replace(":", "")


def named(found: Certificate) -> str:
    """The names that a certificate is for."""
    more = len(found.names) - _NAMES_SHOWN
    shown = ", ".join(found.names[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
    return f"the certificate is for {shown or f'no host name ({found.subject})'}"


def described(found: Certificate) -> str:
    """One line for a transcript, with the pin that a declaration would use."""
    until = datetime.fromtimestamp(found.ends, UTC).date().isoformat()
    names = ", ".join(found.names[:_NAMES_SHOWN]) or "no host name"
    return f"{found.subject}, for {names}, until {until}, issued by {found.issuer}, {key_pin(found)}"


def covers(found: Certificate, host: str) -> bool:
    """Whether `host` is among the names (RFC 9525, section 6.3), as OpenSSL sees it."""
    try:
        wanted = host.encode("idna").decode().lower()
    except UnicodeError:
        return False
    names = {name.lower() for name in found.names}
    return wanted in names or (f"*.{wanted.partition('.')[2]}" in names and unmatched(found, host) is None)


def unmatched(found: Certificate, host: str) -> str | None:
    """Why a name of the certificate does not match although it seems to, or None."""
    first, _, parent = host.lower().partition(".")
    names = {name.lower() for name in found.names}
    if f"*.{parent}" in names and "." not in parent:
        return f"a wildcard needs two labels behind it, and *.{parent} has one"
    if f"*.{parent}" in names and "_" in first:
        return f"a wildcard covers no name with an underscore, and {first} has one"
    if _is_address(host) and host.lower() in _names(found.parsed, addresses=False):
        return f"{host} stands there as a DNS name, and must stand there as an IP address"
    return None


def issued(found: Certificate, by: Certificate) -> bool:
    """Whether the name and the key of `by` are those that signed it."""
    from cryptography.exceptions import InvalidSignature

    try:
        found.parsed.verify_directly_issued_by(by.parsed)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def signs_nothing(found: Certificate) -> bool:
    """Whether keyUsage forbids what TLS needs of the key (RFC 5280, section 4.2.1.3)."""
    from cryptography import x509

    try:
        usage = found.parsed.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    return not (usage.digital_signature or usage.key_encipherment or usage.key_agreement)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def in_file(ca_file: str) -> tuple[Certificate, ...]:
    """The certificates of a PEM file; none where it cannot be read."""
    try:
        blocks = _PEM.findall(Path(ca_file).read_text("ascii", "replace"))
        ders = [ssl.PEM_cert_to_DER_cert(block) for block in blocks]
    except (OSError, ValueError):
        return ()
    return tuple(found for found in map(read, ders) if found is not None)


def key_pin(found: Certificate) -> str:
    return f"sha256/{base64.b64encode(bytes.fromhex(found.spki)).decode()}"


def _shown(text: str) -> str:
    return printable(text.encode("utf-8", "replace"))[:200]


def _span(seconds: float) -> str:
    """In whole days, or in hours where it is less than one."""
    count, unit = (int(seconds // _DAY), "day") if seconds >= _DAY else (int(seconds // 3600), "hour")
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _distinguished(name: Callable[[], x509.Name]) -> str:
    try:
        return _shown(name().rfc4514_string())
    except ValueError:  # cryptography reads it when it is asked for
        return "a name that cannot be read"


def _names(found: x509.Certificate, *, addresses: bool = True) -> tuple[str, ...]:
    from cryptography import x509

    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return ()
    numbers = names.get_values_for_type(x509.IPAddress) if addresses else ()
    return (*names.get_values_for_type(x509.DNSName), *map(str, numbers))


def _key(key: object) -> tuple[str, int]:
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

    if isinstance(key, rsa.RSAPublicKey):
        return "RSA", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.curve.name, key.key_size
    if isinstance(key, dsa.DSAPublicKey):
        return "DSA", key.key_size
    name = type(key).__name__.lower()
    return ("ed448", 448) if "ed448" in name else ("ed25519", 256) if "ed25519" in name else (name, 0)


def _signature(found: x509.Certificate) -> str | None:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        algorithm = found.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return None
    return algorithm.name if algorithm else None
