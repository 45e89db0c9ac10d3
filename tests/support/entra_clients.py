"""Who asks for tokens in tests: a client with its credentials, a vault that counts, a clock that stands still."""

from __future__ import annotations

import base64
import traceback
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from reconciler.errors import SecretMissing
from reconciler.model.secret import SecretRef, SecretValue

CLIENT = "6a0f9c1e-58f5-4d6e-8f0a-0a8d4a8d9b1c"
SECRET = "c4nary~client+secret/=%"
PASSPHRASE = "c4nary-passphrase"
ISSUER, SUBJECT = "https://gitlab.example", "project:mail"


def ref(path: str) -> SecretRef:
    return SecretRef(store="default", path=f"mail/{path}", key="value")


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A client certificate and its key in every form that may be stored."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    def pem(self, password: str | None = None, *, certificate: bool = True) -> str:
        hidden = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
        encoding = serialization.Encoding.PEM
        key = self.key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, hidden)
        return (key + (self.certificate.public_bytes(encoding) if certificate else b"")).decode()

    def pfx(self, password: str | None = None) -> str:
        hidden = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
        content = pkcs12.serialize_key_and_certificates(b"mail", self.key, self.certificate, None, hidden)
        return base64.encodebytes(content).decode()


def pair(*, days: int = 30) -> Pair:
    key, now = rsa.generate_private_key(65537, 2048), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - timedelta(days=60))
    return Pair(key=key, certificate=builder.not_valid_after(now + timedelta(days=days)).sign(key, hashes.SHA256()))


@dataclass
class Vault:
    """An Opener over a dict; counts what was opened."""

    values: dict[SecretRef, str] = field(default_factory=dict)
    opened: list[SecretRef] = field(default_factory=list)

    def open(self, ref: SecretRef) -> SecretValue:
        self.opened.append(ref)
        if ref not in self.values:
            raise SecretMissing(f"{ref} is not there", fix="store it")
        return SecretValue(self.values[ref])


@dataclass
class Clock:
    now: float = field(default_factory=lambda: datetime.now(UTC).timestamp())

    def __call__(self) -> float:
        return self.now


def told(error: BaseException) -> str:
    """All that an exception and those below it could print."""
    parts, waiting = list[str](), [error]
    while waiting and len(parts) < 100:
        current = waiting.pop()
        parts += [str(current), repr(current), *traceback.format_exception(current)]
        parts += [repr(getattr(current, name, None)) for name in ("what", "why", "fix", "args")]
        waiting += [below for below in (current.__cause__, current.__context__) if below is not None]
    return "\n".join(parts)
