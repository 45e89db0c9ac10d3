"""Says which settings a platform cannot express. None is ever dropped silently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reconciler.model.address import Address
from reconciler.model.finding import Finding, Severity
from reconciler.model.landscape import Target
from reconciler.model.settings import Desired, Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaid:
    """A setting of `wanted` that its platform cannot express."""

    wanted: Desired
    field: str
    origin: Origin


def findings(unsaid: Iterable[Unsaid], target: Target) -> Iterator[Finding]:
    """One for a resource's own settings, and one for all resources of a target to which a relay brings the same."""
    groups: dict[tuple[str, Address | None], list[Unsaid]] = {}
    for one in unsaid:
        own = one.wanted.address if one.origin.through == "here" else None
        groups.setdefault((one.origin.through, own), []).append(one)
    for group in groups.values():
        yield _finding(group, target)


def _finding(group: list[Unsaid], target: Target) -> Finding:
    first = group[0]
    fields = list(dict.fromkeys(one.field for one in group))
    here = first.origin.through == "here"
    others = len({one.wanted.address for one in group}) - 1
    through = f" (they come from {first.origin.through})" if len(fields) > 1 else f" (from {first.origin.through})"
    more = f"; {others} more here {'uses' if others == 1 else 'use'} it" if others else ""
    return Finding(
        severity=Severity.ERROR,
        rule="not-expressible",
        address=str(first.wanted.address),
        field=first.field,
        where=first.origin.position if here else first.wanted.position,
        what=f"{', '.join(fields)}: {target.kind} cannot express {'this' if len(fields) == 1 else 'these'}"
        + ("" if here else through),
        why="dropped silently, it would be declared here and missing there"
        + ("" if here else f"; declared in {first.origin.position}{more}"),
        fix=_fix(fields, target, here=here),
    )


def _fix(fields: list[str], target: Target, *, here: bool) -> str:
    if target.connection.keys() & {"keys", "preset"}:  # a platform whose target says itself which settings there are
        return (
            f"connection.keys: {{{', '.join(f'{field}: KEY' for field in fields)}}}, with null where it has no such key"
        )
    them = "it" if len(fields) == 1 else "them"
    return f"leave {them} out" if here else f"use a relay without {them}, or clear {them} here with null"
