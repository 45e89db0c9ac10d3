"""Chains of certificates with any fault: root, middle and leaf, each changed as a test wants it."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

NOW = datetime.now(UTC)
SERVER = x509.ExtendedKeyUsageOID.SERVER_AUTH
# a critical extension that nobody knows
ODD = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\x05\x00")


@cache
def key(which: str) -> Any:
    """One key for each name, made once; `rsa1024`, `p192` and `rsa2048` are of those kinds."""
    if which.startswith("rsa"):
        return rsa.generate_private_key(65537, int(which[3:7]))
    return ec.generate_private_key(ec.SECP192R1() if which.startswith("p192") else ec.SECP256R1())


@dataclass(frozen=True, kw_only=True)
class Spec:
    """`usage` are the names of key usages that are on; None leaves an extension out. `by` is whose key signs."""

    subject: str
    issuer: str
    key: str
    by: str
    ca: bool | None = False
    path: int | None = None
    basic_critical: bool = True
    usage: frozenset[str] | None = frozenset({"digital_signature"})
    purposes: tuple[x509.ObjectIdentifier, ...] | None = (SERVER,)
    names: tuple[x509.GeneralName, ...] | None = (x509.DNSName("localhost"),)
    constraints: x509.NameConstraints | None = None
    odd: bool = False
    begins: timedelta = timedelta(days=-30)
    ends: timedelta = timedelta(days=300)
    own_id: bool = True
    issuer_id: str | None = "by"  # whose key it names; None leaves it out

    def made(self) -> x509.Certificate:
        """The same one each time."""
        return _made(self)

    def signed(self) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(self.subject))
            .issuer_name(_name(self.issuer))
            .public_key(key(self.key).public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW + self.begins)
            .not_valid_after(NOW + self.ends)
        )
        for extension, critical in self._extensions():
            builder = builder.add_extension(extension, critical)
        return builder.sign(key(self.by), hashes.SHA256())

    def _extensions(self) -> Sequence[tuple[x509.ExtensionType, bool]]:
        found: list[tuple[x509.ExtensionType, bool]] = []
        if self.ca is not None:
            found.append((x509.BasicConstraints(self.ca, self.path), self.basic_critical))
        if self.usage is not None:
            found.append((_usage(self.usage), True))
        if self.purposes is not None:
            found.append((x509.ExtendedKeyUsage(self.purposes), False))
        if self.names is not None:
            found.append((x509.SubjectAlternativeName(self.names), False))
        if self.constraints is not None:
            found.append((self.constraints, True))
        if self.odd:
            found.append((ODD, True))
        if self.own_id:
            found.append((x509.SubjectKeyIdentifier.from_public_key(key(self.key).public_key()), False))
        if self.issuer_id is not None:
            named = key(self.by if self.issuer_id == "by" else self.issuer_id).public_key()
            found.append((x509.AuthorityKeyIdentifier.from_issuer_public_key(named), False))
        return found


@cache
def _made(spec: Spec) -> x509.Certificate:
    return spec.signed()


def _usage(on: frozenset[str]) -> x509.KeyUsage:
    every = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip
    return x509.KeyUsage(**{name: name in on for name in every})


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)] if common else [])


_CA: Mapping[str, Any] = {
    "ca": True,
    "usage": frozenset({"key_cert_sign", "crl_sign"}),
    "purposes": None,
    "names": None,
}
ROOT = Spec(subject="Root", issuer="Root", key="root", by="root", **_CA)
MIDDLE = Spec(subject="Middle", issuer="Root", key="middle", by="root", **_CA)
LEAF = Spec(subject="leaf", issuer="Middle", key="leaf", by="middle")


@dataclass(frozen=True, kw_only=True)
class Shape:
    """`sent` follows the leaf, `trusted` is what the CA file holds; `broken` flips a bit of that one's signature."""

    leaf: Spec = LEAF
    sent: tuple[Spec, ...] = (MIDDLE,)
    trusted: tuple[Spec, ...] = (ROOT,)
    broken: str | None = None
    host: str = "localhost"
    check: str = "SMTP204"
    told: str = ""
    more: Mapping[str, str] = field(default_factory=dict)

    def files(self, folder: Path) -> tuple[str, ssl.SSLContext]:
        """The CA file and the server's context."""
        trusted = folder / "ca.pem"
        trusted.write_bytes(b"".join(_pem(one.made()) for one in self.trusted))
        chain = b"".join(_pem(self._flawed(one)) for one in (self.leaf, *self.sent))
        plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        own = key(self.leaf.key).private_bytes(serialization.Encoding.PEM, *plain)
        (folder / "server.pem").write_bytes(chain + own)
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        found.set_ciphers("DEFAULT:@SECLEVEL=0")
        found.load_cert_chain(folder / "server.pem")
        return str(trusted), found

    def _flawed(self, one: Spec) -> x509.Certificate:
        made = one.made()
        if one.subject != self.broken:
            return made
        der = bytearray(made.public_bytes(serialization.Encoding.DER))
        der[-1] ^= 1
        return x509.load_der_x509_certificate(bytes(der))


def _pem(one: x509.Certificate) -> bytes:
    return one.public_bytes(serialization.Encoding.PEM)


def changed(spec: Spec, **given: Any) -> Spec:
    return replace(spec, **given)
