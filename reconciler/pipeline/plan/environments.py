"""Whose installation it is: one that another environment has applied to may be its production. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.model.finding import Finding, Severity
from reconciler.model.settings import Applied, Desired

Owners = Mapping[str, frozenset[str]]  # the environments that have applied to an installation


def owners(applied: Iterable[Applied], desired: Iterable[Desired]) -> Owners:
    """Without those that still declare it: two stages may share an installation."""
    shared = {(one.installation, one.address.environment) for one in desired}
    found: dict[str, frozenset[str]] = {}
    for entry in applied:
        if (entry.installation, entry.address.environment) in shared:
            found.setdefault(entry.installation, frozenset())
            continue
        found[entry.installation] = found.get(entry.installation, frozenset()) | {entry.address.environment}
    return found


def risks(wanted: Desired, known: Owners) -> Iterator[Finding]:
    """One, where only others have applied to this installation until now."""
    here, before = wanted.address.environment, known.get(wanted.installation, frozenset())
    if before and here not in before:
        yield Finding(
            severity=Severity.RISK,
            rule="environment-changed",
            address=str(wanted.address),
            where=wanted.position,
            what=f"{wanted.installation} was applied as {', '.join(sorted(before))}, and is declared in {here} now",
            why=f"it would get the relays and credentials of {here}, under the rules of {here}",
            fix="correct connection; or, if it has moved, apply with --allow environment-changed",
        )
