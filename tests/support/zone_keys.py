"""Throw-away Ed25519 keys, as openssl writes them."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from reconciler.engine.envelope.keys import PrivateKey, private_key
from reconciler.model.secret import SecretValue


def make(folder: Path, name: str) -> PrivateKey:
    """`NAME.pem` for its owner only, and `NAME.pub`."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    private = folder / f"{name}.pem"
    private.write_bytes(pem)
    private.chmod(0o600)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / f"{name}.pub").write_bytes(public)
    return private_key(SecretValue(pem.decode()), name)
