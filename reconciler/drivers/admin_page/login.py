"""Signing in and out. Each step is posted once; a second login page means that the login failed: accounts lock."""

from __future__ import annotations

import asyncio
import time

from reconciler.drivers.admin_page import touch, values
from reconciler.drivers.admin_page.console import Console
from reconciler.drivers.admin_page.page_map import Control, PageMap, Step, Type
from reconciler.drivers.admin_page.tab import PATIENCE, Tab
from reconciler.errors import PlatformAnswer, PlatformDenied, PlatformError, PlatformRefused
from reconciler.model.secret import SecretValue


async def sign_in(tab: Tab, page_map: PageMap, console: Console) -> None:
    """Raises PlatformDenied when the console asks again, in its own words."""
    await tab.go(console.url + page_map.login.page)
    for step in page_map.login.steps:
        await _fill(tab, step, console)
        tab.carrier.gate.grant()
        try:
            await touch.press(tab, step.press)
            await tab.settled()
            await _answered(tab, step, page_map)
        finally:
            tab.carrier.gate.withdraw()
    if await asks(tab, page_map):
        words = await tab.words(page_map.login.failed)
        raise PlatformDenied(
            f"{console.unit}: the login was refused" + (f": {words}" if words else "; the login page came again"),
            why="it is tried once per run: accounts lock",
            fix="check the credentials under connection; sign in by hand: is a code or a new password asked for?",
        )


async def asks(tab: Tab, page_map: PageMap) -> bool:
    """Whether this is a page of the login: a page of settings may have its labels, and not its button too."""
    for step in page_map.login.steps:
        if await _shows(tab, step):
            return True
    return False


async def check_still_in(tab: Tab, page_map: PageMap, *, inside: bool = True) -> None:
    """Raises PlatformDenied. `inside` is False until a page of the map came: a login page then ends no session."""
    if await asks(tab, page_map):
        if not inside:
            raise not_let_in(tab, "asks to sign in again")
        raise PlatformDenied(
            f"{tab.path}: the login page came instead of the page asked for: the session has ended",
            why="a second login in one run is not tried: accounts lock",
            fix="run again; check whether somebody else signs in with this account",
        )


def not_let_in(tab: Tab, what: str) -> PlatformDenied:
    """For the first page after the login, which did not come."""
    return PlatformDenied(
        f"{tab.path}: after the login, the console {what}; nothing was saved",
        why="the login was not accepted, or wants more than user and password (a code, a new password)",
        fix="sign in by hand with this account: does another page come first? If not, correct the page map",
    )


async def sign_out(tab: Tab, page_map: PageMap, console: Console) -> None:
    """As the map says; what fails here fails nobody."""
    out = page_map.logout
    tab.carrier.ends_at = console.path + page_map.login.page.partition("?")[0]
    try:
        if out is not None and out.page is not None:
            await tab.go(console.url + out.page, drawn=False)
        elif out is not None and out.press is not None:
            tab.carrier.gate.grant(logout=True)
            await touch.press(tab, out.press)
            await tab.settled()
    except PlatformError:
        return
    finally:
        tab.carrier.gate.withdraw()


async def _shows(tab: Tab, step: Step) -> bool:
    view = await tab.look([_control(label) for label in step.fill])
    return all(view.fields) and await tab.count(step.press) > 0


async def _answered(tab: Tab, step: Step, page_map: PageMap) -> None:
    """A script may send the login, or look at its answer, a moment after the page was quiet."""
    until = time.monotonic() + PATIENCE
    while await _shows(tab, step) and time.monotonic() < until and not await tab.words(page_map.login.failed):
        await asyncio.sleep(0.05)
        await tab.settled()


async def _fill(tab: Tab, step: Step, console: Console) -> None:
    controls = {label: _control(label) for label in step.fill}
    view = await tab.look(tuple(controls.values()))
    for (label, control), found in zip(controls.items(), view.fields, strict=True):
        if len(found) != 1 or found[0].kind not in ("text", "password"):
            kinds = ", ".join(one.kind for one in found) or "nothing"
            raise PlatformRefused(
                f"{tab.path}: the label {label!r} of the login leads to {kinds}, not to one field",
                fix="correct login.steps of the page map, or connection.url",
            )
        value = console.login.get(step.fill[label])
        if value is None:
            raise PlatformDenied(f"connection has no {step.fill[label]}", fix="the page map's login asks for it")
        secret = isinstance(value, SecretValue)
        if secret and found[0].kind != "password":
            raise PlatformRefused(
                f"{tab.path}: {label!r} is not a password field: it would show what is typed",
                fix="correct the page map",
            )
        typed = value.reveal() if isinstance(value, SecretValue) else value
        await touch.enter(tab, control, typed)
        held = (await tab.look((control,))).fields[0]
        if len(held) != 1 or not values.same(control, typed, held[0]):
            raise PlatformAnswer(f"{tab.path}: {label!r} does not keep what is typed; nothing was sent")


def _control(label: str) -> Control:
    return Control(setting=label, labels=(label,), type=Type.TEXT)
