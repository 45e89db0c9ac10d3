"""Where a job's results go: annotations, summary, outputs and files, each as its CI system takes it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.cli.shell import console, out_file
from reconciler.errors import ReconcilerError
from reconciler.model.answers.proof import Proof
from reconciler.model.finding import Finding
from reconciler.model.landscape import Landscape
from reconciler.model.plan import Plan
from reconciler.pipeline.ci.job import AZURE, GITHUB, GITLAB, JENKINS
from reconciler.views import printable
from reconciler.views.printable import Printable


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """`folder` keeps the files of the job, as artifacts; `quiet` where stdout belongs to a document."""

    system: str
    folder: Path
    quiet: bool

    def findings(self, found: Sequence[Finding]) -> None:
        """At their lines: as orders to the host, and in the form that it reads from an artifact."""
        from reconciler.views.ci import annotations
        from reconciler.views.reports import gitlab, junit

        if self.system == GITHUB:
            self._order(annotations.for_github(found))
        if self.system == AZURE:
            self._order(annotations.for_azure(found))
        if self.system == GITLAB:
            self.file("gl-code-quality-report.json", printable.document(gitlab.document(found)))
        if self.system in (AZURE, JENKINS):
            self.file("junit.xml", printable.foreign(junit.text(found)))

    def summary(self, markdown: Printable, name: str = "plan.md") -> None:
        """What the page of the job shows. GitLab and Jenkins have none: they keep the file."""
        kept = self.file(name, markdown)
        if self.system == AZURE:
            self._order(printable.azure("task.uploadsummary", {}, str(kept.resolve())))
        if self.system == GITHUB:
            _append("GITHUB_STEP_SUMMARY", markdown)

    def outputs(self, values: Mapping[str, str]) -> None:
        """For later steps, and as outputs.env for systems that read a file."""
        lines = printable.lines(f"{name}={value}" for name, value in values.items())
        self.file("outputs.env", lines)
        if self.system == GITHUB:
            _append("GITHUB_OUTPUT", lines)
        if self.system == AZURE:
            for name, value in values.items():
                self._order(printable.azure("task.setvariable", {"variable": name, "isOutput": "true"}, value))

    def report(self, land: Landscape, made: Plan, proof: Proof | None = None) -> Path:
        """The page, of the plan and of who sends through what; with `proof` of the relays, too."""
        from reconciler.pipeline.report import overview
        from reconciler.views.overview import page

        return self.file("report.html", page.text(overview.observed(land, made, proof=proof)))

    def file(self, name: str, text: Printable) -> Path:
        out_file.write(self.folder / name, text, what=str(self.folder / name))
        return self.folder / name

    def _order(self, text: Printable) -> None:
        """The host reads both streams."""
        if self.quiet:
            console.order(text)
        else:
            console.result(text)


def folder(path: Path) -> Path:
    """Made where it is not there. Raises ReconcilerError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReconcilerError(f"--out {path}: {error.strerror}", fix="name a folder that can be written") from error
    return path


def _append(variable: str, text: Printable) -> None:
    """To a file that the runner names; outside of one there is none."""
    if not (name := os.environ.get(variable)):
        return
    try:
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ReconcilerError(f"{variable}: {name}: {error.strerror}", fix="check the runner") from error
