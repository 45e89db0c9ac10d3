"""Warnings that somebody lives with, until when; and what is only good to know."""

from __future__ import annotations

from datetime import date

from reconciler.model.finding import Severity
from reconciler.views.html.markup import BREAK, Html, element, joined
from reconciler.views.html.pieces import folded, framed_table, row
from reconciler.views.html.room import fitted
from reconciler.views.overview.picture import Picture
from reconciler.views.overview.sections import ROOM, Section, left_out, names
from reconciler.views.overview.states import shown
from reconciler.views.plans import causes
from reconciler.views.plans.causes import Told

_SOON = 14  # days


def section(picture: Picture) -> Section | None:
    told = causes.findings(picture.findings)
    known = sorted((one for one in told if one.finding.accepted), key=_until)
    notes = [one for one in told if one.finding.severity is Severity.NOTE]
    if not known and not notes:
        return None
    made = fitted((_row(one, picture.now.date()) for one in known), ROOM["accepted"], len(known))
    head = ("Warning", "Where", "Reason", "Accepted until")
    body = [framed_table(head, [made.shown], "Accepted warnings", stacked=True), left_out(made.left)] if known else []
    body += [_notes(notes)] if notes else []
    title = "Accepted warnings" if known else "Good to know"
    return Section(name="accepted", title=title, body=joined(body))


def _until(one: Told) -> str:
    return one.finding.accepted.until if one.finding.accepted else ""


def _row(one: Told, today: date) -> Html:
    accepted = one.finding.accepted
    reason = accepted.reason if accepted else ""
    title = joined((element("strong", one.finding.rule), ": ", one.finding.what))
    return row(title, names(one.of), reason, _left(_until(one), today), data_find="")


def _left(until: str, today: date) -> Html:
    days = (date.fromisoformat(until) - today).days
    if days < 0:
        return joined((until, " ", shown("over", "!", "fail")))
    left = "its last day" if days == 0 else "1 day left" if days == 1 else f"{days} days left"
    return joined((until, " ", shown(left, "!", "warn") if days < _SOON else element("span", left, class_="soft")))


def _notes(notes: list[Told]) -> Html:
    items = (joined((element("li", one.finding.what, " ", names(one.of)), BREAK)) for one in notes)
    made = fitted(items, ROOM["notes"], len(notes))
    title = "1 note" if len(notes) == 1 else f"{len(notes):,} notes"
    return folded(title, joined((element("ul", made.shown), left_out(made.left))))
