"""One page of the browser, in a context of its own: to go somewhere, to wait until it is quiet, to look."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from reconciler.drivers.admin_page import faults
from reconciler.drivers.admin_page.carrying.carrier import Carrier
from reconciler.drivers.admin_page.page_map import Control, Sign
from reconciler.drivers.admin_page.under_way import UnderWay
from reconciler.errors import PlatformAnswer, PlatformDenied, PlatformMissing

if TYPE_CHECKING:
    from playwright.async_api import Dialog, Page

_STEP = 0.003  # seconds between two looks at a page that is not ready
_QUIET = 3  # times in a row that the page had nothing to do and nothing was on its way
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
    """One page of the browser; `timeout` is in seconds, for each address and each rest."""

    def __init__(self, page: Page, carrier: Carrier, under_way: UnderWay, timeout: float) -> None:
        self.page, self.carrier, self._under_way, self._timeout = page, carrier, under_way, timeout
        self.asked: list[str] = []  # what its dialogs said; they are dismissed
        page.on("dialog", self._dismiss)

    async def _dismiss(self, dialog: Dialog) -> None:
        self.asked.append(" ".join(dialog.message.split())[:300])
        await dialog.dismiss()

    async def go(self, url: str, *, drawn: bool = True) -> None:
        """Raises PlatformError when the page does not come, or is an error of the server.

        `drawn` waits for what its scripts draw; who only wants to have been there does without.
        """
        # what it fails with, the carrier knows better
        await faults.unless_moved(self.page.goto(url, wait_until="commit", timeout=self._timeout * 1000))
        await self.settled(drawn=drawn)
        if self.carrier.status >= 400:
            path, status = self.path, self.carrier.status
            kind = {401: PlatformDenied, 403: PlatformDenied, 404: PlatformMissing}.get(status, PlatformAnswer)
            raise kind(f"{path} answered {status}", fix="check the page map: the address may be another one")

    @property
    def path(self) -> str:
        """Without query and fragment, which may carry tokens."""
        return "/" + self.page.url.split("://", 1)[-1].partition("/")[2].split("?")[0].split("#")[0]

    async def settled(self, *, drawn: bool = True) -> None:
        """Returns when the page has come and does and asks for nothing any more. Raises PlatformError."""
        until = time.monotonic() + self._timeout
        quiet = 0
        while quiet < _QUIET:
            if self.carrier.failure is not None:
                failure, self.carrier.failure = self.carrier.failure, None
                raise failure
            if time.monotonic() > until:
                raise PlatformAnswer(f"{self.path} does not finish loading", fix="raise connection.timeout")
            if self._waits or not await self._rests(drawn=drawn and not quiet) or self._waits:
                quiet = 0
                await asyncio.sleep(_STEP)
            else:
                quiet += 1

    @property
    def _waits(self) -> bool:
        return bool(self.carrier.busy) or self.carrier.moving or not self._under_way.nothing

    async def _rests(self, *, drawn: bool) -> bool:
        return bool(await faults.unless_moved(self._under_way.rests(drawn=drawn)))

    async def look(
        self, controls: Sequence[Control], signs: Sequence[Sign | None] = (), heading: str | None = None
    ) -> View:
        given = [None if sign is None else asdict(sign) for sign in signs]
        found = await self.do("look", specs=[spec(one) for one in controls], signs=given, heading=heading)
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
        found: dict[str, str] = await self.do("others", specs=[spec(one) for one in typed])
        return found

    async def count(self, text: str) -> int:
        """How many buttons or links carry the text."""
        return int(await self.do("count", text=text))

    async def pressable(self, text: str) -> bool:
        """Whether the one button or link of that text is not locked."""
        return int(await self.do("pressable", text=text)) == 1

    async def do(self, what: str, **job: Any) -> Any:
        """What the script answers, which is never null. A page that went elsewhere meanwhile is asked again.

        Raises PlatformAnswer.
        """
        for _ in range(_TRIES):
            found = await faults.unless_moved(self.page.evaluate(_script(), {"what": what, **job}))
            if found is not None:
                return found
            await self.settled()
        raise PlatformAnswer(f"{self.path} keeps changing while it is read", fix="try again")


@cache
def _script() -> str:
    return files(__package__).joinpath("page.js").read_text(encoding="utf-8")


def spec(control: Control) -> dict[str, Any]:
    return {"labels": control.labels, "type": control.type.value, "within": control.within}


def _field(one: dict[str, Any]) -> Field:
    options = one["options"]
    return Field(**{**one, "options": None if options is None else tuple(options)})
