"""A landscape in a folder, for tests: its files, what the tool makes of them, and runs of plan and apply on them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import cast

from reconciler.engine import local
from reconciler.model.change import Change
from reconciler.model.finding import Finding
from reconciler.model.landscape import Landscape
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan
from reconciler.model.ports import Engine, State
from reconciler.pipeline import declaration
from reconciler.pipeline.apply import run as apply
from reconciler.pipeline.apply.job import Job
from reconciler.pipeline.apply.record import Stamp
from reconciler.pipeline.means import Means
from reconciler.pipeline.observe import observe, targets
from reconciler.pipeline.plan import assemble, compare, make, risks
from reconciler.secrets.stores import Secrets
from reconciler.state.folder import FileState

TODAY = "2026-11-20"


@dataclass(slots=True)
class Site:
    folder: Path
    runs: int = 0
    settings: dict[str, object] = field(default_factory=lambda: {"patience": 0.3, "grace": 0.3})
    engine: Engine | None = None  # the one that is built in

    @property
    def root(self) -> Path:
        return self.folder / "environments"

    @property
    def state(self) -> State:
        return FileState(self.folder / ".reconciler")

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")

    def stage(self, name: str, order: int = 10, text: str = "") -> None:
        if not (self.root / "reconciler.yaml").exists():
            self.write("reconciler.yaml", "version: 1\n")
        self.write(f"{name}/environment.yaml", f"order: {order}\n{dedent(text)}")

    def target(self, unit: str, resources: str, installation: str | None = None, extra: str = "") -> None:
        name = installation or unit.replace("/", "-")
        self.write(f"{unit}.yaml", f"platform: fake\n{extra}connection: {{name: {name}}}\n{dedent(resources)}")

    def land(self) -> Landscape:
        found = self.judged()
        assert found.landscape is not None, found.findings
        return found.landscape

    def judged(self) -> declaration.Judged:
        return declaration.judged(self.root, base=self.folder, today=TODAY)

    def plan(self, *select: str) -> Plan:
        """As the command makes it."""
        return self.planned(self.land(), *select, findings=self.judged().findings)

    def planned(self, land: Landscape, *select: str, findings: Sequence[Finding] = ()) -> Plan:
        """Of what these files declare, or others."""
        with Secrets(land.stores, base=self.folder) as secrets:
            units = [target.unit for target in land.targets]
            gone = observe.gone(land, self.state)
            seen = observe.observed(land, units, self.means(secrets), self.state, today=TODAY, gone=gone)
        changes = compare.changes(
            land.desired, seen.readings, seen.applied, seen.versions, pruned=land.pruned, left=seen.left
        )
        now_is = f"{TODAY}T08:00:00Z"
        return assemble.plan(
            land,
            changes,
            seen.readings,
            select=select,
            findings=findings,
            git=None,
            now=now_is,
            orders=make.orders(seen),
        )

    def apply(
        self, todo: Plan | None = None, *, stopped: Callable[[], bool] = lambda: False, state: State | None = None
    ) -> dict[str, Outcome]:
        """The outcomes by address; each change gets exactly one."""
        found = self.events(todo, stopped=stopped, state=state)
        outcomes = [event for event in found if isinstance(event, Outcome)]
        told = [str(outcome.address) for outcome in outcomes]
        assert len(told) == len(set(told)), told
        return {str(outcome.address): outcome for outcome in outcomes}

    def events(
        self,
        todo: Plan | None = None,
        *,
        stopped: Callable[[], bool] = lambda: False,
        state: State | None = None,
        allow: Collection[str] | None = None,
    ) -> list[apply.Event]:
        """`allow` are names of risks; when nothing is said, all that the plan has."""
        todo = todo or self.plan()
        named = {risk.rule for risk in risks.missing(todo, ())} if allow is None else allow
        with self.job(stopped=stopped, state=state or self.state, allow=named) as job:
            return list(apply.run(todo, job))

    @contextmanager
    def job(self, **more: object) -> Iterator[Job]:
        """Of a run of its own; `more` are fields of Job."""
        self.runs += 1
        known: dict[str, object] = {
            "landscape": self.land(),
            "state": self.state,
            "stamp": Stamp(run=f"run-{self.runs}", at=f"{TODAY}T08:00:0{self.runs}Z"),
            "owner": "tester",
            "today": TODAY,
            **self.settings,
            **more,
        }
        with Secrets(self.land().stores, base=self.folder) as secrets:
            workers = cast(int, known.pop("workers", targets.WORKERS))
            yield Job(means=self.means(secrets, workers), **known)  # type: ignore[arg-type]

    def means(self, secrets: Secrets, workers: int = targets.WORKERS) -> Means:
        return Means(secrets=secrets, engine=self.engine or local.Local(secrets, workers=workers))


def actions(todo: Plan) -> dict[str, str]:
    return {str(change.address): str(change.action) for change in todo.changes}


def changed(change: Change) -> dict[str, tuple[object, object]]:
    return {one.field: (one.before, one.after) for one in change.fields}
