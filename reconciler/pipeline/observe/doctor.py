"""Looks at one target for a person: whether it is reached, what the login may read, and what its platform adds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reconciler.model.attestation import Guide
from reconciler.model.checkup import Checkup, Examined
from reconciler.model.finding import Finding, Severity
from reconciler.model.landscape import TargetSpec
from reconciler.model.settings import Reading, Unreadable
from reconciler.pipeline import guard
from reconciler.pipeline.observe import guided, targets
from reconciler.secrets.stores import Secrets

_BY_HAND = Examined(what="by hand", ok=None, said="only people look at this console: no login is declared")


def checkup(spec: TargetSpec, secrets: Secrets, *, trace: bool) -> Checkup:
    """Reads only, and opens the secrets of the connection only. What goes wrong is in the Checkup."""
    if spec.broken:
        return _ended(spec, spec.broken)
    found = guard.answer_or_finding(spec.unit, lambda: _asked(spec, secrets, trace))
    return _ended(spec, found) if isinstance(found, Finding) else found


def _asked(spec: TargetSpec, secrets: Secrets, trace: bool) -> Checkup:
    if not spec.connection_secrets and isinstance(guided.guide(spec), Guide):
        return Checkup(unit=spec.unit, kind=spec.kind, examined=(_BY_HAND,))
    if (doctor := guard.platform(spec.kind).doctor) is not None:
        found = doctor(spec.unit, spec.connection, secrets.opener(spec.connection_secrets), trace)
        return replace(found, unit=spec.unit, kind=spec.kind)
    read = targets.reading(spec, secrets)
    if read.unreadable:
        return _ended(spec, read.unreadable)
    return Checkup(unit=spec.unit, kind=spec.kind, examined=(_read(read), *_findings(read)))


def _read(reading: Reading) -> Examined:
    lost = [one for one in reading.resources.values() if isinstance(one, Unreadable)]
    there = len(reading.resources) - len(lost)
    if lost:
        finding = lost[0].finding
        return Examined(what="read", ok=False, said=f"{len(lost)} not readable: {finding.what}", fix=finding.fix)
    others = f", and {len(reading.strangers)} undeclared" if reading.strangers else ""
    return Examined(what="read", ok=True, said=f"{there} resource{'' if there == 1 else 's'}{others}")


def _findings(reading: Reading) -> Iterator[Examined]:
    for one in reading.findings:
        wrong = one.severity is Severity.ERROR
        yield Examined(what=one.rule, ok=False if wrong else None, said=one.what, fix=one.fix)


def _ended(spec: TargetSpec, why: Finding) -> Checkup:
    return Checkup(
        unit=spec.unit, kind=spec.kind, examined=(Examined(what="connect", ok=False, said=why.what, fix=why.fix),)
    )
