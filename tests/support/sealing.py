"""Keys of a coordinator and of zones, made for one test run, and messages between them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from reconciler.engine.envelope import keys
from reconciler.engine.envelope.keys import Coordinator, PrivateKey, PublicKey
from reconciler.engine.envelope.message import Answer, Op, Request, Role, Status
from reconciler.model.secret import SecretValue

NOW = 1_800_000_000
JTI, OTHER_JTI = "0123456789abcdef" * 2, "fedcba9876543210" * 2


@dataclass(frozen=True)
class Pair:
    private_pem: str
    public_pem: str

    @property
    def private(self) -> PrivateKey:
        return keys.private_key(SecretValue(self.private_pem), "the key of a test")

    @property
    def public(self) -> PublicKey:
        return keys.public_key(self.public_pem, "the key of a test")


@cache
def pair(name: str) -> Pair:
    """The same for the same name: "apply", "plan", "dmz", "plant"."""
    del name
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return Pair(private.decode(), public.decode())


def coordinators() -> Mapping[str, Coordinator]:
    return keys.by_kid(
        [
            Coordinator(key=pair("plan").public, may=frozenset({"read"})),
            Coordinator(key=pair("apply").public, may=frozenset({"read", "prove", "write"})),
        ]
    )


def request(**changed: Any) -> Request:
    known: dict[str, Any] = {
        "zone": "dmz",
        "jti": JTI,
        "issued": NOW,
        "deadline": NOW + 60,
        "role": Role.WRITE,
        "run": "local-020158",
        "fence": 7,
        "seq": 3,
        "op": Op.WRITE,
        "protocol": 1,
        "version": "0.9.0",
        "reply": "5f1c",
        "body": ({"installation": "dmz!odoo:http://127.0.0.1:18071/dmz", "targets": []},),
    }
    return Request(**{**known, **changed})


def answer(**changed: Any) -> Answer:
    known: dict[str, Any] = {
        "zone": "dmz",
        "jti": OTHER_JTI,
        "issued": NOW + 1,
        "deadline": NOW + 1800,
        "of": JTI,
        "run": "local-020158",
        "seq": 3,
        "status": Status.DONE,
        "protocol": 1,
        "version": "0.9.0",
        "body": ({"outcomes": []},),
    }
    return Answer(**{**known, **changed})


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims."""
    header, claims = (json.loads(base64.urlsafe_b64decode(one + "==")) for one in token.split(".")[:2])
    return header, claims


def segment(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def by_hand(header: Mapping[str, Any] | bytes, claims: Mapping[str, Any] | bytes, key: Pair) -> str:
    """Whatever it is, well signed."""
    texts = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in (header, claims)]
    signing = ".".join(segment(one) for one in texts)
    return f"{signing}.{segment(key.private.key.sign(signing.encode()))}"
