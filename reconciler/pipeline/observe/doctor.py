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
from reconciler.pipeline.means import Means
from reconciler.pipeline.observe import guided, targets

_BY_HAND = Examined(what="by hand", ok=None, said="only people look at this console: no login is declared")
_NO_PAGES = Examined(what="trace", ok=None, said="nothing to list: no page of a console was read in a browser")


def checkup(spec: TargetSpec, means: Means, *, trace: bool) -> Checkup:
    """Reads only, and opens the secrets of the connection only. What goes wrong is in the Checkup."""
    found = guard.answer_or_finding(spec.unit, lambda: _asked(spec, means, trace)) if not spec.broken else spec.broken
    made = _made(spec, _failed(found)) if isinstance(found, Finding) else found
    return replace(made, examined=(*made.examined, _NO_PAGES)) if trace and made.traced is None else made


def _asked(spec: TargetSpec, means: Means, trace: bool) -> Checkup:
    if not spec.connection_secrets and isinstance(guided.guide(spec), Guide):
        return _made(spec, _BY_HAND)
    if (doctor := guard.platform(spec.kind).doctor) is None or spec.zone is not None:
        return _made(spec, *_settings(spec, means, "read"))
    found = doctor(spec.unit, spec.connection, targets.opener(spec, means.secrets), trace)
    read = _settings(spec, means, "settings") if found.settings and found.ok else ()
    return replace(found, unit=spec.unit, kind=spec.kind, examined=(*found.examined, *read))


def _made(spec: TargetSpec, *examined: Examined) -> Checkup:
    return Checkup(unit=spec.unit, kind=spec.kind, examined=examined)


def _settings(spec: TargetSpec, means: Means, what: str) -> Iterator[Examined]:
    reading = means.engine.read([spec])[spec.unit]
    if reading.unreadable:
        yield _failed(reading.unreadable)
        return
    yield _read(reading, what)
    yield from _findings(reading)


def _failed(why: Finding) -> Examined:
    return Examined(what="connect", ok=False, said=why.what, fix=why.fix)


def _read(reading: Reading, what: str) -> Examined:
    lost = [one for one in reading.resources.values() if isinstance(one, Unreadable)]
    there = len(reading.resources) - len(lost)
    if lost:
        finding = lost[0].finding
        return Examined(what=what, ok=False, said=f"{len(lost)} not readable: {finding.what}", fix=finding.fix)
    others = f", and {len(reading.strangers)} undeclared" if reading.strangers else ""
    return Examined(what=what, ok=True, said=f"{there} resource{'' if there == 1 else 's'}{others}")


def _findings(reading: Reading) -> Iterator[Examined]:
    for one in reading.findings:
        wrong = one.severity is Severity.ERROR
        yield Examined(what=one.rule, ok=False if wrong else None, said=one.what, fix=one.fix)
