"""Types into one control, by its type, and compares what it holds with what was typed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

from reconciler.drivers.admin_page import touch, values
from reconciler.drivers.admin_page.page_map import Control, Type
from reconciler.drivers.admin_page.reading import check
from reconciler.drivers.admin_page.tab import PATIENCE, Field, Tab
from reconciler.errors import PlatformRefused
from reconciler.model.secret import SecretValue
from reconciler.model.settings import Value


async def fill(tab: Tab, control: Control, wanted: Value | SecretValue) -> None:
    """Raises PlatformRefused when the control does not take the value, or does not keep it."""
    before = await _only(tab, control)
    text = _text(tab, control, wanted)
    if before.locked:
        raise PlatformRefused(
            f"{tab.path}: {control.label!r} is locked", why="another setting or a missing permission locks it"
        )
    if control.type is not Type.PASSWORD and values.same(control, text, before):
        return
    after = await _set_and_seen(tab, control, text, before)
    if not values.same(control, text, after):  # a script may have drawn the field anew meanwhile: once more
        after = await _set_and_seen(tab, control, text, after)
    _check_held(tab, control, text, after)


async def check_kept(tab: Tab, controls: Sequence[Control], changes: Mapping[str, Value | SecretValue]) -> None:
    """What was typed stands there to the last: typing into another field may have drawn one anew, and empty.

    Raises PlatformRefused.
    """
    seen = (await tab.look(controls)).fields
    check(tab.path, controls, seen, [control for control, found in zip(controls, seen, strict=True) if not found])
    for control, found in zip(controls, seen, strict=True):
        _check_held(tab, control, _text(tab, control, changes[control.setting]), found[0])


def _check_held(tab: Tab, control: Control, text: str, now: Field) -> None:
    if values.same(control, text, now):
        return
    if control.type is Type.PASSWORD:
        what = "does not keep the password as it was typed"
    else:
        what = f"was given {text!r} and holds {now.held!r}"
    raise PlatformRefused(
        f"{tab.path}: {control.label!r} {what}; nothing was saved",
        why="the field may truncate or change what is typed",
        fix="declare a value that the page keeps",
    )


async def _set_and_seen(tab: Tab, control: Control, text: str, before: Field) -> Field:
    await _set(tab, control, text, before)
    await tab.settled(drawn=False)
    return await _only(tab, control)


async def _only(tab: Tab, control: Control) -> Field:
    """The field of a control, which may appear a moment after another one changed."""
    until = time.monotonic() + PATIENCE
    while not (found := (await tab.look((control,))).fields[0]) and time.monotonic() < until:
        await asyncio.sleep(0.05)
    check(tab.path, (control,), (found,), () if found else (control,))
    return found[0]


def _text(tab: Tab, control: Control, wanted: Value | SecretValue) -> str:
    if isinstance(wanted, SecretValue):
        if control.type is not Type.PASSWORD:
            raise PlatformRefused(f"{tab.path}: {control.label!r} is not a password field: it would show what is typed")
        return wanted.reveal()
    text = values.shown(control, wanted)
    if text is None:
        named = ", ".join(f"{one!r}" for one in control.choices.values())
        raise PlatformRefused(
            f"{tab.path}: the page map has no choice of {control.label!r} for {wanted!r}", fix=f"there are {named}"
        )
    return text


async def _set(tab: Tab, control: Control, text: str, before: Field) -> None:
    if before.options is not None and before.options.count(text) != 1:
        raise _no_choice(tab, control, text, before.options)
    match before.kind:
        case "select":
            await touch.choose(tab, control, text)
        case "radio":
            await touch.click_radio(tab, control, text)
        case "checkbox":
            await touch.click(tab, control)
        case "combobox" | "menu":
            await _choose(tab, control, text)
        case _:
            await touch.enter(tab, control, text)
            await touch.leave(tab)


async def _choose(tab: Tab, control: Control, text: str) -> None:
    """Opens a list and presses the entry; the list may be drawn anywhere."""
    await touch.click(tab, control)
    if not await touch.click_entry(tab, text):
        await tab.page.keyboard.press("Escape")
        raise _no_choice(tab, control, text, ())


def _no_choice(tab: Tab, control: Control, text: str, options: tuple[str, ...]) -> PlatformRefused:
    several = options.count(text) > 1
    what = "several entries" if several else "no single entry"
    there = f"; there are {', '.join(dict.fromkeys(options))}" if options and not several else ""
    return PlatformRefused(
        f"{tab.path}: {control.label!r} has {what} {text!r}{there}", fix="correct the choices in the page map"
    )
