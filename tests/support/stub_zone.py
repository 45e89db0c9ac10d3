"""A zone that believes what it is sent and answers what a test wants: keys, units and answers, no platform."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import reconciler
from reconciler.engine.celery import coordinator
from reconciler.engine.envelope import keys
from reconciler.engine.envelope.keys import Coordinator
from reconciler.engine.envelope.message import Answer, Op, Request, Role, Status
from reconciler.engine.envelope.sealed import opened_request, seal
from reconciler.engine.remote.coordinator import Remote
from reconciler.engine.remote.desk import Desk
from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.finding import Finding
from reconciler.model.handshake import Encryption, Policy, Relay
from reconciler.model.landscape import TargetSpec
from reconciler.model.outcome import Outcome, OutcomeStatus
from reconciler.model.settings import Present, Reading
from reconciler.model.wire import PROTOCOL
from reconciler.model.wire import document as wire
from reconciler.model.work.reads import ReadUnit, UnitRead, VersionsTold, VersionsUnit
from reconciler.model.work.writes import TargetWrites, UnitWritten, WriteUnit, Written
from support import zone_keys
from support.inside import Inside

HOST = Resource(collection="settings")


@dataclass(eq=False)
class Stub:
    """`answers` says what to answer to an operation; None is nothing at all, a Finding a refusal."""

    name: str
    folder: Path
    asked: list[Request] = field(default_factory=list)
    answers: dict[Op, Callable[[Request], list[Any] | Finding | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.own = zone_keys.make(self.folder, self.name)
        self.public = keys.public_key((self.folder / f"{self.name}.pub").read_text("utf-8"), self.name)
        self.coordinators: Mapping[str, Coordinator] = {}
        self.answers = {Op.READ: read, Op.VERSIONS: told, Op.WRITE: wrote} | self.answers

    def perform(self, token: str) -> Any:
        request = opened_request(token, self.coordinators, self.name, time.time())
        self.asked.append(request)
        found = self.answers[request.op](request)
        return None if found is None else SimpleNamespace(of=request.jti, token=self.sealed(request, found))

    def sealed_for(self, other: Stub, token: str) -> Any:
        """By this zone's key, in the other one's name."""
        request = opened_request(token, other.coordinators, other.name, time.time())
        return SimpleNamespace(of=request.jti, token=self.sealed(request, read(request), zone=other.name))

    def sealed(self, request: Request, found: list[Any] | Finding, **claims: Any) -> str:
        made = Answer(
            zone=self.name,
            jti=uuid4().hex,
            issued=int(time.time()),
            deadline=int(time.time()) + 60,
            of=request.jti,
            run=request.run,
            seq=request.seq,
            status=Status.REFUSED if isinstance(found, Finding) else Status.DONE,
            protocol=PROTOCOL,
            version=reconciler.__version__,
            body=() if isinstance(found, Finding) else tuple(wire.written(one) for one in found),
            why=wire.written(found) if isinstance(found, Finding) else None,
        )
        return seal(replace(made, **claims), self.own)


def remote(inside: Inside, folder: Path, *zones: Stub, deadline: float = 20.0) -> Remote:
    """Those of `zones` that are no key of `inside` yet get their worker."""
    key = zone_keys.make(folder, "apply")
    public = keys.public_key((folder / "apply.pub").read_text("utf-8"), "apply")
    for zone in zones:
        zone.coordinators = keys.by_kid([Coordinator(key=public, may=frozenset({"read", "prove", "write"}))])
        inside.work.setdefault(zone.name, zone.perform)
    post = coordinator.post(inside, {zone.name: zone.public for zone in zones})
    desk = Desk(post=post, key=key, role=Role.WRITE, reply="a1b2", broker="rabbit.example.com:5671")
    return Remote(desk=desk, deadline=deadline)


def spec(zone: str = "dmz", name: str = "shop") -> TargetSpec:
    unit = f"prod/{zone}-{name}"
    return TargetSpec(unit=unit, kind="file", installation=f"{zone}!{unit}", connection={}, zone=zone)


def relay(zone: str = "dmz", name: str = "mail") -> Relay:
    return Relay(name=name, host="relay.example.com", port=587, encryption=Encryption.STARTTLS, zone=zone)


def unit(one: TargetSpec) -> WriteUnit:
    change = FieldChange(field="host", kind=FieldKind.SET, before="a", after="b", cause=Cause.GIT)
    address = Address(environment="prod", target=one.unit.partition("/")[2], resource=HOST)
    made = Change(address=address, kind=one.kind, installation=one.installation, action=Action.UPDATE, fields=(change,))
    target = TargetWrites(spec=one, changes=(made,))
    return WriteUnit(installation=one.installation, targets=(target,), patience=1.0, policy=Policy())


def reading(one: TargetSpec, host: str = "b") -> Reading:
    live = {HOST: Present(settings={"host": host})}
    return Reading(unit=one.unit, installation=one.installation, kind=one.kind, resources=live)


def read(request: Request) -> list[Any]:
    units = [wire.read(ReadUnit, one) for one in request.body]
    return [UnitRead(readings=tuple(reading(each) for each in one.specs)) for one in units]


def told(request: Request) -> list[Any]:
    (unit_,) = (wire.read(VersionsUnit, one) for one in request.body)
    return [VersionsTold(versions={}, roles={"default": "approle mail"})] if not unit_.refs else []


def wrote(request: Request) -> list[Any]:
    return [written(wire.read(WriteUnit, one)) for one in request.body]


def written(one: WriteUnit) -> UnitWritten:
    outcomes = tuple(Outcome(address=each.address, status=OutcomeStatus.UPDATED) for each in one.targets[0].changes)
    return UnitWritten(installation=one.installation, targets=(Written(outcomes=outcomes, after=None),))
