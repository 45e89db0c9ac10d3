"""Warnings that somebody accepted, and that nobody gives any more: or the rule is misspelled. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.model.finding import Finding, Severity
from reconciler.model.landscape import Acceptance, Target
from reconciler.model.settings import Present, Reading


def unused(
    targets: Iterable[Target], readings: Mapping[str, Reading], told: Iterable[Finding], today: str
) -> Iterator[Finding]:
    """Of targets that were read; `told` is everything that this run says, `today` is YYYY-MM-DD.

    What is told beside a write only counts too: it would be a warning again at the next one.
    """
    accepting = [target for target in targets if target.accept and target.unit in readings]
    if not accepting:
        return
    given = {((one.address or "").partition(":")[0], one.rule) for one in told}
    for target in accepting:
        reading = readings[target.unit]
        if not reading.unreadable:
            rules = {one.rule for one in _all_of(reading)} | {rule for unit, rule in given if unit == target.unit}
            yield from (_unused(one, target.unit) for one in target.accept if _idle(one, rules, today))


def _idle(one: Acceptance, rules: set[str], today: str) -> bool:
    return one.rule not in rules and one.accepted.until >= today  # one that has ended is told as that


def _all_of(reading: Reading) -> Iterator[Finding]:
    yield from (*reading.findings, *reading.beside_writes)
    for live in reading.resources.values():
        if isinstance(live, Present):
            yield from live.findings


def _unused(one: Acceptance, unit: str) -> Finding:
    return Finding(
        severity=Severity.NOTE,
        rule="acceptance-unused",
        address=unit,
        field="accept",
        where=one.position,
        what=f"accept.{one.rule}: there is no such warning about {unit} now",
        why="what it was accepted for is mended, or the rule has another name; it would hide the next one",
        fix=f"remove accept.{one.rule}, or correct its name",
    )
