"""What a platform holds: a session of one console that reads, or one that writes too. It logs in once, at first use."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from reconciler.drivers.admin_page import browser, evidence, login, saving, touch, under_way
from reconciler.drivers.admin_page import reading as page_reading
from reconciler.drivers.admin_page.carrying.carrier import Carrier
from reconciler.drivers.admin_page.carrying.gate import Gate, Refusal
from reconciler.drivers.admin_page.console import Console, Seen, Tested
from reconciler.drivers.admin_page.page_map import Page, PageMap
from reconciler.drivers.admin_page.tab import Tab
from reconciler.errors import PlatformAnswer, PlatformError
from reconciler.model.checkup import Label, Traced
from reconciler.model.finding import Finding, Severity
from reconciler.model.secret import SecretValue
from reconciler.model.settings import Value

T = TypeVar("T")
_Opened = tuple[page_reading.Read, str | None]  # a page, and the version that it tells
_PAGES_TIME = 8  # a job opens a page several times; each time it has the console's timeout


class ReadSession:
    """Cannot write: its gate lets the login pass, once, and nothing else that sends. May be used from any thread."""

    def __init__(self, page_map: PageMap, console: Console) -> None:
        self._map, self._console = page_map, console
        self._tab: Tab | None = None
        self._failed: PlatformError | None = None
        self._inside = False  # a page of the map came after the login
        self._just_opened: dict[str, _Opened] = {}  # after a save, and not read yet
        self.saves: dict[str, bool] = {}  # by page: whether its Save could be pressed, when `doctor` looked

    def read(self) -> Seen:
        """All pages of the map. Raises PlatformError."""
        return self._run(self._read)

    def doctor(self) -> tuple[Label, ...]:
        """Every label of the map beside the live page. Raises PlatformError when a page does not come."""
        return self._run(self._table)

    def trace(self) -> tuple[Traced, ...]:
        """What the pages' own scripts asked for while they were read: paths and names, no values."""
        self.read()
        return tuple(self._carrier.traced)

    def close(self) -> None:
        """Logs out. What fails here fails nobody."""
        if self._tab is None:
            self._console.carry.close()
            return
        tab, self._tab = self._tab, None
        try:
            browser.of_process(self._console.browser).run(lambda: self._leave(tab), self._console.timeout)
        except PlatformError:
            pass
        finally:
            self._console.carry.close()

    def _run(self, job: Callable[[Tab], Coroutine[Any, Any, T]]) -> T:
        """A login that failed is not tried again, whoever asks."""
        if self._failed is not None:
            raise self._failed
        engine = browser.of_process(self._console.browser)

        async def with_tab() -> T:
            if self._tab is None:
                self._tab = await self._entered(engine)
            return await job(self._tab)

        return engine.run(with_tab, self._console.timeout * _PAGES_TIME)

    async def _entered(self, engine: browser.Browser) -> Tab:
        context = await engine.context()
        self._carrier = Carrier(Gate(self._map, self._console), self._console)
        await self._carrier.attach(context)
        page = await context.new_page()
        tab = Tab(page, self._carrier, await under_way.of(page), self._console.timeout)
        context.on("page", lambda other: other.close())  # a page that opens another one
        try:
            await login.sign_in(tab, self._map, self._console)
        except BaseException as error:
            self._failed = error if isinstance(error, PlatformError) else None
            await context.close()
            raise
        return tab

    async def _leave(self, tab: Tab) -> None:
        tab.carrier.gate.close()
        await login.sign_out(tab, self._map, self._console)
        await tab.page.context.close()

    async def _open(self, tab: Tab, place: Page) -> None:
        if place.address is not None:
            await tab.go(self._console.url + place.address)
        for text in place.open:
            if not self._inside and not await tab.count(text):
                raise login.not_let_in(tab, f"shows nothing to press with the text {text!r}")
            await touch.press(tab, text)
            await tab.settled()
        await login.check_still_in(tab, self._map, inside=self._inside)
        wanted = None if place.address is None or place.open else self._console.path + place.address.partition("?")[0]
        if wanted is not None and tab.path.rstrip("/") != wanted.partition("#")[0].rstrip("/"):
            raise PlatformAnswer(
                f"asked for {wanted}, and the console shows {tab.path}",
                why="the session has ended, another login is wanted, or the account may not see the page",
                fix="sign in by hand with this account and open the page",
            )
        self._inside = True

    async def _read(self, tab: Tab) -> Seen:
        values: dict[str, Value] = {}
        hidden: set[str] = set()
        waiting: list[bool] = []
        findings: list[Finding] = []
        version = None
        known, self._just_opened = self._just_opened, {}
        for place in self._map.pages:
            found, told = known.get(place.name) or await self._opened(tab, place)
            values |= found.values
            hidden |= found.hidden
            waiting += [] if found.waiting is None else [found.waiting]
            findings += found.findings
            version = version or told
        passwords = {one.setting for one in self._map.controls if one.type == "password"}
        findings += [_refused(self._console.unit, one) for one in self._carrier.refused]
        return Seen(
            values=values,
            write_only=frozenset(passwords - hidden - values.keys()),
            hidden=frozenset(hidden),
            waiting=any(waiting) if waiting else None,
            version=version,
            findings=(*findings, *_other_version(self._map, version, self._console.unit)),
        )

    async def _opened(self, tab: Tab, place: Page) -> _Opened:
        await self._open(tab, place)
        found = await page_reading.page(tab, place)
        return found, await page_reading.version(tab, self._map, place)

    async def _table(self, tab: Tab) -> tuple[Label, ...]:
        rows: list[Label] = []
        for place in self._map.pages:
            await self._open(tab, place)
            rows += await page_reading.table(tab, place)
            self.saves[place.name] = await tab.pressable(place.save)
        return tuple(rows)


class WriteSession(ReadSession):
    def write(self, changes: Mapping[str, Value | SecretValue]) -> None:
        """Page by page: fills, compares, saves, opens again, compares. Raises PlatformRefused for what is not so."""
        self._run(lambda tab: self._write(tab, changes))

    def test(self, changes: Mapping[str, Value | SecretValue]) -> Tested | None:
        """The page's own test with these values typed and not saved; None where the map knows none."""
        return self._run(lambda tab: self._test(tab, changes))

    async def _write(self, tab: Tab, changes: Mapping[str, Value | SecretValue]) -> None:
        for place in self._map.pages:
            ours = {one.setting: changes[one.setting] for one in place.controls if one.setting in changes}
            if not ours:
                continue
            self._just_opened = {}  # this save may change what an earlier one wrote
            try:
                after = await saving.write(tab, self._map, place, self._console, ours, self._open)
                self._just_opened = {place.name: (after, await page_reading.version(tab, self._map, place))}
            except PlatformError:
                await evidence.keep(tab, self._console.evidence, self._console.unit, place.name, "failed")
                raise
            finally:
                tab.carrier.gate.close()

    async def _test(self, tab: Tab, changes: Mapping[str, Value | SecretValue]) -> Tested | None:
        self._just_opened = {}
        for place in self._map.pages:
            ours = {one.setting: changes[one.setting] for one in place.controls if one.setting in changes}
            if place.trial is None:
                continue
            try:
                return await saving.test(tab, self._map, place, ours, self._open)
            finally:
                tab.carrier.gate.close()
        return None


def reading(page_map: PageMap, console: Console) -> ReadSession:
    """Nothing is started before its first use."""
    return ReadSession(page_map, console)


def writing(page_map: PageMap, console: Console) -> WriteSession:
    return WriteSession(page_map, console)


def _refused(unit: str, one: Refusal) -> Finding:
    return Finding(
        severity=Severity.WARNING if one.writes else Severity.NOTE,
        rule="page-request-refused",
        address=unit,
        what=f"the page requested {one.what}, which was blocked: {one.why}",
        fix=None if one.writes else "if the page needs it, add it to the page map's reads",
    )


def _other_version(page_map: PageMap, version: str | None, unit: str) -> tuple[Finding, ...]:
    if version is None or not page_map.versions or version in page_map.versions:
        return ()
    what = f"the console is version {version}; the page map was made for {', '.join(page_map.versions)}"
    fix = "compare both with reconciler doctor, then add the version to the map"
    return (Finding(severity=Severity.NOTE, rule="page-map-version", address=unit, what=what, fix=fix),)
