"""A certificate with its key out of one secret, and what can be wrong with it."""

from __future__ import annotations

import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from support.entra_clients import PASSPHRASE, Pair, pair, ref, told

from reconciler.errors import TokenRefused
from reconciler.model.secret import SecretValue
from reconciler.oauth import certificate
from reconciler.oauth.certificate import ClientCertificate

NOW = time.time()


def read(stored: str, password: str | None = None, now: float = NOW) -> ClientCertificate:
    return certificate.read(ref("c"), SecretValue(stored), SecretValue(password) if password else None, now=now)


def test_key_comes_out_open_and_hidden(registered: Pair) -> None:
    found = read(registered.pfx(PASSPHRASE), PASSPHRASE)
    assert "BEGIN PRIVATE KEY" in found.key.reveal()
    assert "PRIVATE" not in repr(found)


@pytest.mark.parametrize(
    ("stored", "password", "what"),
    [
        (lambda pair: pair.pem(PASSPHRASE), None, "cannot be read"),
        (lambda pair: pair.pem(PASSPHRASE), "c4nary-wrong", "cannot be read"),
        (lambda pair: pair.pem(), "c4nary-too-much", "cannot be read"),
        (lambda pair: pair.pfx(PASSPHRASE), None, "cannot be read"),
        (lambda pair: pair.pfx(PASSPHRASE), "c4nary-wrong", "cannot be read"),
        (lambda _: "c4nary, no certificate", None, "cannot be read"),
        (lambda _: "", None, "cannot be read"),
        (lambda pair: pair.pem(certificate=False), None, "holds no certificate for its key"),
    ],
)
def test_secret_that_is_no_certificate_is_refused(
    stored: object, password: str | None, what: str, registered: Pair
) -> None:
    assert callable(stored)
    with pytest.raises(TokenRefused, match=what) as caught:
        read(stored(registered), password)
    assert "c4nary" not in told(caught.value)


def test_certificate_of_another_key_is_refused(registered: Pair) -> None:
    other = pair().pem().partition("-----BEGIN CERTIFICATE")
    with pytest.raises(TokenRefused, match="no certificate for its key"):
        read(registered.pem(certificate=False) + other[1] + other[2])


def test_key_that_is_not_rsa_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    form, hidden = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    with pytest.raises(TokenRefused, match="no RSA key"):
        read(key.private_bytes(serialization.Encoding.PEM, form, hidden).decode())


@pytest.mark.parametrize(("days", "what"), [(31, "has expired"), (-61, "not valid yet")])
def test_certificate_out_of_its_time_is_refused_before_it_is_used(days: int, what: str, registered: Pair) -> None:
    with pytest.raises(TokenRefused, match=what):
        read(registered.pem(), now=NOW + days * 86400)
