"""Judges declarations against each other: declared twice, copied, moved and kept, or paused too long. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.address import Resource
from reconciler.model.finding import Finding, Severity
from reconciler.model.landscape import DeclaredRelay, Landscape
from reconciler.model.settings import Desired
from reconciler.model.source import Position


def findings(landscape: Landscape, today: str) -> Iterator[Finding]:
    """`today` is a date, YYYY-MM-DD; it decides which pauses and acceptances have expired."""
    yield from _declared_twice(landscape)
    yield from _copied_stages(landscape)
    yield from _moved(landscape)
    yield from _pauses(landscape, today)
    yield from _acceptances(landscape, today)


def _declared_twice(landscape: Landscape) -> Iterator[Finding]:
    """One for each pair of targets: most often one of them is a copy with the connection of the other."""
    first: dict[tuple[str, Resource], Desired] = {}
    clashes: dict[tuple[str, str], list[tuple[Desired, Desired]]] = {}
    for desired in landscape.desired:
        other = first.setdefault((desired.installation, desired.address.resource), desired)
        if other is not desired:
            clashes.setdefault((desired.address.unit, other.address.unit), []).append((desired, other))
    for (unit, other_unit), pairs in clashes.items():
        desired, other = pairs[0]
        names = ", ".join(str(one.address.resource) for one, _ in pairs)
        yield Finding(
            severity=Severity.ERROR,
            rule="declared-twice",
            address=str(desired.address),
            where=desired.position,
            what=f"{names}: declared in {unit} and in {other_unit}, and both are {desired.installation}",
            why=f"two declarations of one object would undo each other; the first is at {other.position}",
            fix="correct one of the two connections, or remove one declaration",
        )


def _copied_stages(landscape: Landscape) -> Iterator[Finding]:
    """A stage that is none of production, with the order and a login of one that is: its file was copied."""
    orders = {stage.name: stage.order for stage in landscape.stages}
    protected = {stage.name for stage in landscape.stages if stage.protected}
    if not protected or len(set(orders.values())) == len(orders):
        return
    logins = {
        (orders[one.environment], login): one
        for one in landscape.relays
        if one.environment in protected and (login := _login(one))
    }
    told: set[str] = set()
    for one in landscape.relays:
        theirs = logins.get((orders[one.environment], login)) if (login := _login(one)) else None
        if theirs is None or one.environment in protected | told:
            continue
        told.add(one.environment)
        yield Finding(
            severity=Severity.WARNING,
            rule="like-protected",
            address=one.address,
            where=one.position,
            what=f"{one.environment} has the order and a login of {theirs.environment}, which is protected",
            why=f"it looks like a copy: a login of {theirs.environment} without the rules of {theirs.environment}",
            fix=f"give {one.environment} an order and a login of its own, or protected: true",
        )


def _login(one: DeclaredRelay) -> tuple[object, ...] | None:
    """Where it logs in and as whom; None where nobody does."""
    found = tuple(one.settings.get(field) for field in ("host", "username", "password", "oauth2.client_secret"))
    return found if any(found[2:]) else None


def _moved(landscape: Landscape) -> Iterator[Finding]:
    declared = {(one.installation, one.address.resource): one.position for one in landscape.desired}
    takers: dict[tuple[str, Resource], Position] = {}
    for desired in landscape.desired:
        if (former := desired.moved_from) is None:
            continue
        thing = (desired.installation, former)
        taker = takers.setdefault(thing, desired.position)
        if former == desired.address.resource:
            yield _wrong_move(desired, f"{former.key} is its current key", "nothing moves", "remove moved_from")
        elif thing in declared:
            why = f"a resource cannot be moved while its old key is still declared, at {declared[thing]}"
            yield _wrong_move(desired, f"{former.key} is still declared", why, f"remove {former}, or moved_from")
        elif taker != desired.position:
            why = f"one resource cannot become two; it is already moved at {taker}"
            yield _wrong_move(desired, f"{former.key} is already moved elsewhere", why, "remove one moved_from")


def _wrong_move(desired: Desired, what: str, why: str, fix: str) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        rule="moved-from",
        address=str(desired.address),
        field="moved_from",
        where=desired.position,
        what=f"moved_from: {what}",
        why=why,
        fix=fix,
    )


def _pauses(landscape: Landscape, today: str) -> Iterator[Finding]:
    for target in landscape.targets:
        if target.paused and target.paused.until < today:
            yield Finding(
                severity=Severity.WARNING,
                rule="pause-expired",
                address=target.unit,
                field="paused",
                where=target.paused.position,
                what=f"paused: ended on {target.paused.until}, so {target.unit} is applied again",
                why=f"it was paused for: {target.paused.reason}",
                fix="remove paused, or set a later date",
            )


def _acceptances(landscape: Landscape, today: str) -> Iterator[Finding]:
    for target in landscape.targets:
        for one in target.accept:
            if one.accepted.until < today:
                yield Finding(
                    severity=Severity.WARNING,
                    rule="acceptance-expired",
                    address=target.unit,
                    field="accept",
                    where=one.position,
                    what=f"accept.{one.rule}: ended on {one.accepted.until}, so {one.rule} is a warning again",
                    why=f"it was accepted for: {one.accepted.reason}",
                    fix="correct what it warns of, or set a later date",
                )
