"""What is read of a certificate without cryptography is what cryptography reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from reconciler.smtp.tls import certificate, outline

RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
NOW = datetime(2026, 11, 29, 12, 34, 56, tzinfo=UTC)


def issued(key: Any, *, by: Any = EC, hash_: Any = hashes.SHA256(), begins: datetime = NOW, **sign: Any) -> bytes:  # noqa: B008
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "relay.example")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(begins).not_valid_after(begins + timedelta(days=90))
    return builder.sign(by, hash_, **sign).public_bytes(Encoding.DER)


ORDINARY = {
    "P-256": lambda: issued(EC),
    "P-384": lambda: issued(ec.generate_private_key(ec.SECP384R1()), hash_=hashes.SHA384()),
    "P-521": lambda: issued(ec.generate_private_key(ec.SECP521R1()), hash_=hashes.SHA512()),
    "RSA": lambda: issued(RSA, by=RSA),
    "RSA of 1024 bits": lambda: issued(rsa.generate_private_key(65537, 1024), by=RSA, hash_=hashes.SHA512()),
    "before 2000": lambda: issued(EC, begins=datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    "beyond 2050": lambda: issued(EC, begins=datetime(2051, 1, 1, tzinfo=UTC)),
}
OTHERS = {
    "Ed25519": lambda: issued(ed25519.Ed25519PrivateKey.generate()),
    "signed by Ed25519": lambda: issued(EC, by=ed25519.Ed25519PrivateKey.generate(), hash_=None),
    "DSA": lambda: issued(dsa.generate_private_key(1024)),
    "another curve": lambda: issued(ec.generate_private_key(ec.SECP256K1())),
    "RSA-PSS": lambda: issued(
        RSA, by=RSA, rsa_padding=padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)
    ),
}


@pytest.mark.parametrize("make", ORDINARY.values(), ids=ORDINARY)
def test_an_ordinary_certificate_is_read_as_cryptography_reads_it(make: Callable[[], bytes]) -> None:
    der = make()
    found, judge = outline.read(der), x509.load_der_x509_certificate(der)
    assert found is not None
    key, algorithm = judge.public_key(), judge.signature_hash_algorithm
    assert isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey)
    assert algorithm is not None
    assert (found.begins, found.ends) == (
        judge.not_valid_before_utc.timestamp(),
        judge.not_valid_after_utc.timestamp(),
    )
    kind = key.curve.name if isinstance(key, ec.EllipticCurvePublicKey) else "RSA"
    assert (found.kind, found.bits, found.signature) == (kind, key.key_size, algorithm.name)


@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS)
def test_any_other_is_left_to_cryptography(make: Callable[[], bytes]) -> None:
    der = make()
    assert outline.read(der) is None
    assert certificate.read(der) is not None


@given(at=st.integers(0, 400), to=st.integers(0, 255), cut=st.integers(0, 600))
def test_a_damaged_certificate_raises_nothing(at: int, to: int, cut: int) -> None:
    whole = bytearray(DAMAGED)
    whole[at % len(whole)] = to
    outline.read(bytes(whole[: cut or None]))


DAMAGED = ORDINARY["P-256"]()
