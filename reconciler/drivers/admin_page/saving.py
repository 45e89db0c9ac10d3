"""Writes one page: only what changes, and only when nothing else moves; then the page is opened again and compared."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from reconciler.drivers.admin_page import evidence, filling, login, reading, touch, values
from reconciler.drivers.admin_page.console import Console, Tested
from reconciler.drivers.admin_page.page_map import Control, Page, PageMap, Type
from reconciler.drivers.admin_page.reading import Read
from reconciler.drivers.admin_page.tab import PATIENCE, Tab
from reconciler.errors import PlatformAnswer, PlatformRefused
from reconciler.model.secret import SecretValue
from reconciler.model.settings import Value

_MOMENT = 0.045  # seconds: what a script does to a field after a moment is seen before the save
_LATER = 0.3  # seconds for a script to begin a save
Changes = Mapping[str, "Value | SecretValue"]
Open = Callable[[Tab, Page], Awaitable[None]]


async def write(tab: Tab, page_map: PageMap, place: Page, console: Console, changes: Changes, opened: Open) -> Read:
    """The page as opened again after the save. Raises PlatformRefused: its message, or what was saved otherwise."""
    await opened(tab, place)
    before = await reading.page(tab, place)
    await evidence.keep(tab, console.evidence, console.unit, place.name, "before")
    await fill(tab, place, changes, before)
    await evidence.keep(tab, console.evidence, console.unit, place.name, "filled")
    await _save(tab, page_map, place)
    tab.carrier.gate.close()
    await opened(tab, place)
    after = await reading.page(tab, place)
    await evidence.keep(tab, console.evidence, console.unit, place.name, "after")
    _compare(tab, place, before, after, changes)
    return after


async def fill(tab: Tab, place: Page, changes: Changes, shown: Read) -> None:
    """Types what changes; raises PlatformRefused when another field moves with it."""
    tab.carrier.gate.open(value for value in changes.values() if isinstance(value, SecretValue))
    typed = _in_order(place, changes)
    before = await tab.others(typed)
    for control in typed:
        await filling.fill(tab, control, changes[control.setting])
    await asyncio.sleep(_MOMENT)
    await tab.settled()
    await filling.check_kept(tab, typed, changes)
    now = await tab.others(typed)
    moved = [name for name in before if name in now and now[name] != before[name]]
    # a field may have no name, or be drawn anew by a script: those of the map are known by their label too
    moved = moved or [one.label for one in _moved(place, shown, await reading.page(tab, place), changes)]
    if moved:
        raise PlatformRefused(
            f"{tab.path}: while {_labels(place, changes)} was typed, the page changed {', '.join(sorted(moved))} too; "
            "nothing was saved",
            why="only what is declared is written",
            fix="declare that setting too, if it has to follow",
        )


async def test(tab: Tab, page_map: PageMap, place: Page, changes: Changes, opened: Open) -> Tested | None:
    """Fills, presses the page's own test and leaves without saving; None where the map knows no test."""
    trial = place.trial
    if trial is None:
        return None
    await opened(tab, place)
    await fill(tab, place, changes, await reading.page(tab, place))
    await touch.press(tab, trial.press)
    await tab.settled()
    until = time.monotonic() + PATIENCE  # a script may show the answer a moment after the page was quiet
    while True:
        passed, failed = await tab.words(trial.passed), await tab.words(trial.failed)
        if passed or failed or time.monotonic() > until:
            break
        await asyncio.sleep(0.05)
    tab.carrier.gate.close()
    return Tested(passed=bool(passed) and not failed, words=failed or passed or "the page said nothing")


def _moved(place: Page, before: Read, after: Read, changes: Changes) -> list[Control]:
    """Controls that nobody meant to change, and that hold another value."""
    was, now = before.values, after.values
    both = was.keys() & now.keys() - changes.keys()
    return [one for one in place.controls if one.setting in both and was[one.setting] != now[one.setting]]


def _in_order(place: Page, changes: Changes) -> list[Control]:
    """First those that others depend on, with which these appear."""
    leading = {name for control in place.controls for name in control.when}
    changed = [control for control in place.controls if control.setting in changes]
    return sorted(changed, key=lambda control: control.setting not in leading)


async def _save(tab: Tab, page_map: PageMap, place: Page) -> None:
    asked = len(tab.asked)
    said_before = await tab.words(place.saved)
    carried = tab.carrier.carried
    await touch.press(tab, place.save)
    await tab.settled()
    if tab.carrier.carried == carried:  # a script may send it a moment later
        await asyncio.sleep(_LATER)
        await tab.settled()
    await login.check_still_in(tab, page_map)
    if words := await tab.words(place.failed):
        raise PlatformRefused(f"{tab.path} refused to save: {words}", fix="correct the declared values")
    if tab.carrier.status >= 400:
        raise PlatformAnswer(f"{tab.path} answered {tab.carrier.status} when it was saved")
    if len(tab.asked) > asked:
        raise PlatformRefused(f"{tab.path} asks before it saves: {tab.asked[-1]}", why="there is nobody to answer")
    if place.saved is not None and not await _says(tab, place) and not said_before:
        raise PlatformAnswer(f"{tab.path} shows no sign that it was saved", fix="look at the page; correct `saved`")


async def _says(tab: Tab, place: Page) -> bool:
    until = time.monotonic() + PATIENCE
    while not (words := await tab.words(place.saved)) and time.monotonic() < until:
        await asyncio.sleep(0.05)
    return bool(words)


def _compare(tab: Tab, place: Page, before: Read, after: Read, changes: Changes) -> None:
    wrong, moved = [], []
    for control in place.controls:
        name = control.setting
        if control.type is Type.PASSWORD:
            continue
        if name in changes:
            wanted = values.shown(control, _plain(changes[name]))
            if name not in after.fields or not values.same(control, wanted or "", after.fields[name]):
                wrong.append(f"{control.label!r} shows {after.values.get(name)!r} instead of {changes[name]!r}")
        elif name in before.values and name in after.values and before.values[name] != after.values[name]:
            moved.append(f"{control.label!r} went from {before.values[name]!r} to {after.values[name]!r}")
    if wrong:
        raise PlatformRefused(
            f"{tab.path} was saved without an error, but shows other values when reopened: {'; '.join(wrong)}",
            why="the page accepted the values and did not keep them",
        )
    if moved:
        raise PlatformRefused(f"{tab.path}: saving changed other settings too: {'; '.join(moved)}")


def _plain(value: Value | SecretValue) -> Value:
    return None if isinstance(value, SecretValue) else value


def _labels(place: Page, changes: Changes) -> str:
    return ", ".join(control.label for control in place.controls if control.setting in changes)
