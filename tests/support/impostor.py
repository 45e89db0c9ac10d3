"""Somebody at the broker who is not meant to be there: speaks AMQP by hand, with whatever login he has got hold of.

Messages are as Celery writes them (protocol 2), so that a worker which did not look would run them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import amqp
from lab.servers.rabbit import VHOST

TASK = "reconciler.unit"


@contextmanager
def channel(port: int, user: str, password: str) -> Iterator[Any]:
    """On the broker's plain port: the login is what is tried, not TLS. A refusal raises amqp.AccessRefused."""
    with (
        amqp.Connection(
            host=f"127.0.0.1:{port}",
            userid=user,
            password=password,
            virtual_host=VHOST,
            confirm_publish=True,
            connect_timeout=10,
            read_timeout=10,
        ) as connection,
        connection.channel() as found,
    ):
        yield found


def task(argument: Any, *, name: str = TASK, content_type: str = "application/json", **more: Any) -> amqp.Message:
    """`more` are keyword arguments of the task."""
    identity = uuid.uuid4().hex
    headers = {"lang": "py", "task": name, "id": identity, "root_id": identity, "argsrepr": "", "kwargsrepr": ""}
    body = json.dumps([[argument], more, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}])
    return amqp.Message(
        body, content_type=content_type, content_encoding="utf-8", correlation_id=identity, application_headers=headers
    )


def segment(document: Mapping[str, Any] | bytes) -> str:
    data = document if isinstance(document, bytes) else json.dumps(document, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def opened(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, whoever signed them."""
    first, second, _ = token.split(".")
    return tuple(json.loads(base64.urlsafe_b64decode(one + "=" * (-len(one) % 4))) for one in (first, second))  # type: ignore[return-value]


def unsigned(token: str) -> str:
    header, claims = opened(token)
    return f"{segment({**header, 'alg': 'none'})}.{segment(claims)}."


def by_public_key(token: str, pem: bytes) -> str:
    """HMAC with the public key as its secret, which fools who lets the message choose."""
    header, claims = opened(token)
    signing = f"{segment({**header, 'alg': 'HS256'})}.{segment(claims)}"
    return f"{signing}.{segment(hmac.digest(pem, signing.encode(), hashlib.sha256))}"


def changed(token: str, **claims: Any) -> str:
    """Under the old signature."""
    head, _, signature = token.split(".")
    return f"{head}.{segment({**opened(token)[1], **claims})}.{signature}"


def signed(claims: Mapping[str, Any], pem: bytes, typ: str = "reconciler-request+jwt", kid: str | None = None) -> str:
    """Well made, by the key of our choice."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(pem, None)
    assert isinstance(key, Ed25519PrivateKey)
    own = hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]
    signing = f"{segment({'alg': 'EdDSA', 'kid': kid or own, 'typ': typ})}.{segment(claims)}"
    return f"{signing}.{segment(key.sign(signing.encode()))}"
