"""A client certificate with its key out of one secret: PEM, or PFX in base64. In memory only."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reconciler.errors import TokenRefused
from reconciler.model.secret import SecretRef, SecretValue

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_FORMS = "store a PEM with a certificate and its RSA key, or a PFX in base64"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCertificate:
    """`key` is PEM, not encrypted any more; `public` is the certificate as PEM."""

    key: SecretValue
    public: str


def read(ref: SecretRef, secret: SecretValue, password: SecretValue | None, *, now: float) -> ClientCertificate:
    """Raises TokenRefused for a secret that is no certificate with its key, or whose time is over.

    `now` is in seconds since 1970 (UTC).
    """
    from cryptography.hazmat.primitives import serialization

    content = secret.reveal().encode()
    try:
        key, certificates = _pem(content, password) if b"-----BEGIN" in content else _pfx(content, password)
    except (ValueError, TypeError, binascii.Error) as error:
        # the library's text goes no further; a TypeError is its word for a password too many or too few
        why = "it needs a password, or has none" if isinstance(error, TypeError) else "its format or its password"
        fix = f"{_FORMS}; check oauth2.certificate_password"
        raise TokenRefused(f"the certificate {ref} cannot be read", why=why, fix=fix) from None
    certificate = _of_key(ref, _rsa(ref, key), certificates)
    _check_time(ref, certificate, now)
    pem = key.private_bytes(  # type: ignore[attr-defined]  # _rsa has looked
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    return ClientCertificate(key=SecretValue(pem.decode()), public=public.decode())


def _pem(content: bytes, password: SecretValue | None) -> tuple[object, list[x509.Certificate]]:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    blocks = _BLOCK.findall(content)
    key = serialization.load_pem_private_key(_BLOCK.sub(b"", content).strip(), _bytes(password))
    return key, [x509.load_pem_x509_certificate(block) for block in blocks]


def _pfx(content: bytes, password: SecretValue | None) -> tuple[object, list[x509.Certificate]]:
    from cryptography.hazmat.primitives.serialization import pkcs12

    found = base64.b64decode(b"".join(content.split()), validate=True)
    key, certificate, others = pkcs12.load_key_and_certificates(found, _bytes(password))
    return key, [*([certificate] if certificate else []), *others]


def _bytes(password: SecretValue | None) -> bytes | None:
    return password.reveal().encode() if password else None


def _rsa(ref: SecretRef, key: object) -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    if not isinstance(key, RSAPrivateKey):
        raise TokenRefused(f"{ref} holds no RSA key", why="Entra verifies RSA signatures only", fix=_FORMS)
    return key


def _of_key(ref: SecretRef, key: RSAPrivateKey, certificates: list[x509.Certificate]) -> x509.Certificate:
    """A file may hold the chain too: the certificate is the one with this key."""
    for certificate in certificates:
        if certificate.public_key() == key.public_key():
            return certificate
    why = "its certificates belong to other keys" if certificates else "it holds only a key"
    raise TokenRefused(f"{ref} holds no certificate for its key", why=why, fix=_FORMS)


def _check_time(ref: SecretRef, certificate: x509.Certificate, now: float) -> None:
    moment, end = datetime.fromtimestamp(now, UTC), certificate.not_valid_after_utc
    if moment >= end:
        fix = "make a new one, upload it to the application and store it"
        raise TokenRefused(f"the certificate {ref} has expired", why=f"it ended on {end:%Y-%m-%d}", fix=fix)
    if moment < certificate.not_valid_before_utc:
        why = f"it begins on {certificate.not_valid_before_utc:%Y-%m-%d}"
        raise TokenRefused(f"the certificate {ref} is not valid yet", why=why, fix="check this host's clock")
