"""What the journal has: who applied what, and what became of it; the newest first."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.runs.history import History, Run, Step
from reconciler.views import settings
from reconciler.views.html.markup import Html, element, joined
from reconciler.views.html.pieces import folded, framed_table, row
from reconciler.views.html.room import fitted
from reconciler.views.overview.picture import Picture
from reconciler.views.overview.sections import ROOM, Section, left_out
from reconciler.views.overview.states import shown
from reconciler.views.paper import plural
from reconciler.views.runs.history import ending

_SHORT = 12  # characters of a commit that people read
_BAD = ("failed", "restored", "unknown", "stale", "not attempted")


def section(picture: Picture) -> Section | None:
    history = picture.overview.history
    if history is None or not history.runs:
        return None
    newest = history.runs[::-1]
    made = fitted((_run(one, history) for one in newest), ROOM["runs"], len(newest))
    whole = framed_table(("When (UTC)", "Run", "Who", "Result"), [made.shown], "Runs", stacked=True)
    return Section(name="runs", title="History", body=joined((_proven(history), whole, left_out(made.left))))


def _proven(history: History) -> Html:
    if history.verified is None:
        return Html()
    if not history.verified:
        return element("p", shown("every line of the journal fits the one before it", "✓", "ok"))
    count = plural(len(history.verified), "line")
    return element("p", shown(f"{count} of the journal changed, missing or added", "×", "fail"))


def _run(run: Run, history: History) -> Html:
    commit = f"commit {run.commit[:_SHORT]}" if run.commit else ""
    who = joined((element("p", run.owner), element("p", commit, class_="soft")))
    steps = [step for step in history.steps if step.run.journal == run.journal]
    name = joined((run.run, *([element("p", f"takes back {run.rollback}", class_="soft")] if run.rollback else [])))
    return row(run.at[:16].replace("T", " "), name, who, joined((_result(run), *_steps(steps))), data_find="")


def _result(run: Run) -> Html:
    if run.cut_off and not run.settled:
        return shown(ending(run), "!", "fail")
    if run.ended is None and not run.cut_off:
        return shown(ending(run), "~", "change")
    bad = not run.complete or any(run.counts.get(status) for status in _BAD)
    return shown(ending(run), "!", "warn") if bad else shown(ending(run), "✓", "ok")


def _steps(steps: list[Step]) -> Iterator[Html]:
    if steps:
        items = [element("li", *_step(step)) for step in steps[:20]]
        items += [element("li", f"and {len(steps) - 20:,} more")] if len(steps) > 20 else []
        yield folded(plural(len(steps), "resource"), element("ul", *items))


def _step(step: Step) -> Iterator[Html]:
    yield joined((element("code", step.address), f" {step.status or 'nobody knows what became of it'}"))
    for field in step.fields:
        yield element("p", f"{field.field}: {settings.planned(field, new=step.action == 'create')}", class_="soft")
    for said in (step.proof, step.error):
        if said:
            yield element("p", said, class_="soft")
