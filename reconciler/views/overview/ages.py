"""Since when something differs: after it was applied last, and before it was seen first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from reconciler.model.change import Change
from reconciler.model.plan import Plan
from reconciler.views.html.bars import bar
from reconciler.views.html.markup import BREAK, Html, element, joined
from reconciler.views.html.pieces import framed_table, row
from reconciler.views.html.room import fitted
from reconciler.views.overview import states
from reconciler.views.overview.picture import Picture
from reconciler.views.overview.sections import ROOM, Section, left_out
from reconciler.views.overview.states import State
from reconciler.views.paper import plural
from reconciler.views.plans import drift

_HOUR, _DAY = 3600, 86400  # seconds
_MOST = 4  # settings of a resource
_LONG = 30 * _DAY  # a bar as long as it gets
_GROUPS: Sequence[tuple[float, str]] = (
    (30 * _DAY, "30 days and more"),
    (7 * _DAY, "a week to 30 days"),
    (_DAY, "a day to a week"),
    (0, "less than a day"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """In seconds; None is what nobody knows."""

    least: float | None
    most: float | None

    @property
    def known(self) -> float | None:
        return self.least if self.least is not None else self.most

    @property
    def told(self) -> str:
        if self.least is not None:
            within = f", {span(self.most)} at most" if self.most is not None and self.most > self.least else ""
            return f"{span(self.least)} at least{within}"
        return "nobody knows since when" if self.most is None else f"{span(self.most)} at most"


def of(change: Change, now: str, seen: str | None) -> Age:
    """`now` is when the plan was made, `seen` when one saw it first; RFC 3339."""
    return Age(
        least=_seconds(seen, now) if seen else None,
        most=max(0.0, _seconds(change.applied_at, now)) if change.applied_at else None,
    )


def first_seen(plans: Sequence[Plan]) -> Mapping[str, str]:
    """By address: when the earliest of these plans saw it differ, without one since that did not."""
    found: dict[str, str] = {}
    going = _moved_outside(plans[0])
    for plan in plans[1:]:
        going &= _moved_outside(plan)
        found |= dict.fromkeys(going, plan.created_at)
    return found


def _moved_outside(plan: Plan) -> set[str]:
    return {str(one.address) for one in plan.changes if states.moved_outside(one)}


def _seconds(then: str, now: str) -> float:
    return (datetime.fromisoformat(now) - datetime.fromisoformat(then)).total_seconds()


def span(seconds: float) -> str:
    """In the unit that people would use."""
    if seconds < _HOUR:
        return f"{max(1, round(seconds / 60))} min"
    return f"{round(seconds / _HOUR)} h" if seconds < 2 * _DAY else f"{round(seconds / _DAY)} days"


def section(picture: Picture) -> Section | None:
    drifted = [one for one in picture.changes if picture.states[str(one.address)] is State.DRIFT]
    if not drifted:
        return None
    plans = picture.overview.plans
    seen = first_seen(plans)
    ages = {name: of(one, plans[0].created_at, seen.get(name)) for one in drifted if (name := str(one.address))}
    oldest = sorted(drifted, key=lambda one: -(ages[str(one.address)].known or 0))
    made = fitted((_row(one, ages[str(one.address)]) for one in oldest), ROOM["drift"], len(oldest))
    head = ("Resource", "Since", "What moved: declared → now")
    whole = framed_table(head, [made.shown], "Drift by age", stacked=True)
    said = _said(ages, earlier=len(plans) > 1)
    return Section(name="drift", title="Drift by age", body=joined((said, whole, left_out(made.left))))


def _said(ages: Mapping[str, Age], *, earlier: bool) -> Html:
    """How many are how old; and why that may not be exact."""
    counts = [(name, sum(_group(age) == name for age in ages.values())) for _, name in _GROUPS]
    counts += [("nobody knows", sum(age.known is None for age in ages.values()))]
    shown = [element("li", element("strong", f"{count:,} "), name) for name, count in counts if count]
    why = "Nobody saw it happen: it was after the last apply"
    why += " and before a plan saw it first." if earlier else ". Hand earlier plans to report, and it tells more."
    return joined((element("ul", *shown, class_="counts"), element("p", why, class_="soft"), BREAK))


def _group(age: Age) -> str | None:
    return None if age.known is None else next(name for least, name in _GROUPS if age.known >= least)


def _row(change: Change, age: Age) -> Html:
    since = [element("p", age.told), bar((age.known or 0) / _LONG, "drift")]
    since += [element("p", f"applied by run {change.applied_run}", class_="soft")] if change.applied_run else []
    return row(str(change.address), joined(since), joined(_moved(change)), data_find="")


def _moved(change: Change) -> Iterator[Html]:
    fields = drift.ordered(change)
    for field in fields[:_MOST]:
        yield element("p", element("span", field.field, class_="name"), " ", drift.moved(field, mixed=False))
    if more := len(fields) - _MOST:
        yield (
            element("p", f"and {plural(more, 'more setting', 'more settings')}", class_="soft") if more > 0 else Html()
        )
    if not fields:
        yield element("p", drift.who(change)[1])
