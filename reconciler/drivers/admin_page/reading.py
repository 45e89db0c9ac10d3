"""What a page shows, as settings: each label leads to exactly one control, or is a finding."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from reconciler.drivers.admin_page import values
from reconciler.drivers.admin_page.page_map import Control, Page, PageMap, Sign, Type
from reconciler.drivers.admin_page.tab import PATIENCE, Field, Tab
from reconciler.errors import PlatformAnswer, PlatformRefused
from reconciler.model.checkup import Label
from reconciler.model.finding import Finding, Severity
from reconciler.model.settings import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One page. `fields` are the controls that are there, by setting; `waiting` as in `console.Seen`."""

    values: dict[str, Value]
    fields: dict[str, Field] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    waiting: bool | None = None
    findings: tuple[Finding, ...] = ()


async def page(tab: Tab, place: Page) -> Read:
    """Raises PlatformAnswer for a page that is not the mapped one, PlatformRefused for a label that is not clear."""
    until = time.monotonic() + PATIENCE
    while True:
        view = await tab.look(place.controls, (place.ready, place.waiting), place.heading)
        is_ready = view.heading and (place.ready is None or bool(view.signs[0]))
        found = _fields(place, view.fields)
        if is_ready and (not _missing(place, found) or time.monotonic() > until):
            break
        if time.monotonic() > until:
            raise PlatformAnswer(
                f"{tab.path} is not the page {place.name!r} of the page map: its heading or sign is missing",
                fix="sign in there by hand: does another page come first? If not, correct the page map",
            )
        await asyncio.sleep(0.05)
    check(tab.path, place.controls, view.fields, _missing(place, found))
    return _read(tab, place, found, None if place.waiting is None else bool(view.signs[1]))


def _fields(place: Page, matches: Sequence[Sequence[Field]]) -> dict[str, Field]:
    pairs = zip(place.controls, matches, strict=True)
    return {control.setting: found[0] for control, found in pairs if len(found) == 1}


def _values(place: Page, found: dict[str, Field]) -> dict[str, Value]:
    return {
        one.setting: values.value(one, found[one.setting].held)
        for one in place.controls
        if one.setting in found and one.type is not Type.PASSWORD
    }


def _missing(place: Page, found: dict[str, Field]) -> tuple[Control, ...]:
    """Controls that should be there by what the others hold, and are not."""
    held = _values(place, found)
    return tuple(one for one in place.controls if one.setting not in found and values.applies(one, held))


def check(
    path: str, controls: Sequence[Control], matches: Sequence[Sequence[Field]], missing: Sequence[Control]
) -> None:
    """Raises PlatformRefused, which names every label that does not lead to exactly one control of its type."""
    problems = [
        _problem(control, found)
        for control, found in zip(controls, matches, strict=True)
        if len(found) > 1 or (len(found) == 1 and found[0].kind not in values.KINDS[control.type])
    ]
    problems += [_problem(control, ()) for control in missing if not any(control.label in said for said in problems)]
    if problems:
        raise PlatformRefused(
            f"{path}: {'; '.join(problems)}",
            why="a label must lead to exactly one visible control of its type; nothing was touched",
            fix="correct the label in the page map; reconciler doctor shows map and page side by side",
        )


def _problem(control: Control, found: Sequence[Field]) -> str:
    place = f" below {control.within!r}" if control.within else ""
    if len(found) == 1:
        return f"the label {control.label!r}{place} leads to a {found[0].kind} field, not to a {control.type}"
    what = "no control" if not found else f"{len(found)} controls ({', '.join(one.kind for one in found)})"
    return f"the label {control.label!r}{place} leads to {what}"


def _read(tab: Tab, place: Page, found: dict[str, Field], waiting: bool | None) -> Read:
    held = _values(place, found)
    unknown = [one for one in place.controls if one.setting in found and values.unknown(one, found[one.setting])]
    for one in place.controls:
        if one.type is Type.PASSWORD and one.filled_when_set and one.setting in found and not found[one.setting].held:
            held[one.setting] = None  # visibly not set
    return Read(
        values=held,
        fields=found,
        hidden=frozenset(one.setting for one in place.controls if one.setting not in found),
        waiting=waiting,
        findings=tuple(_unknown(tab, one, found[one.setting]) for one in unknown),
    )


def _unknown(tab: Tab, control: Control, found: Field) -> Finding:
    return Finding(
        severity=Severity.WARNING,
        rule="page-choice-unknown",
        field=control.setting,
        what=f"{tab.path}: {control.label!r} shows {found.held!r}, which the page map does not name",
        fix=f"add it to choices of {control.setting}; named are {', '.join(control.choices)}",
    )


async def table(tab: Tab, place: Page) -> tuple[Label, ...]:
    """Every label beside what the page has for it; nothing is judged."""
    view = await tab.look(place.controls)
    return tuple(_row(place, one, found) for one, found in zip(place.controls, view.fields, strict=True))


def _row(place: Page, control: Control, found: Sequence[Field]) -> Label:
    first = found[0] if found else None
    shown = "***" if first and "password" in (first.kind, control.type.value) else (first.held or "") if first else ""
    return Label(
        page=place.name,
        setting=control.setting,
        label=control.label,
        type=control.type.value,
        found=len(found),
        how=", ".join(f"{one.how} ({one.kind})" for one in found),
        shown=shown,
    )


async def version(tab: Tab, page_map: PageMap, place: Page) -> str | None:
    """What the page says of its product's version, where the map knows a place for it."""
    asked = page_map.version
    if asked is None or asked.page != place.name:
        return None
    words = await tab.words(Sign(css=asked.css))
    match = re.search(asked.pattern, words) if asked.pattern else None
    return match[match.lastindex or 0] if match else (None if asked.pattern else words or None)
