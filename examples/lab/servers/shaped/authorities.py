"""The CA that clients trust, and the certificates of shapes; made once for a run, in a folder that goes with it."""

from __future__ import annotations

import ssl
import threading
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lab.servers.shaped.shape import DOMAIN, HOST


class Authorities:
    """`ca_file` is what clients trust."""

    def __init__(self, folder: Path) -> None:
        self._ca, self._folder = trustme.CA(), folder
        self._lock = threading.Lock()
        self.ca_file = str(folder / "ca.pem")
        # without it a server of OpenSSL has no DHE, whatever its suites say
        self._group = folder / "ffdhe2048.pem"
        self._group.write_text(f"-----BEGIN DH PARAMETERS-----\n{_FFDHE2048}-----END DH PARAMETERS-----\n", "ascii")
        self._ca.cert_pem.write_to_path(self.ca_file)

    def context(self, certificate: str, tls: Mapping[str, str]) -> ssl.SSLContext:
        """A new one for each shape: `tls` changes it, and a callback for SNI is set on it."""
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        found.set_ciphers("ALL:@SECLEVEL=0" if tls.get("last") == "TLSv1_1" else tls.get("suites", "DEFAULT"))
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            found.minimum_version = ssl.TLSVersion[tls.get("first", "MINIMUM_SUPPORTED")]
            found.maximum_version = ssl.TLSVersion[tls.get("last", "MAXIMUM_SUPPORTED")]
        found.load_cert_chain(self._file(certificate))
        found.load_dh_params(self._group)
        return found

    def _file(self, certificate: str) -> Path:
        file = self._folder / f"{certificate}.pem"
        with self._lock:
            if not file.exists():
                file.write_bytes(self._pem(certificate))
        return file

    def _pem(self, certificate: str) -> bytes:
        now = datetime.now(UTC)
        if certificate == "common_name":
            return self._home_made(ec.generate_private_key(ec.SECP256R1()), named=False, signed=True)
        if certificate == "rsa":
            return self._home_made(rsa.generate_private_key(65537, 2048), named=True, signed=True)
        if certificate == "self_signed":
            return self._home_made(ec.generate_private_key(ec.SECP256R1()), named=True, signed=False)
        ca = trustme.CA() if certificate == "unknown_ca" else self._ca
        begins, ends = (now - timedelta(days=60), now - timedelta(days=3)) if certificate == "expired" else (None, None)
        leaf = ca.issue_cert(
            *_NAMES.get(certificate, (HOST, *_MORE)), not_before=begins, not_after=ends or now + timedelta(days=90)
        )
        return leaf.private_key_and_cert_chain_pem.bytes()

    def _home_made(self, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, *, named: bool, signed: bool) -> bytes:
        now, name = datetime.now(UTC), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
        issuer = x509.load_pem_x509_certificate(self._ca.cert_pem.bytes()).subject if signed else name
        signer = serialization.load_pem_private_key(self._ca.private_key_pem.bytes(), None) if signed else key
        builder = (
            x509.CertificateBuilder(issuer, name, key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=90))
        )
        if signed:  # or Python 3.13 on refuse it
            issued = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())  # type: ignore[arg-type]
            builder = builder.add_extension(issued, critical=False)
        if named:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        made = builder.sign(signer, hashes.SHA256())  # type: ignore[arg-type]  # a CA's key can sign
        return key.private_bytes(serialization.Encoding.PEM, *plain) + made.public_bytes(serialization.Encoding.PEM)


# RFC 7919
_FFDHE2048 = """\
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
"""
_MORE = (f"two.{DOMAIN}", f"six.{DOMAIN}")
_NAMES = {
    "other_name": ("elsewhere.example",),
    "wildcard": (f"*.{DOMAIN}",),
    "address": ("127.0.0.1",),
    "international": ("xn--bcher-kva.lab.test",),
}
