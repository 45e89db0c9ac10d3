"""Where a night goes: files and summary of the job, issues, and webhooks. What fails of it is told with the result."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reconciler.cli.ci.publish import Publisher
from reconciler.cli.shell import console, debug, out_file
from reconciler.errors import ReconcilerError
from reconciler.model.answers.night import Night
from reconciler.pipeline.ci import hosts, sent, trackers
from reconciler.pipeline.ci import issues as pages
from reconciler.pipeline.ci import webhook as hooks
from reconciler.pipeline.ci.issues import Draft, Settled
from reconciler.pipeline.ci.webhook import Webhook
from reconciler.pipeline.plan import comment
from reconciler.pipeline.review import host
from reconciler.secrets.stores import Secrets
from reconciler.views import forms, printable
from reconciler.views.ci import drift_issue, messages
from reconciler.views.paper import Paper, plural


def files(night: Night, to: Publisher) -> None:
    """What later steps, dashboards and people without a terminal read."""
    for form in (forms.JSON, "prometheus"):
        text = forms.rendered("drift", form, night.plan, Paper(), proof=night.proof)
        to.file(forms.file("drift", form), text)
    page = comment.beside(night.plan, os.environ, fit="summary")
    shown = forms.rendered("drift", forms.MARKDOWN, night.plan, Paper(), proof=night.proof, **page)
    to.summary(shown, forms.file("drift", forms.MARKDOWN))
    drifted, complete = str(bool(night.drifted)).lower(), str(night.plan.complete).lower()
    to.outputs({"drifted": drifted, "complete": complete, "digest": night.digest})


def issues(night: Night, system: str | None, declared: Collection[str] | None) -> Night:
    """Settled where the host has issues and a token is there; `declared` are all targets, None if not all are known."""
    tracker = trackers.tracker(system, os.environ) if system else None
    if tracker is None:
        if system in trackers.SYSTEMS:
            console.note(f"No issues: {hosts.TOKENS[system]} is not set.")
        return night
    drafts = _drafts(night)
    try:
        settled = pages.settle(tracker, drafts, in_sync=night.in_sync, declared=declared)
    except ReconcilerError as error:
        return _failed(night, error)
    _note(settled)
    return replace(night, issues=dict(settled.urls))


def webhooks(night: Night, asked: Sequence[Webhook], secrets: Secrets, folder: Path) -> Night:
    """Each is sent what it has not been told yet."""
    last = dict(sent.load(folder)) if asked else {}
    opener = secrets.opener([webhook.ref for webhook in asked])
    for webhook in asked:
        if not sent.is_news(night, last.get(str(webhook))):
            console.note(f"Not sent to {webhook}: it knows already.")
            continue
        try:
            hooks.send(webhook, messages.FORMS[webhook.kind](night), opener, hide=debug.redactor().add)
        except ReconcilerError as error:
            night = _failed(night, error)
            continue
        console.note(f"Sent to {webhook}.")
        last[str(webhook)] = sent.digest(night)
        path = folder / sent.NAME  # at once: what was sent is not sent again, whatever comes after it
        out_file.write(path, printable.document(sent.document(last)), what=str(path))
    return night


def _drafts(night: Night) -> dict[str, Draft]:
    page: dict[str, Any] = {"limit": host.limit(None, os.environ)}
    page["link"] = host.link(night.plan.git, Path.cwd(), os.environ)
    return {
        unit: Draft(
            title=drift_issue.title(unit),
            text=printable.foreign(drift_issue.text(plan, unit, pages.mark(unit), **page)),
        )
        for unit, plan in night.drifted.items()
    }


def _note(settled: Settled) -> None:
    for word, targets in (("Opened", settled.opened), ("Updated", settled.updated), ("Closed", settled.closed)):
        if targets:
            console.note(f"{word} {plural(len(targets), 'issue')}: {', '.join(targets)}.")
    if settled.waiting:
        console.note(f"{plural(len(settled.waiting), 'target')} more drifted: the next run opens their issues.")


def _failed(night: Night, error: ReconcilerError) -> Night:
    return replace(night, problems=(*night.problems, error.finding()))
