"""Who is there: the broker is asked how many workers each zone has, and each of these who it is."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from reconciler.engine.celery.coordinator import coordinator
from reconciler.engine.remote.post import NoBroker, NoWorker
from reconciler.engine.remote.transport import Lost, NoQueue, Transport
from reconciler.engine.remote.unanswered import Unanswered, unanswered
from reconciler.model.answers.zone_standing import ZoneStanding

if TYPE_CHECKING:
    from reconciler.engine.remote.coordinator import Remote
    from reconciler.model.landscape import EngineSpec
    from reconciler.secrets.stores import Secrets

_MANY = 16  # workers of a zone that are asked; the broker deals messages out to them in turn


def standings(spec: EngineSpec, secrets: Secrets) -> tuple[ZoneStanding, ...]:
    """Of each zone of reconciler.yaml. Raises SecretError, and EngineError for a key that is none."""
    remote = coordinator(spec, secrets, writes=False)
    try:
        found = _counted(remote.desk.post.transport, sorted(spec.zones), remote.desk.broker)
        with ThreadPoolExecutor(max_workers=max(1, len(found))) as pool:
            return tuple(pool.map(lambda one: _answered(one, remote), found))
    finally:
        remote.close()


def _counted(transport: Transport, zones: Sequence[str], broker: str) -> list[ZoneStanding]:
    try:
        transport.connect()
        return [_zone(transport, name, broker) for name in zones]
    except Lost as lost:
        error = unanswered(NoBroker(lost.why), "", broker, 0.0).finding
        return [ZoneStanding(name=name, error=error) for name in zones]


def _zone(transport: Transport, name: str, broker: str) -> ZoneStanding:
    try:
        there = transport.standing(name)
    except NoQueue as why:
        return ZoneStanding(name=name, error=unanswered(why, name, broker, 0.0).finding)
    error = None if there.workers else unanswered(NoWorker(), name, broker, 0.0).finding
    return ZoneStanding(name=name, workers=there.workers, waiting=there.waiting, error=error)


def _answered(one: ZoneStanding, remote: Remote) -> ZoneStanding:
    if not one.workers or one.error is not None:
        return one
    began = monotonic()
    count = min(one.workers, _MANY)
    try:
        with ThreadPoolExecutor(max_workers=count) as pool:
            versions = set(pool.map(lambda _: remote.version(one.name), range(count)))
    except Unanswered as why:
        return replace(one, error=why.finding)
    return replace(one, versions=tuple(sorted(versions)), seconds=monotonic() - began)
