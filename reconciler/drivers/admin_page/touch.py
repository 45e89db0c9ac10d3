"""The hand on a page: types, chooses and presses as a person does, by the browser's own keyboard and mouse.

Not by Playwright's handles: they bring a script of their own into every page before the first touch.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from reconciler.drivers.admin_page.page_map import Control
from reconciler.drivers.admin_page.tab import PATIENCE, Tab, spec
from reconciler.errors import PlatformAnswer, PlatformRefused

_STEP = 0.015  # seconds between two looks
_UNCOVERED = 5.0  # seconds: what is visible and covered by something else is not clicked


async def enter(tab: Tab, control: Control, text: str) -> None:
    """Into a field that was seen to be the only one, in place of what it held. Raises PlatformAnswer."""
    if not await tab.do("focus", of="field", spec=spec(control)):
        raise PlatformAnswer(f"{tab.path}: {control.label!r} does not let anybody type into it", fix="try again")
    keyboard = tab.page.keyboard
    await (keyboard.insert_text(text) if text else keyboard.press("Delete"))


async def leave(tab: Tab) -> None:
    """Takes the focus out of a field, for which some scripts wait."""
    await tab.do("blur")


async def choose(tab: Tab, control: Control, text: str) -> None:
    """The entry of a browser's own list, which was seen to be the only one of that text. Raises PlatformAnswer."""
    if not await tab.do("choose", of="field", spec=spec(control), text=text):
        raise PlatformAnswer(f"{tab.path} changed while it was read", fix="try again")


async def press(tab: Tab, text: str) -> None:
    """The one button or link of that text. Raises PlatformRefused and PlatformAnswer."""
    if (count := await tab.count(text)) != 1:
        raise PlatformRefused(
            f"{tab.path}: {count or 'no'} buttons or links have the text {text!r}",
            why="a button is pressed only where its text is unique",
            fix="sign in by hand: does another page come first, e.g. for a code? If not, correct the page map",
        )
    await _click(tab, text, of="button", text=text)


async def click(tab: Tab, control: Control) -> None:
    await _click(tab, control.label, of="field", spec=spec(control))


async def click_radio(tab: Tab, control: Control, text: str) -> None:
    await _click(tab, text, of="radio", spec=spec(control), text=text)


async def click_entry(tab: Tab, text: str) -> bool:
    """The one entry of an open list; False where several have that text, or none has it in time."""
    until = time.monotonic() + PATIENCE
    while (count := await tab.do("entries", text=text)) != 1:
        if count > 1 or time.monotonic() > until:
            return False
        await asyncio.sleep(_STEP)
    await _click(tab, text, of="entry", text=text)
    return True


async def _click(tab: Tab, named: str, **job: Any) -> None:
    """Its middle, once it stands still and nothing covers it."""
    until = time.monotonic() + _UNCOVERED
    while (at := await tab.do("aim", **job)) == "nowhere":
        if time.monotonic() > until:
            raise PlatformAnswer(
                f"{tab.path}: {named!r} does not stand still, or is covered by something else; it was not pressed",
                fix="look at the page: does it show a notice that has to be closed first?",
            )
        await asyncio.sleep(_STEP)
    await tab.page.mouse.click(at["x"], at["y"])
