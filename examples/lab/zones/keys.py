"""Key pairs of who signs (Ed25519), made anew for each lab, and files that nobody else reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


def private(path: Path, text: str | bytes) -> None:
    """A file that nobody else reads."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(0o600)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


@dataclass(frozen=True, slots=True)
class Pair:
    private: bytes
    public: bytes


def pair() -> Pair:
    """Both as PEM."""
    key = Ed25519PrivateKey.generate()
    return Pair(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    )
