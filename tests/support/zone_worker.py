"""A worker of a zone without a broker: its folder, its keys, the zone's own Vault, and a hand that asks it."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml
from lab import canary
from lab.servers.vault import VaultServer

import reconciler
from reconciler.engine.envelope import keys as envelope_keys
from reconciler.engine.envelope.keys import PrivateKey
from reconciler.engine.envelope.message import Answer, Op, Request, Role
from reconciler.engine.envelope.sealed import opened_answer, seal
from reconciler.engine.remote.portable import portable
from reconciler.engine.zone import keys, read_settings
from reconciler.engine.zone import zone as zones
from reconciler.engine.zone.worker import Worker
from reconciler.engine.zone.zone import Zone
from reconciler.model.finding import Finding
from reconciler.model.wire import PROTOCOL
from reconciler.model.wire import document as wire
from reconciler.secrets.redact import Redactor
from reconciler.secrets.stores import Secrets
from support import zone_keys

ZONE = "dmz"
POLICY = """
path "secret/data/mail/*"             { capabilities = ["read"] }
path "secret/metadata/mail/*"         { capabilities = ["read", "list"] }
path "secret/subkeys/mail/*"          { capabilities = ["read"] }
path "secret/data/platforms/*"        { capabilities = ["read"] }
path "secret/metadata/platforms/*"    { capabilities = ["read", "list"] }
path "secret/data/reconciler/claims/*"     { capabilities = ["create", "read", "update"] }
path "secret/metadata/reconciler/claims/*" { capabilities = ["list"] }
"""
_WRITES = frozenset({Op.WRITE, Op.SETTLE})


@dataclass(eq=False)
class ZoneWorker:
    """`settings` stand in worker.yaml; `asked` and `answered` are all tokens that went to and fro."""

    folder: Path
    vault: VaultServer
    area: str
    settings: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    seq: int = 0
    fence: int = 1
    run: str = "run-1"
    offset: float = 0.0  # seconds by which the worker's clock is ahead
    version: str = reconciler.__version__
    redactor: Redactor = field(default_factory=Redactor)
    _workers: list[Worker] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.plan, self.apply, self.own = (zone_keys.make(self.folder, name) for name in ("plan", "apply", "zone"))
        self.public = envelope_keys.public_key((self.folder / "zone.pub").read_text("utf-8"), "zone.pub")
        role = f"zone-{self.area}"
        self.vault.policy("zone", POLICY)
        secret_id = self.folder / "secret-id"
        auth = {"method": "approle", "role_id": self.vault.approle(role, "zone"), "secret_id": {"file": "secret-id"}}
        secret_id.write_text(self.vault.secret_id(role), "utf-8")
        (self.folder / "files").mkdir()
        self.settings |= {
            "zone": ZONE,
            "broker": "amqps://dmz@rabbit.example.com/reconciler",
            "key": {"file": "zone.pem"},
            "coordinators": [
                {"key": "plan.pub", "may": ["read"]},
                {"key": "apply.pub", "may": ["read", "prove", "write"]},
            ],
            "secret_stores": {"default": {"type": "vault", "address": self.vault.address, "timeout": 3, "auth": auth}},
            "claims": {"path": f"reconciler/claims/{self.area}"},
            "hosts": ["127.0.0.1", "localhost"],
            "kinds": ["openspp", "file"],
            "may": ["read", "prove", "write"],
            "files": "files",
            "slots": 4,
        }

    @property
    def file(self) -> Path:
        return self.folder / "worker.yaml"

    def started(self) -> Worker:
        """One more, with the settings as they are now."""
        self.file.write_text(yaml.safe_dump(self.settings, sort_keys=False), "utf-8")
        read = read_settings.settings(self.file, ZONE)
        assert read.spec is not None, read.findings
        own = Secrets(read.spec.stores, base=self.folder, redactor=self.redactor)
        loaded = keys.opened(read.spec, own.opener(zones.own(read.spec)))
        zone = Zone(spec=read.spec, keys=loaded)
        made = Worker(zone, redactor=self.redactor, now=lambda: time.time() + self.offset, version=self.version)
        self._workers.append(made)
        return made

    @property
    def worker(self) -> Worker:
        return self._workers[-1] if self._workers else self.started()

    def request(self, op: Op, units: Sequence[Any] = (), **claims: Any) -> Request:
        """As a coordinator makes it; `claims` are fields of Request that are to be others."""
        self.seq += 1
        now = int(time.time())
        packed = [portable(one) for one in units]
        files: Mapping[str, str] = {digest: text for one in packed for digest, text in one.files.items()}
        made = Request(
            zone=ZONE,
            jti=uuid4().hex,
            issued=now,
            deadline=now + 60,
            role=Role.WRITE if op in _WRITES else Role.READ,
            run=self.run,
            fence=self.fence,
            seq=self.seq,
            op=op,
            protocol=PROTOCOL,
            version=reconciler.__version__,
            reply=f"reply-{self.run}",  # of one command, whatever runs it has
            body=tuple(wire.written(one.unit) for one in packed),
            files=files,
        )
        return replace(made, **claims)

    def ask(self, op: Op, *units: Any, key: PrivateKey | None = None, **claims: Any) -> Answer:
        return self.send(self.request(op, units, **claims), key)

    def send(self, request: Request, key: PrivateKey | None = None, worker: Worker | None = None) -> Answer:
        token = seal(request, key or self.apply)
        self.asked.append(token)
        self.requests.append(request)
        done = (worker or self.worker).perform(token)
        assert done is not None, "no answer"
        assert (done.of, done.to) == (request.jti, request.reply)
        self.answered.append(done.token)
        return opened_answer(done.token, self.public, request, time.time() + self.offset)

    def last(self, op: Op) -> Request:
        return next(one for one in reversed(self.requests) if one.op is op)

    def refused(self, answer: Answer) -> Finding:
        assert answer.why is not None, answer
        return wire.read(Finding, answer.why)

    def leaks(self) -> list[str]:
        """Canaries in anything that travelled, or that the zone keeps of it."""
        said = [_claims(token) for token in (*self.asked, *self.answered)]
        return [found for text in (*said, *self._kept()) for found in canary.leaks(text)]

    def close(self) -> None:
        for one in self._workers:
            one.close()
        self._workers.clear()

    def _kept(self) -> list[str]:
        path = f"reconciler/claims/{self.area}"
        try:
            names = self.vault.api("LIST", f"secret/metadata/{path}")["data"]["keys"]
        except Exception:  # noqa: BLE001  # nothing was claimed
            return []
        return [json.dumps(self.vault.api("GET", f"secret/data/{path}/{name}")) for name in names]


def _claims(token: str) -> str:
    part = token.split(".")[1]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()
