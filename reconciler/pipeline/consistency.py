"""Judges declarations against each other: what is declared twice, moved and kept, paused, or stored nowhere. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from reconciler.model.finding import Finding, Severity
from reconciler.model.landscape import Landscape
from reconciler.model.secret import ENV_STORE, FILE_STORE, SecretRef
from reconciler.model.settings import Origin, Settings
from reconciler.model.source import Position
from reconciler.pipeline import flatten


def findings(landscape: Landscape, today: str) -> Iterator[Finding]:
    """`today` is a date, YYYY-MM-DD; it decides which pauses have expired."""
    yield from _declared_twice(landscape)
    yield from _moved(landscape)
    yield from _stores(landscape)
    yield from _pauses(landscape, today)


def _declared_twice(landscape: Landscape) -> Iterator[Finding]:
    first: dict[tuple[str, object], Position] = {}
    for desired in landscape.desired:
        where = first.setdefault((desired.installation, desired.address.resource), desired.position)
        if where != desired.position:
            yield Finding(
                severity=Severity.ERROR,
                rule="declared-twice",
                address=str(desired.address),
                where=desired.position,
                what=f"{desired.address.resource}: declared a second time for {desired.installation}",
                why=f"two declarations of one thing would undo each other; the first is in {where}",
                fix="keep one of them",
            )


def _moved(landscape: Landscape) -> Iterator[Finding]:
    declared = {(desired.installation, desired.address.resource) for desired in landscape.desired}
    for desired in landscape.desired:
        if desired.moved_from and (desired.installation, desired.moved_from) in declared:
            yield Finding(
                severity=Severity.ERROR,
                rule="moved-from-declared",
                address=str(desired.address),
                field="moved_from",
                where=desired.position,
                what=f"moved_from: {desired.moved_from.key} is still declared",
                why="a resource cannot move away and stay",
                fix=f"remove {desired.moved_from}, or remove moved_from",
            )


def _stores(landscape: Landscape) -> Iterator[Finding]:
    for ref, where in _references(landscape):
        if ref.store in (ENV_STORE, FILE_STORE) or ref.store in landscape.stores:
            continue
        near = get_close_matches(ref.store, landscape.stores, n=1)
        yield Finding(
            severity=Severity.ERROR,
            rule="unknown-store",
            where=where,
            what=f"{ref}: there is no secret store named {ref.store}",
            why=f"stores are declared in reconciler.yaml; there: {', '.join(sorted(landscape.stores)) or 'none'}",
            fix=f"did you mean store: {near[0]}?" if near else f"declare secret_stores.{ref.store} there",
        )


def _references(landscape: Landscape) -> Iterator[tuple[SecretRef, Position]]:
    for target in landscape.targets:
        for ref in flatten.secrets_in(target.connection):
            yield ref, target.connection_position
    owners: tuple[tuple[Settings, Mapping[str, Origin], Position], ...] = (
        *((relay.settings, relay.origin, relay.position) for relay in landscape.relays),
        *((desired.handshake, desired.origin, desired.position) for desired in landscape.desired),
    )
    for settings, origin, position in owners:
        for field, value in settings.items():
            if isinstance(value, SecretRef):
                yield value, origin[field].position if field in origin else position


def _pauses(landscape: Landscape, today: str) -> Iterator[Finding]:
    for target in landscape.targets:
        if target.paused and target.paused.until < today:
            yield Finding(
                severity=Severity.WARNING,
                rule="pause-expired",
                address=target.unit,
                field="paused",
                where=target.paused.position,
                what=f"paused: ended on {target.paused.until}; {target.unit} is written again",
                why=f"it was paused because: {target.paused.reason}",
                fix="remove paused, or set a later date",
            )
