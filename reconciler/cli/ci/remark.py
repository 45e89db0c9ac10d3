"""The comment of a job: what it said before, and what it says now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.cli.shell import console
from reconciler.model.answers.proof import Proof
from reconciler.model.difference import Since
from reconciler.model.finding import Finding
from reconciler.model.plan import Plan
from reconciler.pipeline.ci import comment, hosts
from reconciler.pipeline.ci.comment import Comment, Thread
from reconciler.pipeline.ci.job import Job
from reconciler.pipeline.plan import comment as page
from reconciler.pipeline.plan import difference
from reconciler.pipeline.review import reviewed
from reconciler.views import forms, printable
from reconciler.views.ci import unplanned
from reconciler.views.plans import header
from reconciler.views.printable import Printable


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """`thread` is None where there is nothing to write to; `before` is what an earlier run wrote."""

    environ: Mapping[str, str]
    thread: Thread | None = None
    before: Comment | None = None

    @classmethod
    def of(cls, job: Job, environ: Mapping[str, str], *, wanted: bool) -> Remark:
        """Raises HostError: a comment that is out of date and cannot be replaced misleads who reads it."""
        thread = hosts.thread(job, environ) if wanted else None
        if job.pushed:
            before = hosts.merged(job, environ)
            return cls(environ=environ, before=comment.kept(before, header.MARK) if before else None)
        if thread is None:
            token = hosts.TOKENS.get(job.system)
            if wanted and job.change and token:
                missing = f"{token} is not set" if not environ.get(token) else "its pull requests are on another host"
                console.note(f"No comment: {missing}.")
            return cls(environ=environ)
        return cls(environ=environ, thread=thread, before=comment.kept(thread, header.MARK))

    def reviewed(self, made: Plan) -> tuple[Printable, tuple[str, ...]] | None:
        """On main: the hidden line of the comment that was reviewed, for `apply --reviewed`, and what is not as there.

        None where it is not known what was reviewed."""
        if self.thread is not None or self.before is None or (seen := header.read(self.before.text)) is None:
            return None
        line = printable.foreign(self.before.text.lstrip().split("\n", 1)[0] + "\n")
        return line, reviewed.others(made, seen.plan, seen.resources)

    def plan(self, made: Plan) -> None:
        self._put(self.written(made, fit=None))

    def unplanned(self, findings: Sequence[Finding]) -> None:
        self._put(printable.foreign(unplanned.text(findings)))

    def written(self, made: Plan, *, fit: str | None, proof: Proof | None = None) -> Printable:
        """The plan as Markdown, for the host or for what `fit` names."""
        beside = {**page.beside(made, self.environ, fit=fit), "since": self._since(made)}
        return forms.rendered("ci", forms.MARKDOWN, made, console.paper(), next_command=None, proof=proof, **beside)

    def _since(self, made: Plan) -> Since | None:
        seen = header.read(self.before.text) if self.before else None
        if seen is None or seen.resources is None:
            return None
        return difference.since_seen(seen.commit, seen.resources, made)

    def _put(self, text: Printable) -> None:
        if self.thread is not None:
            comment.put(self.thread, self.before, text)
