"""A landscape of one target in a folder, and the real stages on it: what every case of the contract works with."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from reconciler.model.address import Resource
from reconciler.model.change import Change
from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import Policy
from reconciler.model.landscape import Landscape, TargetSpec
from reconciler.model.outcome import Outcome, OutcomeStatus
from reconciler.model.plan import Plan
from reconciler.model.settings import Live, Reading
from reconciler.model.work.writes import ALWAYS, TargetWrites
from reconciler.pipeline import attest, declaration
from reconciler.pipeline.apply import run as apply
from reconciler.pipeline.apply.job import Job
from reconciler.pipeline.apply.record import Stamp
from reconciler.pipeline.apply.run import Event
from reconciler.pipeline.means import Means
from reconciler.pipeline.observe import observe, targets
from reconciler.pipeline.plan import assemble, compare, risks
from reconciler.pipeline.write import target as target_writes
from reconciler.secrets.stores import Secrets
from reconciler.state.folder import FileState
from reconciler.testing import expect
from reconciler.testing.crossing import Crossing
from reconciler.testing.subject import Subject, Typist

UNIT = "test/subject"
PATIENCE = 1.0  # seconds
_TODAY = "2026-11-20"
_NOW = f"{_TODAY}T08:00:00Z"


@dataclass(slots=True, kw_only=True)
class Trial:
    """Its files, its state and its runs are below `folder`; `patience` is how many seconds a write may take to show."""

    subject: Subject
    folder: Path
    patience: float = field(default_factory=lambda: PATIENCE)
    runs: int = 0

    @property
    def root(self) -> Path:
        return self.folder / "environments"

    @property
    def state(self) -> FileState:
        return FileState(self.folder / ".reconciler")

    def declare(self, resources: Mapping[str, Any]) -> None:
        """Replaces what the target's file declares."""
        self._file("reconciler.yaml", {"version": 1, "state": {"backend": "file", "path": ".reconciler"}})
        # what mail does is not part of the contract: no relay is there to shake hands with
        self._file("test/environment.yaml", {"order": 10, "verify": {"from": "nowhere", "platform_test": False}})
        head = {"platform": self.subject.kind, "connection": self.subject.connection}
        self._file(f"{UNIT}.yaml", {**head, **resources})

    def land(self) -> Landscape:
        """What is declared now. Raises AssertionError for files that are not valid."""
        found = declaration.judged(self.root, base=self.folder, today=_TODAY)
        told = "\n".join(f"{one.where}: {one.what} ({one.why}; {one.fix})" for one in found.findings)
        if found.landscape is None:
            raise AssertionError(f"the files that the subject declares are not valid:\n{told}")
        self._named(found.findings)
        return found.landscape

    def refused(self) -> frozenset[str]:
        """The settings for which the files that are declared now are not valid."""
        found = declaration.judged(self.root, base=self.folder, today=_TODAY)
        return frozenset(one.field for one in found.findings if one.severity is Severity.ERROR and one.field)

    def read(self) -> Reading:
        with self.secrets() as secrets:
            return observe.observed(self.land(), [UNIT], _means(secrets), self.state, today=_TODAY).readings[UNIT]

    def live(self, reading: Reading) -> dict[Resource, Live]:
        """What was read of the resources that are declared now."""
        resources = [one.address.resource for one in self.land().desired]
        return {resource: reading.live(resource) for resource in resources}

    def plan(self) -> Plan:
        land = self.land()
        with self.secrets() as secrets:
            gone = observe.gone(land, self.state)
            seen = observe.observed(land, [UNIT], _means(secrets), self.state, today=_TODAY, gone=gone)
        changes = compare.changes(land.desired, seen.readings, seen.applied, seen.versions, left=seen.left)
        self._named(risk for change in changes for risk in change.risks)
        return assemble.plan(land, changes, seen.readings, select=(), findings=(), git=None, now=_NOW)

    def apply(self, todo: Plan) -> tuple[Outcome, ...]:
        """What a work order hands over is carried out and attested. Raises InvalidError for a risk not accepted."""
        outcomes = [event for event in self.events(todo) if isinstance(event, Outcome)]
        return tuple(self._by_hand(one) for one in outcomes)

    def events(self, todo: Plan) -> tuple[Event, ...]:
        """Raises InvalidError for a risk that was not accepted."""
        self.runs += 1
        with self.secrets() as secrets:
            job = Job(
                landscape=self.land(),
                means=_means(secrets),
                state=self.state,
                stamp=Stamp(run=f"run-{self.runs}", at=_NOW),
                owner="contract",
                today=_TODAY,
                allow={risk.rule for risk in risks.missing(todo, ())},
                patience=self.patience,
            )
            return tuple(apply.run(todo, job))

    def write(self, changes: Sequence[Change]) -> tuple[Outcome, ...]:
        """Past every gate: what the writer makes of these changes, read back. What it wrote last is forgotten."""
        quiet = frozenset(change.address for change in changes)
        target = TargetWrites(spec=self.spec(), changes=tuple(changes), untested=quiet)
        with self.secrets() as secrets:
            found = target_writes.written(target, secrets, ALWAYS, patience=self.patience, policy=Policy())
        self._forget({change.address.resource for change in changes})
        return found.outcomes

    def _by_hand(self, one: Outcome) -> Outcome:
        if one.order is None or not isinstance(self.subject, Typist):
            return one
        self.subject.carry_out(one.order)
        wanted = [self.land().by_address[one.address]]
        word = attest.Word(by="a person", stamp=Stamp(run=f"run-{self.runs}", at=_NOW), owner="contract")
        with self.secrets() as secrets:
            versions = observe.versions(wanted, Crossing(secrets))
        expect.expect(
            len(attest.recorded(wanted, versions, self.state, word)) == 1, f"{one.address} could not be attested"
        )
        return replace(one, status=OutcomeStatus.UPDATED)

    def spec(self) -> TargetSpec:
        return targets.specs(self.land(), [UNIT])[0]

    @contextmanager
    def secrets(self) -> Iterator[Secrets]:
        """Knows the subject's variables; the environment of the process stays as it is."""
        with Secrets({}, base=self.folder, environ={**os.environ, **self.subject.environ}) as secrets:
            yield secrets

    def _named(self, findings: Iterable[Finding]) -> None:
        """Whoever reviews a plan can accept the risks that it shows."""
        asked = {finding.rule for finding in findings if finding.severity is Severity.RISK}
        if unnamed := sorted(asked - set(risks.names({self.subject.kind}))):
            kind = self.subject.kind
            raise AssertionError(
                f"apply --allow does not know the risk {', '.join(unnamed)}: PLATFORM.risks of {kind} lacks it"
            )

    def _forget(self, resources: Collection[Resource]) -> None:
        """Else a secret would count as known that was overwritten beside the state."""
        for installation, entries in self.state.load(self.state.installations()).items():
            self.state.save(installation, [entry for entry in entries if entry.address.resource not in resources])

    def _file(self, path: str, content: Mapping[str, Any]) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        # JSON is YAML whose scalars cannot be misread
        file.write_text(json.dumps(content, indent=2, ensure_ascii=False, default=_plain) + "\n", encoding="utf-8")


def _means(secrets: Secrets) -> Means:
    return Means(secrets=secrets, engine=Crossing(secrets))


def _plain(value: object) -> object:
    """Frozen mappings, tuples and paths are as good as dicts, lists and texts."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"a file cannot declare {type(value).__name__}")
