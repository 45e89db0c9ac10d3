"""The same page map for a person: what to type or to choose, under which label, in the words of the page. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.drivers.admin_page import page_map, values
from reconciler.drivers.admin_page.page_map import Control, PageMap
from reconciler.model.attestation import Line
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Value


def lines(found: PageMap, changes: Mapping[str, Value]) -> tuple[Line, ...]:
    """In the order of the pages; a secret stays a reference."""
    pages = {page.name: page for page in found.pages}
    controls = {(page.name, control.label): control for page in found.pages for control in page.controls}
    return tuple(
        Line(
            page=pages[one.page].heading or one.page,
            label=one.label,
            value=_word(controls[one.page, one.label], one.value),
        )
        for one in page_map.order(found, changes)
    )


def _word(control: Control, value: Value) -> Value:
    """As the page shows it; what the map has no word for, as the files have it."""
    if value is None or isinstance(value, SecretRef):
        return value
    return values.shown(control, value) or value
