"""What a plan has to know of runs that have not ended: it may be made while one goes on, or after it was cut off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.ports import State
from reconciler.model.runs.intent import Intent
from reconciler.model.runs.lease import Held
from reconciler.model.runs.recovery import Fate
from reconciler.model.settings import Reading
from reconciler.pipeline.observe.observe import AppliedBy, Observed
from reconciler.pipeline.unfinished import fate, intents, remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """`seen` as it counts now; `findings` tell of the runs."""

    seen: Observed
    findings: tuple[Finding, ...]


def known(seen: Observed, state: State, runs: Sequence[Held]) -> Known:
    """What was applied, as apply will find it once it has settled what `runs` had begun. Raises StateError."""
    mine = {spec.installation for spec in seen.specs}
    begun = [one for one in intents.begun(state, runs) if one.change.installation in mine]
    found = tuple(_finding(held, unit, begun) for held in runs for unit in _units(held, seen))
    entries = _applied(seen, begun)
    stands = {thing: entry for thing, entry in entries.items() if not entry.nothing_stands}
    left = (*seen.left, *(entry for thing, entry in entries.items() if thing not in stands))
    return Known(seen=replace(seen, applied=stands, left=left), findings=found)


def _applied(seen: Observed, begun: Sequence[Intent]) -> AppliedBy:
    applied = dict(seen.applied)
    for unit, mine in _by_unit(begun).items():
        reading = seen.readings.get(unit)
        if reading is None or reading.unreadable:
            continue
        keys = [(one.change.installation, one.change.address.resource) for one in mine]
        before = [applied.pop(key) for key in dict.fromkeys(keys) if key in applied]
        for entry in remembered.after(before, _judged(mine, reading), reading):
            applied[entry.installation, entry.address.resource] = entry
    return applied


def _judged(begun: Sequence[Intent], reading: Reading) -> Iterator[tuple[Intent, Fate]]:
    return ((one, fate.fate(one, reading)) for one in begun)


def _by_unit(begun: Sequence[Intent]) -> Mapping[str, Sequence[Intent]]:
    found: dict[str, list[Intent]] = {}
    for one in begun:
        found.setdefault(one.change.address.unit, []).append(one)
    return found


def _units(held: Held, seen: Observed) -> Iterator[str]:
    return (spec.unit for spec in seen.specs if spec.installation in held.installations)


def _finding(held: Held, unit: str, begun: Sequence[Intent]) -> Finding:
    mine = [one for one in begun if one.journal == held.nonce and one.change.address.unit == unit]
    what = ": it had begun " + ", ".join(str(one.change.address.resource) for one in mine) if mine else ""
    return Finding(
        severity=Severity.WARNING,
        rule="not-ended",
        holds=Holds.UNTIL_USED,
        address=unit,
        what=f"run {held.run or held.nonce} of {held.owner} has not ended here{what}",
        why=f"since {held.since}; it was cut off, or still goes on (reconciler locks)",
        fix="reconciler apply settles it first; reconciler recover does no more, and takes back what is half written",
    )
