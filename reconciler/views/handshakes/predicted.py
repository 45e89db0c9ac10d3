"""What the applications' own mail clients would come to, as text."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.answers.prediction import Kind, Outcome
from reconciler.model.handshake import Handshake
from reconciler.views.markdown import code, prose
from reconciler.views.paper import Paper

_HEAD = "What applications would come to there, predicted from what this session saw (docs/clients.md):"
COLUMNS = ("application", "what it would come to there (predicted)", "advice")
_MARKS = {Kind.SENDS: "ok", Kind.FAILS: "error", Kind.WAITS: "error", Kind.UNVERIFIED: "?"}


def lines(found: Handshake, paper: Paper, width: int) -> Iterator[str]:
    """A line for each client, with the reason below where it does not just send."""
    from reconciler.views.handshakes.findings import wrapped

    if not found.predicted:
        return
    names = max(len(one.client) for one in found.predicted)
    yield ""
    yield _HEAD
    for one in found.predicted:
        told = ", ".join(one.kinds)
        yield f"  {one.client:<{names}}  {paper.paint(told, mark(one))}{_told(one)}"
        if one.kind is not Kind.SENDS and one.reason:
            yield from wrapped(one.reason, width, indent=names + 4)
        if one.words:
            yield from wrapped(f"it shows: {one.words}", width, indent=names + 4)
        if one.advice and one.kind not in (Kind.SENDS, Kind.UNVERIFIED):
            yield from wrapped(f"advice: {one.advice}", width, indent=names + 4)


def cells(one: Outcome) -> tuple[str, str, str]:
    """The same as the row of a table in Markdown."""
    wrong = one.kind is not Kind.SENDS
    why = f": {prose(one.reason)}" if wrong and one.reason else ""
    advice = prose(one.advice) if one.advice and wrong and one.kind is not Kind.UNVERIFIED else ""
    return code(one.client), f"**{', '.join(one.kinds)}**{_told(one)}{why}", advice


def _told(one: Outcome) -> str:
    return f"{f', AUTH {one.login}' if one.login else ''}{doubt(one)}"


def mark(one: Outcome) -> str:
    return _MARKS.get(one.kind, "!")


def doubt(one: Outcome) -> str:
    """What was not run, or not seen, is said."""
    if one.known and one.unverified:
        return " (UNVERIFIED)"
    if one.unseen == (f"AUTH {one.login}",):
        return " (offered, not proven)"
    return f" ({', '.join(one.unseen)} not proven)" if one.known and one.unseen else ""
