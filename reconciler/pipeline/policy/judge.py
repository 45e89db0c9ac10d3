"""Judges the effective settings, citing where each came from. Pure; returns every finding, each root cause once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from reconciler import platforms
from reconciler.model.finding import Finding, Severity
from reconciler.model.landscape import Landscape
from reconciler.model.settings import Desired
from reconciler.pipeline import guard
from reconciler.pipeline.policy import completeness, consistency, host_forms, rules, untried_checks
from reconciler.pipeline.policy.subjects import subjects

_ROUTE = frozenset({"host", "port", "encryption"})
_LOGIN = frozenset({"auth", "username", "password"})


def findings(landscape: Landscape, today: str) -> tuple[Finding, ...]:
    """`today` is a date, YYYY-MM-DD; it decides which pauses have expired."""
    judged = tuple(subjects(landscape))
    found = [
        *completeness.findings(judged),
        *(finding for subject in judged for finding in rules.findings(subject, landscape.policy)),
        *rules.two_credentials(judged),
        *untried_checks.findings(judged),
        *consistency.findings(landscape, today),
        *host_forms.findings(landscape),
        *_together(landscape),
    ]
    found += _platform_limits(landscape, found)
    # a fault of a relay is told once, not for each resource that uses it
    once = {(finding.where, finding.rule, finding.what): finding for finding in reversed(found)}
    ordered = sorted(once.values(), key=lambda f: (f.where is None, f.where, f.what))
    return landscape.acknowledged(ordered, today)


def _together(landscape: Landscape) -> Iterator[Finding]:
    """What platforms say of all that is declared for one installation."""
    judges = {
        kind: found.together for kind in {one.kind for one in landscape.targets} if (found := platforms.load(kind))
    }
    groups: dict[str, list[Desired]] = {}
    for desired in landscape.desired:
        if judges.get(desired.kind) is not None:
            groups.setdefault(desired.installation, []).append(desired)
    for group in groups.values():
        judge = judges[group[0].kind]
        told = guard.answer_or_finding(group[0].address.unit, partial(_told, judge, group)) if judge else ()
        yield from [told] if isinstance(told, Finding) else told


def _told(judge: Callable[[Sequence[Desired]], Iterable[Finding]], group: Sequence[Desired]) -> tuple[Finding, ...]:
    return tuple(judge(group))


def _platform_limits(landscape: Landscape, known: Iterable[Finding]) -> Iterator[Finding]:
    """What each platform says of its resources, without what is told already.

    What it says of the target, each resource says again: at the place of the connection it is one.
    """
    told = {(finding.address, _group(finding.field)) for finding in known if finding.severity is Severity.ERROR}
    for desired in landscape.desired:
        relay = f"{desired.address.environment}/{desired.relay}"
        for finding in desired.limits:
            if finding.address == desired.address.unit:
                yield replace(finding, where=landscape.by_unit[finding.address].connection_position)
                continue
            group = _group(finding.field)
            again = (str(desired.address), group) in told or (relay, group) in told
            if finding.severity is Severity.ERROR and group and again:
                continue
            shared = finding.where is not None and finding.where.file != desired.position.file
            yield replace(finding, what=f"{desired.address}: {finding.what}") if shared else finding


def _group(field: str | None) -> str | None:
    """Settings that are right or wrong together."""
    return None if field is None else "route" if field in _ROUTE else "login" if field in _LOGIN else field
