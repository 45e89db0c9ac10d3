"""What would turn a list into its opposite: told in the plan, from a reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model.change import Change
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.settings import Present, Reading
from reconciler.platforms.windows_smtp import spelling


def refusals(changes: Sequence[Change], reading: Reading) -> Iterator[Finding]:
    for change in changes:
        live = reading.live(change.address.resource)
        changed = {one.field for one in change.fields}
        for one in spelling.LISTS:
            entries = live.settings.get(f"{one}.entries") if isinstance(live, Present) else None
            if isinstance(entries, tuple) and entries and f"{one}.mode" in changed and f"{one}.entries" not in changed:
                yield _turned_round(change, one, entries)


def _turned_round(change: Change, one: str, entries: tuple[object, ...]) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        holds=Holds.UNTIL_DECIDED,
        rule="list-turned-round",
        address=str(change.address),
        field=f"{one}.mode",
        what=f"{one} would keep its entries with the other mode: {', '.join(map(str, entries))}",
        why="who is kept out would be let in, and who is let in would be kept out",
        fix=f"declare {one}.entries for the new mode",
    )
