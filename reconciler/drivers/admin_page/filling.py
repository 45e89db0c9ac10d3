"""Types into one control, by its type, and compares what it holds with what was typed."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from reconciler.drivers.admin_page import values
from reconciler.drivers.admin_page.page_map import Control, Type
from reconciler.drivers.admin_page.reading import check
from reconciler.drivers.admin_page.tab import PATIENCE, Field, Tab
from reconciler.errors import PlatformRefused
from reconciler.model.secret import SecretValue
from reconciler.model.settings import Value

if TYPE_CHECKING:
    from playwright.async_api import ElementHandle

_CLICK = 5000.0  # milliseconds: what is visible and covered by something else is not clicked


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
    if not values.same(control, text, after):
        if control.type is Type.PASSWORD:
            what = "does not keep the password as it was typed"
        else:
            what = f"was given {text!r} and holds {after.held!r}"
        raise PlatformRefused(
            f"{tab.path}: {control.label!r} {what}; nothing was saved",
            why="the field may truncate or change what is typed",
            fix="declare a value that the page keeps",
        )


async def _set_and_seen(tab: Tab, control: Control, text: str, before: Field) -> Field:
    await _set(tab, control, text, before)
    await tab.settled()
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
            await (await tab.field(control)).select_option(label=text)
        case "radio":
            await (await tab.radio(control, text)).click(timeout=_CLICK)
        case "checkbox":
            await (await tab.field(control)).click(timeout=_CLICK)
        case "combobox" | "menu":
            await _choose(tab, control, text)
        case _:
            await (await tab.field(control)).fill(text)
            await tab.blur()


async def _choose(tab: Tab, control: Control, text: str) -> None:
    """Opens a list and presses the entry; the list may be drawn anywhere."""
    opener: ElementHandle = await tab.field(control)
    await opener.click(timeout=_CLICK)
    entry = await tab.entry(text)
    if entry is None:
        await tab.page.keyboard.press("Escape")
        raise _no_choice(tab, control, text, ())
    await entry.click(timeout=_CLICK)


def _no_choice(tab: Tab, control: Control, text: str, options: tuple[str, ...]) -> PlatformRefused:
    several = options.count(text) > 1
    what = "several entries" if several else "no single entry"
    there = f"; there are {', '.join(dict.fromkeys(options))}" if options and not several else ""
    return PlatformRefused(
        f"{tab.path}: {control.label!r} has {what} {text!r}{there}", fix="correct the choices in the page map"
    )
