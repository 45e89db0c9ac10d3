"""Changes to a Plan: what is selected, what it risks, whether it is whole, and a digest of what it was made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler import __version__
from reconciler.model import codec
from reconciler.model.address import Address
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.landscape import EngineSpec, Landscape, Paused
from reconciler.model.plan import Git, Plan, Stage
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Desired, Reading, Tree
from reconciler.pipeline import guard, selection
from reconciler.pipeline.plan import acceptances, beside_writes, blocked, relevant, renamed
from reconciler.pipeline.resolve import relays

_ENGINE = ("type", "broker", "login", "ca_file", "client_certificate", "client_key", "signing_key", "reading_key")


def plan(  # noqa: PLR0913  # what is compared, and what is known beside
    landscape: Landscape,
    changes: Sequence[Change],
    readings: Mapping[str, Reading],
    *,
    select: Sequence[str],
    findings: Sequence[Finding],
    git: Git | None,
    now: str,
    orders: Mapping[str, int] | None = None,
) -> Plan:
    """`now` is RFC 3339, UTC; `findings` are those of the files that do not stop a plan.

    `orders` are those of stages that have left the files, as far as somebody remembers.
    """
    today = now[:10]
    risky = [finding for finding in findings if finding.severity is Severity.RISK]
    selected = [one for one in changes if selection.matches(str(one.address), select)]
    possible = beside_writes.told(blocked.refused(selected, readings), readings)
    chosen = tuple(_guarded(change, landscape, today, risky) for change in renamed.hinted(possible))
    asked = {risk for change in chosen for risk in change.risks}
    units = {change.address.unit for change in chosen}
    told = [finding for unit in sorted(units) if unit in readings for finding in readings[unit].findings]
    told += _silent(readings, units, select)
    told = list(landscape.acknowledged(told, today))
    said = (*findings, *told, *(one for change in chosen for one in change.findings))
    whole = [target for target in landscape.targets if selection.matches(target.unit, select)]
    told += acceptances.unused(whole, readings, said, today)
    stages = _stages(chosen, landscape, orders or {})
    unreadable = any(change.action is Action.BLOCKED and _failed_read(change) for change in chosen)
    empty = any(
        reading.unreadable and reading.unreadable.failed and selection.matches(unit, select)
        for unit, reading in readings.items()
    )
    closed = any(finding.holds is Holds.UNTIL_REVIEWED for change in chosen for finding in change.findings)
    closed |= any(finding.holds is Holds.UNTIL_REVIEWED for finding in told)
    complete = not (unreadable or empty or closed)
    return Plan(
        created_at=now,
        tool_version=__version__,
        config_digest=digest(landscape, select),
        stages=stages,
        changes=_ordered(chosen, landscape, stages),
        select=tuple(select),
        findings=(
            *(finding for finding in findings if finding not in asked and _chosen(finding, landscape, select)),
            *told,
            *_quiet_pauses(chosen, readings, landscape, today),
        ),
        complete=complete,
        applyable=not closed and any(_attempted(change, landscape, today, complete) for change in chosen),
        git=git,
    )


def _silent(readings: Mapping[str, Reading], units: Collection[str], select: Sequence[str]) -> Iterator[Finding]:
    """Why a target could not be read of which nothing is declared, so that no change tells."""
    for unit, reading in sorted(readings.items()):
        if reading.unreadable and unit not in units and selection.matches(unit, select):
            yield replace(reading.unreadable, address=unit)


def _chosen(finding: Finding, landscape: Landscape, select: Sequence[str]) -> bool:
    """What is told of a target or a stage that is not selected would be told in each run about another."""
    unit = (finding.address or "").partition(":")[0]
    units = {target.unit for target in landscape.targets}
    if unit in units:
        return selection.concerns(unit, select)
    if not select or not any(relay.address == unit for relay in landscape.relays):
        return True
    stage = unit.partition("/")[0]
    return any(one.startswith(f"{stage}/") and selection.concerns(one, select) for one in units)


def _stages(changes: Sequence[Change], landscape: Landscape, orders: Mapping[str, int]) -> tuple[Stage, ...]:
    """The declared stages, and those that left the files with something applied in them: where they were last, or
    behind all others."""
    names = {stage.name for stage in landscape.stages}
    last = max((stage.order for stage in landscape.stages), default=0)
    gone = {change.address.environment for change in changes} - names
    left = [Stage(name=name, order=orders.get(name, last), protected=False) for name in sorted(gone)]
    return tuple(sorted((*landscape.stages, *left), key=lambda stage: stage.order)) if left else landscape.stages


def digest(landscape: Landscape, select: Sequence[str]) -> str:
    """SHA-256 over the effective settings of what is selected. Another checkout of the same files has the same one."""
    chosen = [one for one in landscape.desired if selection.matches(str(one.address), select)]
    units = {one.address.unit for one in chosen}
    content = {
        "desired": sorted((_canonical(one) for one in chosen), key=lambda one: str(one["address"])),
        "targets": [
            {"unit": target.unit, "kind": target.kind, "connection": _plain(target.connection)}
            | ({"prune": True} if target.prune else {})
            | ({"zone": target.zone} if target.zone else {})
            for target in sorted(landscape.targets, key=lambda target: target.unit)
            if target.unit in units or selection.matches(target.unit, select)
        ],
        "stages": [
            [stage.name, stage.order, stage.protected]
            for stage in landscape.stages
            if selection.reaches(stage.name, select)
        ],
        "policy": [landscape.policy.relay_hosts, landscape.policy.plaintext_hosts, landscape.policy.recipients],
        "stores": {name: _plain(store.options) for name, store in sorted(landscape.stores.items())},
        **({"engine": _engine(landscape.engine)} if landscape.engine else {}),
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    text = text.replace(json.dumps(f"{landscape.base}/", ensure_ascii=False)[1:-1], "./")
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _engine(one: EngineSpec) -> object:
    """Who answers for which zone; how long anybody waits is no part of what a plan says."""
    said = {name: _plain(getattr(one, name)) for name in _ENGINE}
    return {**said, "zones": {name: zone.key for name, zone in sorted(one.zones.items())}}


def _canonical(one: Desired) -> dict[str, object]:
    return {
        "address": str(one.address),
        "settings": {field: codec.value(value) for field, value in one.settings.items()},
        "handshake": {field: codec.value(value) for field, value in one.handshake.items()},
        "adopt": [one.adopt.name, one.adopt.id] if one.adopt else None,
        "moved_from": one.moved_from and str(one.moved_from),
    }


def _plain(tree: Tree) -> object:
    if isinstance(tree, SecretRef):
        return codec.value(tree)
    if isinstance(tree, Mapping):
        return {key: _plain(value) for key, value in tree.items()}
    return [_plain(value) for value in tree] if isinstance(tree, tuple) else tree


def _quiet_pauses(
    changes: Sequence[Change], readings: Mapping[str, Reading], landscape: Landscape, today: str
) -> Iterator[Finding]:
    """Every run shows a pause; where something would be written, its change tells."""
    told = {change.address.unit for change in changes if change.writes}
    for unit in sorted(readings.keys() - told):
        if paused := landscape.pause(unit, today):
            yield _paused(paused, unit, f"{unit} is ")


def _paused(paused: Paused, address: str, subject: str = "") -> Finding:
    return Finding(
        severity=Severity.NOTE,
        rule="paused",
        address=address,
        where=paused.position,
        what=f"{subject}paused until {paused.until}: {paused.reason}",
        why="planned, but not written while it is paused",
    )


def _attempted(change: Change, landscape: Landscape, today: str, complete: bool) -> bool:
    """To forget what left the files is reason enough to apply only where everything could be read: it may have moved
    to where nobody answers."""
    if change.action is Action.RELEASED:
        return complete
    return change.writes and not landscape.pause(change.address.unit, today)


def _guarded(change: Change, landscape: Landscape, today: str, declared: Sequence[Finding]) -> Change:
    """`declared` are the risks that the files themselves show: who writes such a resource asks for them by name."""
    desired = landscape.by_address.get(change.address)
    mine = [risk for risk in declared if change.writes and risk.address == str(change.address)]
    own = relevant.findings(mine, change.fields)
    paused = landscape.pause(change.address.unit, today)
    risks = (*change.risks, *own, *_guards(change, desired, landscape.protected(change.address.environment)))
    note = _paused(paused, str(change.address)) if paused and change.writes else None
    remarks = guard.answer_or_finding(str(change.address), lambda: _remarks(change, landscape)) if change.writes else ()
    if isinstance(remarks, Finding):  # a platform that raises is not asked to write
        return replace(change, action=Action.BLOCKED, findings=(*change.findings, remarks))
    if paused:  # nothing is written, so nobody has to accept anything
        risks = ()
    told = landscape.acknowledged((*change.findings, *remarks, *((note,) if note else ())), today)
    return replace(change, risks=risks, findings=told)


def _remarks(change: Change, landscape: Landscape) -> tuple[Finding, ...]:
    """How the platform will carry it out, where that is worth a word."""
    if (remarks := guard.platform(change.kind).remarks) is None:
        return ()
    target = landscape.by_unit.get(change.address.unit)
    return () if target is None else tuple(remarks(change, target.connection))


def _guards(change: Change, desired: Desired | None, protected: bool) -> Iterator[Finding]:
    if change.action is Action.ARCHIVE and protected:
        yield _risk(
            change.address,
            "archive",
            f"{change.address} would be archived in a protected environment",
            "it is not declared; mail that uses it would stop",
        )
    routed = desired is not None and relays.has_route(desired.handshake)
    if change.writes and desired and routed and desired.handshake.get("verify.from") == "nowhere":
        yield _risk(
            change.address,
            "unverified",
            "nothing would prove that mail can be sent this way (verify.from: nowhere)",
            "without a handshake, a mistake is noticed only when mail does not arrive",
        )


def _risk(address: Address, rule: str, what: str, why: str) -> Finding:
    return Finding(
        severity=Severity.RISK, rule=rule, address=str(address), what=what, why=why, fix=f"apply with --allow {rule}"
    )


def _failed_read(change: Change) -> bool:
    """Blocked by something that could not be read, not by a decision that is missing."""
    return any(finding.failed for finding in change.findings)


def _ordered(changes: Sequence[Change], landscape: Landscape, stages: Sequence[Stage]) -> tuple[Change, ...]:
    order = {stage.name: index for index, stage in enumerate(stages)}
    place = {one.address: index for index, one in enumerate(landscape.desired)}
    return tuple(
        sorted(
            changes,
            key=lambda change: (
                order[change.address.environment],
                change.address.unit,
                place.get(change.address, len(place)),
                str(change.address),
            ),
        )
    )
