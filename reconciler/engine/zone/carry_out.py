"""Carries out the units of one message: plain documents in, plain documents out, in the same order."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, TypeVar

from reconciler.engine.claims.claims import Claims
from reconciler.engine.envelope.message import Document, Op, Request
from reconciler.engine.zone import files, noted, read_units, roles
from reconciler.engine.zone.allowed import Allowed
from reconciler.engine.zone.permit import Deadline
from reconciler.engine.zone.prove_units import Proving
from reconciler.engine.zone.settings import WorkerSpec
from reconciler.engine.zone.settle_units import Settling
from reconciler.engine.zone.write_units import Writing
from reconciler.errors import EngineError
from reconciler.model.wire import document as wire
from reconciler.model.work.proofs import ProveUnit
from reconciler.model.work.reads import ReadUnit, VersionsUnit
from reconciler.model.work.settles import SettleUnit
from reconciler.model.work.writes import WriteUnit
from reconciler.secrets.stores import Secrets

log = logging.getLogger(__name__)
Unit = TypeVar("Unit", ReadUnit, VersionsUnit, ProveUnit, WriteUnit, SettleUnit)


class Unreadable(EngineError):
    """A unit is not of the form that this version of reconciler has."""

    rule = "message-form"


def claims(spec: WorkerSpec, secrets: Secrets, worker: str) -> Claims:
    """`worker` is a name for people. Raises SecretError for a store that is not there."""
    return Claims(store=secrets.vault(spec.claims.store), path=spec.claims.path, worker=worker)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A request that is believed and not refused. `worker` is a name for people; `pool` has as many slots as it may."""

    request: Request
    spec: WorkerSpec
    secrets: Secrets
    deadline: Deadline
    stopped: Callable[[], bool]
    worker: str
    pool: Executor

    def answers(self) -> tuple[Document, ...]:
        """Raises Unreadable, and ReconcilerError where none of it can be carried out; what goes wrong with a unit is in
        its answer."""
        with files.of_message(self.request.files, self.spec.files) as brought:
            allowed = Allowed(self.spec, brought, self.request.platforms)
            match self.request.op:
                case Op.READ:
                    work = lambda one: read_units.read(one, allowed, self.secrets, self.deadline)  # noqa: E731
                    return self._each(ReadUnit, work)
                case Op.VERSIONS:
                    who = roles.roles(self.spec.stores)
                    return self._each(VersionsUnit, lambda one: read_units.versions(one, allowed, self.secrets, who))
                case Op.WRITE:
                    return self._each(WriteUnit, Writing(allowed=allowed, **self._under_claims()).written)
                case Op.PROVE:
                    return self._each(ProveUnit, Proving(allowed=allowed, **self._under_claims()).proven)
                case Op.SETTLE:
                    return self._settled(Settling(allowed=allowed, **self._under_claims()))
        raise Unreadable(f"this worker cannot {self.request.op}", fix="install the coordinator's version in the zone")

    def _under_claims(self) -> dict[str, Any]:
        """Raises SecretError for a store that is not there."""
        return {
            "request": self.request,
            "secrets": self.secrets,
            "claims": claims(self.spec, self.secrets, self.worker),
            "deadline": self.deadline,
            "stopped": self.stopped,
        }

    def _each(self, kind: type[Unit], work: Callable[[Unit], noted.Answered]) -> tuple[Document, ...]:
        """Side by side, as far as this worker has slots; all have to be readable before the first one begins."""
        return tuple(self.pool.map(lambda one: self._timed(one, work), self._units(kind)))

    def _settled(self, settling: Settling) -> tuple[Document, ...]:
        """Units of one installation are under one claim, one after the other."""
        began, units = time.monotonic(), self._units(SettleUnit)
        found = settling.settled(units, self.pool)
        for unit, answer in zip(units, found, strict=True):
            log.info("%s", noted.line(self.request, unit, answer, time.monotonic() - began))
        return tuple(wire.written(one) for one in found)

    def _units(self, kind: type[Unit]) -> Sequence[Unit]:
        try:
            return [wire.read(kind, one) for one in self.request.body]
        except ValueError as error:
            fix = "install the coordinator's version in the zone"
            raise Unreadable(f"a unit of the message cannot be read: {error}", fix=fix) from None

    def _timed(self, unit: Unit, work: Callable[[Unit], noted.Answered]) -> Document:
        began = time.monotonic()
        found = work(unit)
        log.info("%s", noted.line(self.request, unit, found, time.monotonic() - began))
        return wire.written(found)
