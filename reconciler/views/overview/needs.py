"""What needs attention: what has one cause is one item, whatever the number of resources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reconciler.model.answers.overview import Proven
from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import CheckResult, Status
from reconciler.model.runs.history import Run
from reconciler.views.handshakes import report as cards
from reconciler.views.handshakes.text import name
from reconciler.views.html.markup import BREAK, Html, element, joined
from reconciler.views.html.room import fitted
from reconciler.views.overview.picture import Picture, proof_place
from reconciler.views.overview.sections import ROOM, Section, left_out, names
from reconciler.views.overview.states import State, badge, shown
from reconciler.views.paper import plural
from reconciler.views.plans import causes

_TOLD = (Severity.ERROR, Severity.RISK, Severity.WARNING)
_MARKS = {
    Severity.ERROR: ("error", "!", "fail"),
    Severity.RISK: ("risk", "!", "risk"),
    Severity.WARNING: ("warning", "!", "warn"),
}
_RELAYS = {
    Status.FAIL: ("fails", "×", "fail"),
    Status.INCONCLUSIVE: ("inconclusive", "?", "inconclusive"),
    Status.WARN: ("warning", "!", "warn"),
}


def section(picture: Picture) -> Section:
    found = [*_items(picture)]
    made = fitted(found, ROOM["needs"], len(found))
    some = element("ul", made.shown, class_="needs") if found else element("p", "Nothing needs attention.")
    return Section(name="needs", title="Needs attention", body=joined((some, left_out(made.left))))


def _items(picture: Picture) -> Iterator[Html]:
    """The worst first."""
    relays = [*enumerate(picture.proofs, start=1)]
    worst, odd = (Status.FAIL, Status.INCONCLUSIVE), (Status.WARN,)
    yield from (_relay(number, one) for number, one in relays if one.handshake.status in worst)
    yield from _failed(picture)
    yield from _unread(picture)
    yield from _drifted(picture)
    yield from map(_finding, _findings(picture))
    yield from (_relay(number, one) for number, one in relays if one.handshake.status in odd)
    yield from map(_cut_off, _runs(picture))


def _item(mark: Html, what: str, *more: str) -> Html:
    told = [element("p", one, class_="soft") for one in more if one]
    return joined((element("li", mark, element("div", element("p", what), *told), data_find=""), BREAK))


def _relay(number: int, proof: Proven) -> Html:
    found = proof.handshake
    worst = next((one for status in cards.UNWELL for one in found.checks if one.status is status), None)
    link = element("a", name(found), href=f"#{proof_place(number)}")
    stops = f"{plural(len(proof.used_by), 'resource')} cannot send" if found.status is Status.FAIL else ""
    who = joined((stops, ": ", names(proof.used_by))) if stops and proof.used_by else ""
    said = worst.told if worst else found.summary
    return _item(shown(*_RELAYS[found.status]), joined((link, ": ", said)), _advice(worst), who)


def _advice(worst: CheckResult | None) -> str:
    return (worst.advice or "") if worst else ""


def _failed(picture: Picture) -> Iterator[Html]:
    """What the last apply could not write, by its reason."""
    still = [one for address, one in picture.ended.items() if picture.states.get(address) is not State.EQUAL]
    told = causes.findings((one.address, one.error) for one in still if one.error)
    yield from (_told(badge(State.FAILED), one.finding, one.of) for one in told)
    silent = [one.address for one in still if one.error is None]
    if silent:
        yield _item(badge(State.FAILED), "the last apply did not end well", names(silent))


def _unread(picture: Picture) -> Iterator[Html]:
    plan = picture.overview.plan
    for one in causes.unread(plan) if plan else ():
        yield _told(badge(State.UNREAD), one.finding, one.targets)


def _drifted(picture: Picture) -> Iterator[Html]:
    found = [name for name, state in picture.states.items() if state is State.DRIFT]
    if found:
        link = element("a", plural(len(found), "resource"), href="#drift")
        what = joined((link, " changed on the platform, and not in git"))
        yield _item(badge(State.DRIFT), what, names(found), "apply puts it back; to keep it, write it into the files")


def _findings(picture: Picture) -> Iterable[causes.Told]:
    """What nobody has accepted and no item above has told; errors, then risks, then warnings."""
    lost = {str(one.address) for one in picture.changes if one.unreadable}
    unread = set(picture.overview.plan.unread) if picture.overview.plan else set()
    pairs = [pair for pair in picture.findings if pair[0] not in lost and pair[1] not in unread]
    pairs += [(str(one.address), risk) for one in picture.changes for risk in one.risks]
    told = causes.findings(pair for pair in pairs if pair[1].severity in _TOLD and pair[1].accepted is None)
    return sorted(told, key=lambda one: _TOLD.index(one.finding.severity))


def _finding(one: causes.Told) -> Html:
    return _told(shown(*_MARKS[one.finding.severity]), one.finding, one.of)


def _told(mark: Html, finding: Finding, of: Sequence[str]) -> Html:
    what = joined((element("strong", finding.rule), ": ", finding.what))
    where = str(finding.where) if finding.where and not of else ""
    return _item(mark, what, finding.why or "", finding.fix or "", joined((_many(of), names(of))) if of else where)


def _many(of: Sequence[str]) -> str:
    return f"{len(of):,} places: " if len(of) > 1 else ""


def _runs(picture: Picture) -> Sequence[Run]:
    runs = picture.overview.history.runs if picture.overview.history else ()
    return [one for one in runs if one.cut_off and not one.settled]


def _cut_off(run: Run) -> Html:
    what = joined(("run ", element("a", run.run, href="#runs"), " was cut off"))
    return _item(shown("cut off", "!", "warn"), what, "the next apply settles it; reconciler recover does only that")
