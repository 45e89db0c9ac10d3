"""What was written and only a person brings into use: every run tells it until somebody attests it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from reconciler.model.address import Resource
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.settings import Applied, Pending, Present, Reading
from reconciler.pipeline.observe.attested import days


def told(reading: Reading, applied: Mapping[tuple[str, Resource], Applied], today: str) -> Reading:
    """With a finding for each resource that waits; `today` is YYYY-MM-DD."""
    found = tuple(_findings(reading, applied, today))
    return replace(reading, findings=(*reading.findings, *found)) if found else reading


def _findings(reading: Reading, applied: Mapping[tuple[str, Resource], Applied], today: str) -> Iterator[Finding]:
    for resource, live in reading.resources.items():
        if isinstance(live, Present) and live.pending_by_hand is not None:
            entry = applied.get((reading.installation, resource))
            known = entry.pending if entry else None
            fields = (known.fields if known else ()) if live.pending is None else tuple(sorted(live.pending))
            if fields:
                yield _finding(f"{reading.unit}:{resource}", fields, known, live.pending_by_hand, today)


def _finding(address: str, fields: tuple[str, ...], known: Pending | None, by_hand: str, today: str) -> Finding:
    age = days(known.since, today) if known else 0
    since = f", for {age} day{'' if age == 1 else 's'}" if age > 0 else ""
    return Finding(
        severity=Severity.WARNING,
        rule="pending",
        address=address,
        what=f"saved, and not in use yet{since}: {', '.join(fields)}",
        why="the platform uses it only after a step that reconciler never takes",
        fix=f"{by_hand}, then: reconciler attest {address}",
        holds=Holds.UNTIL_USED,
    )
