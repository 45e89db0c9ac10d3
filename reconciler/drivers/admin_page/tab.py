"""One page of the browser, in a context of its own: to go somewhere, to wait until it is quiet, to look, to press."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from reconciler.drivers.admin_page import faults
from reconciler.drivers.admin_page.carrier import Carrier
from reconciler.drivers.admin_page.page_map import Control, Sign
from reconciler.errors import PlatformAnswer, PlatformDenied, PlatformMissing, PlatformRefused

if TYPE_CHECKING:
    from playwright.async_api import Dialog, ElementHandle, Page

_STEP = 0.015  # seconds between two looks at a page
_QUIET = 3  # looks in which nothing is on its way
_TRIES = 3
PATIENCE = 2.0  # seconds for a script to draw what the map expects


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A control of the page as it is now. `held` is what it shows; `options` are those of a list."""

    how: str
    kind: str
    held: str | None
    options: tuple[str, ...] | None
    locked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What was looked for, and every match; `signs` are the words at each place."""

    fields: tuple[tuple[Field, ...], ...]
    signs: tuple[tuple[str, ...], ...]
    heading: bool


class Tab:
    def __init__(self, page: Page, carrier: Carrier, timeout: float) -> None:
        self.page, self.carrier, self._timeout = page, carrier, timeout
        self.asked: list[str] = []  # what its dialogs said; they are dismissed
        page.on("dialog", self._dismiss)

    async def _dismiss(self, dialog: Dialog) -> None:
        self.asked.append(" ".join(dialog.message.split())[:300])
        await dialog.dismiss()

    async def go(self, url: str) -> None:
        """Raises PlatformError when the page does not come, or is an error of the server."""
        # what it fails with, the carrier knows better
        await faults.unless_moved(self.page.goto(url, wait_until="commit", timeout=self._timeout * 1000))
        await self.settled()
        if self.carrier.status >= 400:
            path, status = self.path, self.carrier.status
            kind = {401: PlatformDenied, 403: PlatformDenied, 404: PlatformMissing}.get(status, PlatformAnswer)
            raise kind(f"{path} answered {status}", fix="check the page map: the address may be another one")

    @property
    def path(self) -> str:
        """Without query and fragment, which may carry tokens."""
        return "/" + self.page.url.split("://", 1)[-1].partition("/")[2].split("?")[0].split("#")[0]

    async def settled(self) -> None:
        """Returns when the page has come and asks for nothing any more. Raises PlatformError."""
        until = time.monotonic() + self._timeout
        quiet = 0
        while quiet < _QUIET:
            if self.carrier.failure is not None:
                failure, self.carrier.failure = self.carrier.failure, None
                raise failure
            if time.monotonic() > until:
                raise PlatformAnswer(f"{self.path} does not come to rest", fix="raise connection.timeout")
            await asyncio.sleep(_STEP)
            waits = self.carrier.busy or self.carrier.moving
            quiet = 0 if waits or not await self._is_drawn() else quiet + 1

    async def _is_drawn(self) -> bool:
        return bool(await faults.unless_moved(self.page.evaluate("document.readyState === 'complete'")))

    async def look(
        self, controls: Sequence[Control], signs: Sequence[Sign | None] = (), heading: str | None = None
    ) -> View:
        given = [None if sign is None else asdict(sign) for sign in signs]
        found = await self._do("look", specs=[_spec(one) for one in controls], signs=given, heading=heading)
        return View(
            fields=tuple(tuple(_field(one) for one in matches) for matches in found["fields"]),
            signs=tuple(tuple(words) for words in found["signs"]),
            heading=found["heading"],
        )

    async def words(self, sign: Sign | None) -> str:
        """What the page says at that place; empty where it shows nothing there."""
        return "" if sign is None else " ".join((await self.look((), (sign,))).signs[0])[:300]

    async def others(self, typed: Sequence[Control]) -> dict[str, str]:
        """Every other visible field by its name, with what it holds; without passwords."""
        found: dict[str, str] = await self._do("others", specs=[_spec(one) for one in typed])
        return found

    async def count(self, text: str) -> int:
        """How many buttons or links carry the text."""
        return int(await self._do("count", text=text))

    async def pressable(self, text: str) -> bool:
        """Whether the one button or link of that text is not locked."""
        return int(await self._do("pressable", text=text)) == 1

    async def press(self, text: str) -> None:
        """The one button or link of that text. Raises PlatformRefused."""
        if (count := await self.count(text)) != 1:
            raise PlatformRefused(
                f"{self.path}: {_many(count)} to press carries the text {text!r}",
                why="nothing is pressed that is not the only one of its name",
                fix="sign in by hand: is another page shown first, for a code, say? Else correct the page map",
            )
        await (await self._element("buttonElement", text=text)).click(timeout=self._timeout * 1000)

    async def field(self, control: Control) -> ElementHandle:
        """Of a control that was seen to be the only one."""
        return await self._element("fieldElement", spec=_spec(control))

    async def radio(self, control: Control, text: str) -> ElementHandle:
        return await self._element("radioElement", spec=_spec(control), text=text)

    async def entry(self, text: str) -> ElementHandle | None:
        """The one entry of an open list; None where several have that text, or none has it in time."""
        until = time.monotonic() + PATIENCE
        while (count := await self._do("entries", text=text)) != 1:
            if count > 1 or time.monotonic() > until:
                return None
            await asyncio.sleep(_STEP)
        return await self._element("entryElement", text=text)

    async def blur(self) -> None:
        await self._do("blur")

    async def _do(self, what: str, **job: Any) -> Any:
        """What the script answers, which is never null. A page that went elsewhere meanwhile is asked again."""
        for _ in range(_TRIES):
            found = await faults.unless_moved(self.page.evaluate(_script(), {"what": what, **job}))
            if found is not None:
                return found
            await self.settled()
        raise PlatformAnswer(f"{self.path} changes while it is looked at", fix="try again")

    async def _element(self, what: str, **job: Any) -> ElementHandle:
        found = (await self.page.evaluate_handle(_script(), {"what": what, **job})).as_element()
        if found is None:
            raise PlatformAnswer(f"{self.path} changed while it was looked at", fix="try again")
        return found


@cache
def _script() -> str:
    return files(__package__).joinpath("page.js").read_text(encoding="utf-8")


def _spec(control: Control) -> dict[str, Any]:
    return {"labels": control.labels, "type": control.type.value, "within": control.within}


def _field(one: dict[str, Any]) -> Field:
    options = one["options"]
    return Field(**{**one, "options": None if options is None else tuple(options)})


def _many(count: int) -> str:
    return "nothing" if count == 0 else f"{count} things instead of one"
