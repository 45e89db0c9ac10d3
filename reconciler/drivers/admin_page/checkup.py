"""A console beside its page map: every label on the live page, rights, version, and what the pages asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from reconciler.drivers.admin_page.console import Seen
from reconciler.drivers.admin_page.page_map import PageMap
from reconciler.drivers.admin_page.session import ReadSession
from reconciler.drivers.admin_page.visit import Visit
from reconciler.errors import PlatformError
from reconciler.model.checkup import UNTOLD, Checkup, Examined, Label, Traced, examined

_BY_HAND = Examined(what="by hand", ok=None, said="only people look at this console: no login is declared")


def checkup(
    visit: Visit[ReadSession],
    reached: Callable[[], Examined],
    *,
    trace: bool,
    beside: Callable[[], Iterator[Examined]] = lambda: iter(()),
) -> Checkup:
    """Logs in once, reads, and logs out; `beside` is what the platform tells besides. What goes wrong is in it."""
    if visit.by_hand:
        return Checkup(unit="", kind="", examined=(_BY_HAND, *examined(beside())))
    look = _Look(visit, trace=trace)
    try:
        told = examined(look.steps(reached))
    finally:
        visit.close()
    return Checkup(unit="", kind="", examined=(*told, *examined(beside())), labels=look.labels, traced=look.traced)


class _Look:
    """Step by step; what it has found by then is kept where a later step fails."""

    def __init__(self, visit: Visit[ReadSession], *, trace: bool) -> None:
        self._visit, self._trace = visit, trace
        self.labels: tuple[Label, ...] = ()
        self.traced: tuple[Traced, ...] | None = None

    def steps(self, reached: Callable[[], Examined]) -> Iterator[Examined]:
        yield reached()
        session, page_map = self._visit.session(), self._visit.page_map
        rows = session.doctor()
        who = self._visit.connection.get("username")
        said = f"{f'as {who} at ' if who else ''}{page_map.product}, signed in once and out again"
        yield Examined(what="login", ok=True, said=said)
        seen = _seen(session) if all(row.found <= 1 for row in rows) else None
        hidden = {one.setting for one in page_map.controls if one.when} if seen is None else seen.hidden
        # one that another value hides is not missing
        self.labels = tuple(replace(row, expected=row.setting not in hidden) for row in rows)
        self.traced = session.trace() if self._trace and seen is not None else None
        yield _read(self.labels)
        yield _write(session)
        told = (seen.version if seen else None) or self._visit.release or self._visit.connection.get("version")
        yield _version(page_map, told)


def _seen(session: ReadSession) -> Seen | None:
    """None where a page is not the mapped one: the table says which label is missing."""
    try:
        return session.read()
    except PlatformError:
        return None


def _read(labels: tuple[Label, ...]) -> Examined:
    """The account sees the pages; the labels say whether they are those of the map."""
    wrong = [one for one in labels if not one.ok]
    pages = len({one.page for one in labels})
    on = f"on {pages} page{'' if pages == 1 else 's'}"
    if wrong:
        fix = "correct the labels in a copy of the map, and name it in connection.page_map"
        return Examined(what="labels", ok=False, said=f"{len(wrong)} of {len(labels)} do not fit {on}", fix=fix)
    away = sum(one.found == 0 for one in labels)
    others = f"; {away} not shown with the values it has now" if away else ""
    return Examined(what="labels", ok=True, said=f"{len(labels) - away} fit {on}, which this account may open{others}")


def _write(session: ReadSession) -> Examined:
    closed = [page for page, pressable in session.saves.items() if not pressable]
    if not closed:
        return Examined(what="write", ok=True, said=f"Save can be pressed; whether it saves {UNTOLD}")
    return Examined(
        what="write",
        ok=None,
        said=f"Save is locked on {', '.join(closed)}: this account may only look, or nothing was changed yet",
        fix="for apply, an account that may change the settings; sign in by hand with it and look",
    )


def _version(page_map: PageMap, found: object) -> Examined:
    made_for = ", ".join(page_map.versions) or "any version"
    if not found:
        said = f"not told; the page map was made for {made_for}"
    elif not page_map.versions or any(f"{found}.".startswith(f"{one}.") for one in page_map.versions):
        said = f"{found}; supported: {made_for}"
    else:
        said = f"{found}; the page map was made for {made_for}"
    return Examined(what="version", ok=True, said=said)
