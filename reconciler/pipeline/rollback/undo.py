"""What a run found before it, declared again: an ordinary plan brings it back, past the same gates and handshakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.errors import UsageError
from reconciler.model.address import Address
from reconciler.model.change import Action
from reconciler.model.finding import Finding, Severity
from reconciler.model.landscape import Landscape
from reconciler.model.outcome import WRITTEN, OutcomeStatus
from reconciler.model.ports import State, Versions
from reconciler.model.runs.intent import Intent
from reconciler.model.runs.journal import Json
from reconciler.model.settings import Desired, Present, Value
from reconciler.pipeline.rollback import archived
from reconciler.pipeline.unfinished import intents
from reconciler.pipeline.write import earlier_secret

_STANDS = frozenset({*WRITTEN, OutcomeStatus.PENDING, OutcomeStatus.PENDING_BY_HAND, OutcomeStatus.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """`landscape` declares what was there before, at `addresses`; `findings` say what cannot come back."""

    landscape: Landscape
    journal: str
    addresses: tuple[str, ...]
    findings: tuple[Finding, ...]


def journal_of(state: State, run: str) -> str:
    """The journal of a run, by its own name or that of the run, whose last one counts.

    Raises UsageError for one that nobody knows, StateError.
    """
    begun = [line for line in state.journal.index() if line.get("event") == "begin"]
    found = [str(line["journal"]) for line in begun if run in (line.get("journal"), line.get("run"))]
    if not found:
        raise UsageError(f"{run}: there is no such run", fix="reconciler history lists them")
    return found[-1]


def undone(landscape: Landscape, state: State, journal: str, versions: Versions) -> Undone:
    """Raises StateError."""
    first = _found_first(state.journal.records(journal), journal)
    desired: list[Desired] = []
    findings: list[Finding] = []
    for wanted in landscape.desired:
        begun = first.get(wanted.address)
        if begun is None:
            desired.append(wanted)
        elif begun.change.action is not Action.CREATE:
            earlier, lost = _before(wanted, begun, versions)
            desired.append(earlier)
            findings += lost
    declared = {wanted.address for wanted in landscape.desired}
    for address, begun in first.items():
        if address in declared:
            continue
        if back := archived.restored(begun, landscape, versions):
            declared.add(address)
            desired.append(back.desired)
            findings += [_not_written(back.desired, field, why) for field, why in back.lost.items()]
        else:
            findings.append(_cannot(begun))
    return Undone(
        landscape=replace(landscape, desired=tuple(desired)),
        journal=journal,
        addresses=tuple(str(address) for address in first if address in declared),
        findings=tuple(findings),
    )


def _found_first(records: Sequence[Json], journal: str) -> Mapping[Address, Intent]:
    """Of each address whose change stands the first intent: that has what the run found."""
    standing, first = _standing(records), dict[Address, Intent]()
    for one in intents.all_of(journal, records):
        if str(one.change.address) in standing:
            first.setdefault(one.change.address, one)
    return first


def _standing(records: Sequence[Json]) -> frozenset[str]:
    """The addresses whose changes stand on the platform, as far as it is known."""
    results = (one for one in records if one["event"] == intents.RESULT)
    told = {found["address"]: found["status"] for one in results for found in one["outcomes"]}
    begun = {str(one.change.address) for one in intents.all_of("", records)}
    return frozenset(address for address in begun if told.get(address, OutcomeStatus.UNKNOWN) in _STANDS)


def _before(wanted: Desired, begun: Intent, versions: Versions) -> tuple[Desired, tuple[Finding, ...]]:
    plain: dict[str, Value] = {}
    lost: dict[str, str] = {}
    for field in begun.change.fields:
        if field.field not in wanted.settings:
            continue
        applied = begun.applied.secrets.get(field.field) if begun.applied else None
        if not field.sensitive:
            plain[field.field] = _value(begun, field.field, field.before)
        elif why := earlier_secret.why_gone(applied, versions):
            lost[field.field] = why
        else:
            plain[field.field] = earlier_secret.pinned(applied)
    return _with(wanted, plain, lost), tuple(_lost(wanted, field, why) for field, why in lost.items())


def _value(begun: Intent, field: str, planned: Value) -> Value:
    shown = begun.before.settings if isinstance(begun.before, Present) else {}
    return shown.get(field, planned)


def _with(wanted: Desired, plain: Mapping[str, Value], lost: Mapping[str, str]) -> Desired:
    """A secret that cannot come back is not declared, so that it is left as it is."""
    settings = {field: value for field, value in {**wanted.settings, **plain}.items() if field not in lost}
    shared = {field: value for field, value in plain.items() if field in wanted.handshake}
    return replace(wanted, settings=settings, handshake={**wanted.handshake, **shared})


def _lost(wanted: Desired, field: str, why: str) -> Finding:
    return Finding(
        severity=Severity.WARNING,
        rule="secret-not-restored",
        address=str(wanted.address),
        field=field,
        what=f"{field} cannot come back: {why}",
        why="a secret is never read back, and no copy of it is kept",
        fix="write the earlier one to the store again, and declare its version",
    )


def _not_written(wanted: Desired, field: str, why: str) -> Finding:
    """Of what was taken out of use: platforms leave its secrets where they are."""
    what = f"{field} is not written again: {why}; what the platform has kept stays"
    return replace(_lost(wanted, field, why), what=what)


def _cannot(begun: Intent) -> Finding:
    foreign = begun.change.action is Action.ARCHIVE and isinstance(begun.before, Present) and not begun.before.mark
    there = f"put it back into use there, and declare it with adopt: {{id: {begun.change.id}}}"
    return Finding(
        severity=Severity.WARNING,
        rule="not-rolled-back",
        address=str(begun.change.address),
        what=f"{begun.change.address} is not declared, so it stays as it is",
        why="prune took it out of use, and it never carried our mark" if foreign else "it left the files since",
        fix=there if foreign else "declare it again, and apply",
    )
