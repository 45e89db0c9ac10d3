"""Opens the way to zones for one run: keys and login, the broker, and what is signed with which key."""

from __future__ import annotations

import logging
import secrets as chance
import time
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.engine.celery.link import Link, link
from reconciler.engine.celery.transport import Rabbit
from reconciler.engine.envelope.forged import Forged
from reconciler.engine.envelope.keys import KeyUnusable, PublicKey, private_key, public_key
from reconciler.engine.envelope.message import Answer, Request, Role
from reconciler.engine.envelope.sealed import opened_answer
from reconciler.engine.remote.coordinator import Remote
from reconciler.engine.remote.desk import Desk
from reconciler.engine.remote.post import Post
from reconciler.engine.remote.transport import Transport

if TYPE_CHECKING:
    from reconciler.model.landscape import EngineSpec, ZoneSpec
    from reconciler.model.ports import Opener
    from reconciler.secrets.stores import Secrets

_log = logging.getLogger(__name__)


def coordinator(spec: EngineSpec, secrets: Secrets, *, writes: bool) -> Remote:
    """Raises SecretError, and KeyUnusable. Nobody is contacted yet but the stores of the secrets."""
    reads = not writes and spec.reading_key is not None
    name, signing = ("reading_key", spec.reading_key) if reads else ("signing_key", spec.signing_key)
    assert signing is not None  # noqa: S101  # asked above
    wanted = (signing, spec.login, spec.client_key)
    opener = secrets.opener(frozenset(ref for ref in wanted if ref is not None))
    broker, reply = to_broker(spec, opener), chance.token_hex(8)
    return Remote(
        desk=Desk(
            post=post(Rabbit(broker, reply), {name: _public(zone) for name, zone in spec.zones.items()}),
            key=private_key(opener.open(signing), f"engine.{name}, {signing}"),
            role=Role.WRITE if writes else Role.READ,
            reply=reply,
            broker=str(broker),
        ),
        deadline=spec.deadline,
    )


def to_broker(spec: EngineSpec, opener: Opener) -> Link:
    """Raises SecretError."""
    return link(
        spec.broker,
        password=opener.open(spec.login) if spec.login else None,
        ca_file=spec.ca_file,
        certificate=spec.client_certificate,
        key=opener.open(spec.client_key) if spec.client_key else None,
    )


def post(transport: Transport, keys: dict[str, PublicKey]) -> Post:
    """`keys` are those of zones, by name. An answer that is not believed is logged, each kind of each zone once."""
    told: set[tuple[str, str]] = set()

    def believed(zone: str, token: str, request: Request) -> Answer:
        if zone not in keys:
            raise Forged("its zone is none of ours")
        return opened_answer(token, keys[zone], request, time.time())

    def ignored(zone: str, what: str) -> None:
        if (zone, what) not in told:
            told.add((zone, what))
            _log.warning("zone %s: an answer is not believed, and another one waited for: %s", zone, what)

    return Post(transport, believed, ignored)


def _public(zone: ZoneSpec) -> PublicKey:
    name = f"engine.zones.{zone.name}.key"
    try:
        return public_key(Path(zone.key).read_text("utf-8"), name)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        fix = "put the public key of the zone's worker there, in PEM"
        raise KeyUnusable(f"{name}: {zone.key} cannot be read", why=why, fix=fix) from None
