"""The same page map for a person: what to type or to choose, under which label, in the words of the page. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reconciler.drivers.admin_page import values
from reconciler.drivers.admin_page.page_map import Control, Page, PageMap
from reconciler.model.attestation import Guide, Line
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Connection, Value

Typed = Callable[[Mapping[str, Value], frozenset[str]], Mapping[str, Value]]


def guide(connection: Connection, mapped: Callable[[Connection], PageMap], typed: Typed) -> Guide | None:
    """With `driver: guided`. `typed` gives changes in the words of the pages, which know these settings."""
    if connection.get("driver") != "guided":
        return None
    found, days = mapped(connection), connection.get("attestation_days")
    return Guide(
        product=found.product,
        url=str(connection["url"]),
        lines=lambda changes: lines(found, typed(changes, found.settings)),
        days=days if isinstance(days, int) else None,
    )


def lines(found: PageMap, changes: Mapping[str, Value]) -> tuple[Line, ...]:
    """In the order of the pages; a secret stays a reference."""
    return tuple(
        Line(
            page=page.heading or page.name,
            label=_label(control, page),
            value=_word(control, changes[control.setting]),
        )
        for page in found.pages
        for control in page.controls
        if control.setting in changes
    )


def _label(control: Control, page: Page) -> str:
    """The usual one of the map, which is that of the declared version; with its heading where the page has it twice."""
    label, *_ = control.labels
    twins = [one for one in page.controls if set(one.labels) & set(control.labels)]
    return f"{label} (below {control.within})" if control.within and len(twins) > 1 else label


def _word(control: Control, value: Value) -> Value:
    """As the page shows it; what the map has no word for, as the files have it."""
    if value is None or isinstance(value, SecretRef):
        return value
    if isinstance(value, tuple) and "\n" in control.separator:
        return value  # each on a line of its own
    return values.shown(control, value) or value
