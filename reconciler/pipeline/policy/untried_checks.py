"""Opt-in checks that nothing of what is declared can try: verify would skip each, and say that all is well. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from reconciler.model.finding import Finding, Severity
from reconciler.model.source import Position
from reconciler.pipeline.policy.subjects import Subject
from reconciler.pipeline.resolve import relays
from reconciler.smtp.catalogue import needs
from reconciler.smtp.catalogue.needs import Missing

_Asked = tuple[Subject, str, tuple[Missing, ...]]  # who asks for a check, in which field, and what is lacking


def findings(subjects: Sequence[Subject]) -> Iterator[Finding]:
    """A check that is declared for several relays is in its place as soon as one of them can be asked."""
    declared: dict[tuple[Position, str], list[_Asked]] = defaultdict(list)
    for subject in subjects:
        wanted = [(field, check) for field, check in subject.checks if check in needs.NEEDS]
        if wanted and (relay := relays.relay(subject.settings, None)):
            for field, check in wanted:
                early = needs.below(check, relay)
                lacks = (*((early,) if early else ()), *needs.missing(check, relay))
                declared[subject.key(field), check].append((subject, field, lacks))
    for (where, check), asked in declared.items():
        subject, field, lacks = min(asked, key=lambda one: len(one[2]))
        if lacks:
            yield _finding(subject, field, check, lacks, where)


def _finding(subject: Subject, field: str, check: str, lacks: Sequence[Missing], where: Position) -> Finding:
    return Finding(
        severity=Severity.WARNING,
        rule="check-never-tried",
        address=subject.address,
        field=field,
        where=where,
        what=f"verify.checks: {check} never runs: {'; '.join(one.reason for one in lacks)}",
        why="verify skips a check whose input is missing, and reports ok if the rest passes",
        fix=f"declare {_and(tuple(map(_said, lacks)))}, or remove {check}",
    )


def _said(lack: Missing) -> str:
    return f"{lack.field}: {lack.wanted}" if lack.wanted else lack.field


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
