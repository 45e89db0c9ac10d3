"""Ed25519 keys, loaded once and used often. A private key is a secret until it is one of these, and is never shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from reconciler.errors import EngineError

if TYPE_CHECKING:
    from reconciler.model.secret import SecretValue


class KeyUnusable(EngineError):
    """Text that is no Ed25519 key in PEM."""

    rule = "engine-key"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """`kid` names it in messages: the first 16 hex digits of the SHA-256 of its 32 bytes."""

    key: Ed25519PublicKey = field(repr=False, compare=False)
    kid: str


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """Signs. `kid` is that of its public half."""

    key: Ed25519PrivateKey = field(repr=False, compare=False)
    kid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinator:
    """A key that requests are signed with, and what they may ask for: some of "read", "prove", "write"."""

    key: PublicKey
    may: frozenset[str]


def private_key(pem: SecretValue, name: str) -> PrivateKey:
    """`name` is how messages call it: its reference. Raises KeyUnusable, which shows nothing of it."""
    try:
        found = load_pem_private_key(pem.reveal().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, Ed25519PrivateKey):
        what = f"{name} is no Ed25519 private key in PEM, without a passphrase"
        why = "it is a public key" if "PUBLIC KEY" in pem.reveal() else None
        raise KeyUnusable(what, why=why, fix=_MAKE) from None
    return PrivateKey(found, _kid(found.public_key()))


def public_key(pem: str, name: str) -> PublicKey:
    """`name` is how messages call it: its file. Raises KeyUnusable."""
    try:
        found = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, Ed25519PublicKey):
        why = "it has a private key" if "PRIVATE KEY" in pem else None
        raise KeyUnusable(f"{name} is no Ed25519 public key in PEM", why=why, fix=_SHOW) from None
    return PublicKey(found, _kid(found))


def by_kid(known: Iterable[Coordinator]) -> Mapping[str, Coordinator]:
    return {one.key.kid: one for one in known}


def _kid(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


_MAKE = "openssl genpkey -algorithm ed25519"
_SHOW = "openssl pkey -in KEY -pubout"
