"""A console beside its page map: every label on the live page, the version, and what the pages asked for."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.drivers.admin_page.console import Row, Seen
from reconciler.drivers.admin_page.page_map import PageMap
from reconciler.drivers.admin_page.session import ReadSession
from reconciler.errors import PlatformError
from reconciler.model.checkup import Checkup, Examined, Label, Traced


def checkup(page_map: PageMap, session: ReadSession, *, trace: bool, release: str | None = None) -> Checkup:
    """Logs in once, reads, and logs out. `release` is what is known beside the pages.

    Raises PlatformError when the console or the login fails.
    """
    try:
        rows = session.doctor()
        seen = _seen(session) if all(row.found <= 1 for row in rows) else None
        traced = tuple(_traced(session)) if trace and seen is not None else ()
    finally:
        session.close()
    sometimes = {one.setting for one in page_map.controls if one.when}
    hidden = sometimes if seen is None else seen.hidden
    labels = tuple(_label(row, row.setting in hidden) for row in rows)
    examined = tuple(_examined(page_map, labels, (seen.version if seen else None) or release))
    return Checkup(unit="", kind="", examined=examined, labels=labels, traced=traced)


def _seen(session: ReadSession) -> Seen | None:
    """None where a page is not the mapped one: the table says which label is missing."""
    try:
        return session.read()
    except PlatformError:
        return None


def _examined(page_map: PageMap, labels: tuple[Label, ...], version: str | None) -> Iterator[Examined]:
    yield Examined(what="login", ok=True, said=f"{page_map.product}, signed in once and out again")
    if version:
        made_for = page_map.versions
        fits = not made_for or any(f"{version}.".startswith(f"{one}.") for one in made_for)
        said = version if fits else f"{version}; the page map was made for {', '.join(made_for)}"
        yield Examined(what="version", ok=True, said=said)
    wrong = [one for one in labels if not one.ok]
    pages = len({one.page for one in labels})
    on = f"on {pages} page{'' if pages == 1 else 's'}"
    if wrong:
        fix = "correct the labels in a copy of the map, and name it in connection.page_map"
        yield Examined(what="labels", ok=False, said=f"{len(wrong)} of {len(labels)} do not fit {on}", fix=fix)
    else:
        away = sum(one.found == 0 for one in labels)
        others = f"; {away} not shown with the values it has now" if away else ""
        yield Examined(what="labels", ok=True, said=f"{len(labels) - away} fit {on}{others}")


def _label(row: Row, hidden: bool) -> Label:
    """One that another value hides is not missing."""
    return Label(
        page=row.page,
        setting=row.setting,
        label=row.label,
        type=row.type,
        found=row.found,
        how=row.how,
        shown=row.shown,
        expected=not hidden,
    )


def _traced(session: ReadSession) -> Iterator[Traced]:
    for one in session.trace():
        yield Traced(method=one.method, path=one.path, sent=one.sent, answered=one.answered, refused=one.refused)
