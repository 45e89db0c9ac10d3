"""engine/envelope/keys.py: keys of one kind, loaded once, and never shown."""

from __future__ import annotations

import hashlib
import pickle

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from support.sealing import pair

from reconciler.engine.envelope import keys
from reconciler.engine.envelope.keys import Coordinator, KeyUnusable
from reconciler.model.secret import SecretValue

PAIR = pair("apply")


def pem(key: ec.EllipticCurvePrivateKey | ed448.Ed448PrivateKey | Ed25519PrivateKey, passphrase: bytes = b"") -> str:
    how = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how).decode()


def test_both_halves_have_one_name() -> None:
    raw = PAIR.public.key.public_bytes_raw()
    assert PAIR.private.kid == PAIR.public.kid == hashlib.sha256(raw).hexdigest()[:16]


def test_no_key_is_shown() -> None:
    middle = PAIR.private_pem.splitlines()[1]
    for shown in (
        repr(PAIR.private),
        str(PAIR.private),
        repr(PAIR.public),
        repr(Coordinator(key=PAIR.public, may=frozenset())),
    ):
        assert middle[-20:] not in shown
        assert "Ed25519" not in shown
    with pytest.raises(TypeError, match="cannot pickle"):
        pickle.dumps(PAIR.private)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        PAIR.public_pem,
        pem(Ed25519PrivateKey.generate(), b"passphrase"),
        pem(ec.generate_private_key(ec.SECP256R1())),
        pem(ed448.Ed448PrivateKey.generate()),
        PAIR.private_pem.replace("M", "N"),
    ],
    ids=["empty", "words", "public", "passphrase", "P-256", "Ed448", "broken"],
)
def test_what_is_no_private_key_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(KeyUnusable) as raised:
        keys.private_key(SecretValue(text), "vault secret reconciler/engine#key")
    error = raised.value
    assert error.what == "vault secret reconciler/engine#key is no Ed25519 private key in PEM, without a passphrase"
    assert error.__cause__ is None
    assert error.__suppress_context__
    assert error.fix


def test_a_private_key_in_place_of_a_public_one_is_said() -> None:
    with pytest.raises(KeyUnusable) as raised:
        keys.public_key(PAIR.private_pem, "keys/dmz.pub")
    assert (raised.value.what, raised.value.why) == (
        "keys/dmz.pub is no Ed25519 public key in PEM",
        "it has a private key",
    )


def test_a_public_key_of_another_kind_is_refused() -> None:
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    with pytest.raises(KeyUnusable, match=r"keys/dmz\.pub is no Ed25519 public key in PEM"):
        keys.public_key(other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(), "keys/dmz.pub")
