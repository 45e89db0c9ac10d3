"""A certificate that does not fit is told before OpenSSL does, or asks at the terminal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from reconciler.engine.envelope import shown
from reconciler.model.secret import SecretValue

OWN, OTHER = ed25519.Ed25519PrivateKey.generate(), ed25519.Ed25519PrivateKey.generate()


def pem(key: ed25519.Ed25519PrivateKey, passphrase: bytes | None = None) -> SecretValue:
    locked = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    return SecretValue(key.private_bytes(serialization.Encoding.PEM, form, locked).decode())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> str:
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "dmz")]), datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, OWN.public_key(), 1, now, now + timedelta(days=1)).sign(OWN, None)
    path = tmp_path_factory.mktemp("shown") / "dmz.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return str(path)


def test_what_belongs_together_is_right(certificate: str) -> None:
    shown.check(certificate, certificate, pem(OWN))


@pytest.mark.parametrize(
    "key", [pem(OTHER), pem(OWN, b"c4n4ry"), SecretValue("no key")], ids=["another", "with a passphrase", "none"]
)
def test_another_key_is_told(certificate: str, key: SecretValue) -> None:
    with pytest.raises(shown.CertificateUnusable, match=r"client_key: not the private key of .*dmz\.pem"):
        shown.check(None, certificate, key)


def test_a_file_that_is_missing_is_told_by_its_key(certificate: str, tmp_path: Path) -> None:
    with pytest.raises(shown.CertificateUnusable, match=r"^ca_file: .*no such file"):
        shown.check(str(tmp_path / "none.pem"), certificate, None)
