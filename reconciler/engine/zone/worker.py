"""What a zone does with a message: believe it or not, refuse it or not, carry it out, and sign the answer."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from uuid import uuid4

import reconciler
from reconciler.engine.claims.forgetting import Forgetting
from reconciler.engine.envelope.forged import Forged
from reconciler.engine.envelope.message import Answer, Document, Op, Request, Status
from reconciler.engine.envelope.sealed import opened_request, seal
from reconciler.engine.zone.carry_out import Message, claims
from reconciler.engine.zone.permit import Deadline
from reconciler.engine.zone.refusals import refusal
from reconciler.engine.zone.runs import Runs
from reconciler.engine.zone.settings import READ
from reconciler.engine.zone.zone import Zone
from reconciler.errors import EngineError
from reconciler.model.finding import Finding
from reconciler.model.wire import PROTOCOL
from reconciler.model.wire import document as wire
from reconciler.pipeline import guard
from reconciler.secrets.redact import Redactor
from reconciler.secrets.stores import Secrets

LASTS = 600  # seconds that an answer is good for: whoever asked may have much to do
_CLAIMED = frozenset({Op.WRITE, Op.SETTLE, Op.PROVE})
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Performed:
    """A sealed answer to the request `of`, for the run that reads `to`. A `sure` one must not be lost."""

    token: str
    of: str
    to: str
    sure: bool


class Worker:
    """Of one process; thread-safe. `now` is in seconds since the epoch, `version` that of this product."""

    def __init__(
        self,
        zone: Zone,
        *,
        redactor: Redactor | None = None,
        now: Callable[[], float] = time.time,
        version: str = reconciler.__version__,
    ) -> None:
        spec = zone.spec
        self._zone, self._now, self._version = zone, now, version
        self._pool = ThreadPoolExecutor(max_workers=spec.slots, thread_name_prefix="unit")
        self.name = f"{socket.gethostname()}-{os.getpid()}"

        def stores() -> Secrets:
            return Secrets(spec.stores, base=Path(spec.base), redactor=redactor, zone=spec.zone)

        self._runs = Runs(stores, None if spec.may == {READ} else spec.claims.store)
        self._forgetting = Forgetting(now=now)

    def perform(self, token: str) -> Performed | None:
        """Never raises. None for what is not believed, and for what asks for no answer."""
        request = self._believed(token)
        if request is None:
            return None
        if request.op is Op.STOP:
            self._stop(request)
            return None
        answer = self._sealed(request, self._carried_out(request))
        if request.op in _CLAIMED and self._forgetting.due():
            self._pool.submit(self._forget, request.reply)
        return answer

    def hear(self, token: str) -> None:
        """What comes to every worker of the zone: a stop, and nothing else is carried out. Never raises."""
        request = self._believed(token)
        if request is not None and request.op is Op.STOP:
            self._stop(request)
        elif request is not None:
            log.warning("run=%s op=%s came to all workers, and is for one of them: ignored", request.run, request.op)

    def close(self) -> None:
        """What was begun is waited for."""
        self._pool.shutdown()
        self._runs.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def _believed(self, token: str) -> Request | None:
        try:
            return opened_request(token, self._zone.keys.coordinators, self._zone.name, self._now())
        except Forged as forged:
            log.warning("a message is not believed: %s", forged.what)
            return None

    def _forget(self, run: str) -> None:
        with self._runs.secrets(run) as secrets:
            self._forgetting.forget(claims(self._zone.spec, secrets, self.name))

    def _stop(self, request: Request) -> None:
        log.info("run=%s op=%s", request.run, request.op)
        self._runs.stop(request.reply, request.run, request.role)

    def _carried_out(self, request: Request) -> tuple[Document, ...] | Finding:
        spec, deadline = self._zone.spec, Deadline(request.deadline, self._now)
        if (refused := refusal(request, spec, deadline, version=self._version)) is not None:
            return refused
        try:
            # by the process that asks: what it was told of versions holds for what it writes, whatever runs it has
            with self._runs.secrets(request.reply) as secrets:
                return Message(
                    request=request,
                    spec=spec,
                    secrets=secrets,
                    deadline=deadline,
                    stopped=lambda: self._runs.stopped(request.reply, request.run, request.role),
                    worker=self.name,
                    pool=self._pool,
                ).answers()
        except Exception as error:  # noqa: BLE001  # whoever asked has to hear of it
            return guard.as_finding(error, f"zone {spec.zone}")

    def _sealed(self, request: Request, found: tuple[Document, ...] | Finding) -> Performed:
        try:
            token = seal(self._made(request, found), self._zone.keys.own)
        except ValueError as error:  # too long
            why = EngineError("the answer cannot be sent", why=str(error), fix="select fewer targets or relays")
            token = seal(self._made(request, why.finding()), self._zone.keys.own)
        return Performed(token=token, of=request.jti, to=request.reply, sure=request.op in (Op.WRITE, Op.SETTLE))

    def _made(self, request: Request, found: tuple[Document, ...] | Finding) -> Answer:
        now = int(self._now())
        answer = Answer(
            zone=self._zone.name,
            jti=uuid4().hex,
            issued=now,
            deadline=now + LASTS,
            of=request.jti,
            run=request.run,
            seq=request.seq,
            status=Status.DONE,
            protocol=PROTOCOL,
            version=self._version,
        )
        if not isinstance(found, Finding):
            return replace(answer, body=found)
        log.warning("run=%s op=%s refused: %s: %s", request.run, request.op, found.rule, found.what)
        return replace(answer, status=Status.REFUSED, why=wire.written(found))
