"""An apply as it happens, a few lines per event, and the count at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from reconciler.model import codec
from reconciler.model.finding import Finding
from reconciler.model.handshake import Handshake, Status
from reconciler.model.outcome import WRITTEN, Outcome, OutcomeStatus
from reconciler.model.plan import Git
from reconciler.model.runs import codec as runs
from reconciler.model.source import Position
from reconciler.views import settings, work_order
from reconciler.views.handshakes import text as handshakes
from reconciler.views.paper import Paper, plural
from reconciler.views.printable import Printable

_WORDS = {
    OutcomeStatus.FAILED: ("FAIL", "error"),
    OutcomeStatus.RESTORED: ("BACK", "error"),
    OutcomeStatus.STALE: ("STALE", "error"),
    OutcomeStatus.PENDING: ("WAIT", "!"),
    OutcomeStatus.PENDING_BY_HAND: ("WAIT", "!"),
    OutcomeStatus.HANDED_OVER: ("TODO", "!"),
    OutcomeStatus.UNKNOWN: ("?", "?"),
    OutcomeStatus.NOT_ATTEMPTED: ("--", "!"),
    OutcomeStatus.SKIPPED: ("--", "dim"),
}

_LEAST = 12  # characters of a reason that still tell something


def document(  # all but the first are named
    outcomes: Sequence[Outcome],
    *,
    run: str,
    at: str,
    git: Git | None,
    complete: bool,
    problem: Finding | None,
    declared: Mapping[str, Position],
) -> codec.Json:
    """`at` is when it began (RFC 3339, UTC), `git` where its plan came from; `problem` is what broke the run off, when
    something did. `declared` has the places of relays in the files."""
    return {
        "run": run,
        "at": at,
        "git": git and codec.git(git),
        "complete": complete,
        **runs.outcomes(outcomes, declared),
        "findings": [codec.finding(problem)] if problem else [],
    }


def stage(names: Sequence[str], paper: Paper) -> Printable:
    return paper.finish([paper.paint(", ".join(names), "bold")])


def proven(results: Sequence[Handshake], paper: Paper) -> Printable:
    lines = ["  handshakes", *(f"  {line}" for line in handshakes.lines(results, paper))]
    return paper.finish(lines)


def soaking(seconds: float, paper: Paper) -> Printable:
    return paper.finish([f"  watching what was written for {waiting(seconds)} before going on"])


def waiting(seconds: float) -> str:
    """`10 min`, `90 s`."""
    return f"{seconds / 60:g} min" if seconds >= 120 else f"{seconds:g} s"


def outcome(one: Outcome, paper: Paper, *, new_unit: bool) -> Printable:
    """`new_unit`: the first of its target, which is named then."""
    head = [f"  {one.address.unit}"] if new_unit else []
    return paper.finish([*head, *_outcome(one, paper)])


def _outcome(one: Outcome, paper: Paper) -> Iterator[str]:
    word, kind = _WORDS.get(one.status, ("ok", "ok"))
    said = one.status in (OutcomeStatus.FAILED, OutcomeStatus.STALE)  # by the word in front
    done = "" if said else one.status.value
    if one.status is OutcomeStatus.CREATED:
        done += f" with {plural(len(one.fields), 'setting')}"
    elif one.status is OutcomeStatus.RESTORED and not one.fields:
        done = "archived again"
    elif one.fields:
        done += f" {', '.join(sorted(one.fields, key=settings.rank))}"
    if one.status in WRITTEN:
        done += "; read back" + (f"; {_test(one.test)}" if one.test else "")
    time = f"   {one.duration:.1f} s" if one.duration >= 0.05 else ""
    yield f"    {paper.paint(f'{word:<5}', kind)} {one.address.resource}  {done.lstrip()}{time}".rstrip()
    for note in one.notes:
        yield f"          {note}"
    if one.test and one.test.status is not Status.PASS and one.status in WRITTEN:
        yield from (f"          fix: {check.advice}" for check in one.test.checks[:1] if check.advice)
    if one.order:
        yield from work_order.lines(one.order, paper, "          ")
    if one.error:
        yield from _error(one.error)


def _test(test: Handshake) -> str:
    check = test.checks[0] if test.checks else None
    words = {"pass": "the platform's own test passed"}
    return words.get(test.status, f"the platform's own test: {check.told if check else test.status}")


def _error(error: Finding) -> Iterator[str]:
    yield f"          {error.what}"
    if error.why:
        yield f"          why: {error.why}"
    if error.fix:
        yield f"          fix: {error.fix}"


def summary(outcomes: Sequence[Outcome], seconds: float, paper: Paper) -> Printable:
    """The last line; `seconds` is how long the whole took."""
    counts = Counter(one.status for one in outcomes)
    applied = sum(counts[status] for status in WRITTEN)
    parts = [f"Applied {applied}"]
    parts += [f"{word} {counts[status]}" for status, word in _COUNTED.items() if counts[status]]
    parts.append(f"failed {counts[OutcomeStatus.FAILED]}")
    parts.append(f"not attempted {counts[OutcomeStatus.NOT_ATTEMPTED]}")
    before, after = ", ".join(parts), f" in {seconds:.1f} s."
    why = _why(outcomes, paper.width - len(before + after))
    return paper.finish(["", paper.paint(f"{before}{why}{after}", "bold")])


_COUNTED = {
    OutcomeStatus.RESTORED: "restored",
    OutcomeStatus.HANDED_OVER: "handed over",
    OutcomeStatus.PENDING: "pending",
    OutcomeStatus.PENDING_BY_HAND: "pending by hand",
    OutcomeStatus.UNCHANGED: "already right",
    OutcomeStatus.RELEASED: "released",
    OutcomeStatus.SKIPPED: "paused",
    OutcomeStatus.STALE: "stale",
    OutcomeStatus.UNKNOWN: "unknown",
}


def _why(outcomes: Sequence[Outcome], room: int) -> str:
    """The first one and, as far as the line goes, its reason; the whole of it stands above."""
    missed = [one for one in outcomes if one.status is OutcomeStatus.NOT_ATTEMPTED]
    if not missed:
        return ""
    first, more = missed[0], " …" if len(missed) > 1 else ""
    reason = f": {first.error.what}" if first.error else ""
    left = room - len(f" ({first.address}{more})")
    if len(reason) > left:
        reason = f"{reason[: left - 1].rstrip()}…" if left >= _LEAST else ""
    return f" ({first.address}{reason}{more})"
