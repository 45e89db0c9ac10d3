"""A throw-away CA, and the certificates that a relay can go wrong with. Keys live in memory and in `folder` only."""

from __future__ import annotations

import ssl
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

HOSTS = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pki:
    """`ca_file` trusts all of them but `unknown_ca`."""

    ca_file: str
    good: ssl.SSLContext
    wrong_name: ssl.SSLContext
    expired: ssl.SSLContext
    five_days: ssl.SSLContext
    twelve_days: ssl.SSLContext
    unknown_ca: ssl.SSLContext
    self_signed: ssl.SSLContext
    not_yet: ssl.SSLContext
    weak_key: ssl.SSLContext  # RSA 1024
    old_protocol: ssl.SSLContext  # TLS 1.1 at most
    no_secrecy: ssl.SSLContext  # TLS 1.2 with RSA key exchange
    cbc: ssl.SSLContext  # TLS 1.2, forward-secret, but no AEAD


def make(folder: Path) -> Pki:
    """Contexts for servers on localhost; writes the CA's certificate to `folder`."""
    ca, now = trustme.CA(), datetime.now(UTC)
    ca_file = folder / "ca.pem"
    ca.cert_pem.write_to_path(str(ca_file))

    def lasting(days: float) -> ssl.SSLContext:
        begin = now + timedelta(days=min(days, 0) - 30)
        end = now + timedelta(days=days, hours=1)
        return context(ca.issue_cert(*HOSTS, not_before=begin, not_after=end))

    return Pki(
        ca_file=str(ca_file),
        good=lasting(63),
        wrong_name=context(ca.issue_cert("elsewhere.example", not_after=now + timedelta(days=63))),
        expired=lasting(-3),
        five_days=lasting(5),
        twelve_days=lasting(12),
        unknown_ca=context(trustme.CA().issue_cert(*HOSTS)),
        self_signed=_home_made(folder / "self-signed.pem", None, rsa.generate_private_key(65537, 2048)),
        not_yet=context(ca.issue_cert(*HOSTS, not_before=now + timedelta(days=2), not_after=now + timedelta(days=63))),
        weak_key=_home_made(folder / "weak.pem", ca, rsa.generate_private_key(65537, 1024)),
        old_protocol=_old(context(ca.issue_cert(*HOSTS, not_after=now + timedelta(days=63)))),
        no_secrecy=_with(
            "AES256-GCM-SHA384", _home_made(folder / "rsa.pem", ca, rsa.generate_private_key(65537, 2048))
        ),
        cbc=_with("ECDHE-ECDSA-AES256-SHA384", lasting(63)),
    )


def _home_made(file: Path, ca: trustme.CA | None, key: rsa.RSAPrivateKey) -> ssl.SSLContext:
    """With a key of our own choice, which trustme does not offer; signed by itself when there is no CA."""
    now, name = datetime.now(UTC), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    issuer = x509.load_pem_x509_certificate(ca.cert_pem.bytes()).subject if ca else name
    signer = serialization.load_pem_private_key(ca.private_key_pem.bytes(), None) if ca else key
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=63, hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(signer, hashes.SHA256())  # type: ignore[arg-type]  # a CA's key can sign
    )
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem = key.private_bytes(serialization.Encoding.PEM, *plain)
    file.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.set_ciphers("DEFAULT:@SECLEVEL=0")  # a weak key is not even loaded otherwise
    found.load_cert_chain(file)
    return found


def _old(found: ssl.SSLContext) -> ssl.SSLContext:
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        found.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        found.maximum_version = ssl.TLSVersion.TLSv1_1
    found.set_ciphers("ALL:@SECLEVEL=0")
    return found


def _with(cipher: str, found: ssl.SSLContext) -> ssl.SSLContext:
    found.maximum_version = ssl.TLSVersion.TLSv1_2
    found.set_ciphers(f"{cipher}:@SECLEVEL=0")
    return found


def context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(found)
    return found
