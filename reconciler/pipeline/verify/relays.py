"""Which relays a verify is about, where they are declared, and what the level that it asks for needs of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from reconciler.model.finding import Finding, by_place
from reconciler.model.handshake import Level, Relay
from reconciler.model.landscape import Landscape
from reconciler.model.settings import Desired
from reconciler.model.source import Position
from reconciler.pipeline import selection
from reconciler.pipeline.policy import completeness, subjects
from reconciler.pipeline.resolve import relays
from reconciler.pipeline.verify import as_platform


def chosen(land: Landscape, patterns: tuple[str, ...], asked: Callable[[Relay], Relay]) -> list[Relay]:
    """Every declared relay under its own name, and the routes of resources that equal none of them, each once.

    `asked` says what the command line wants of a relay; without a `via` in it, what is `not_verified_here` is left out.
    Raises UsageError for a pattern that selects nothing.
    """
    known = [*(one.address for one in land.relays), *(str(one.address) for one in land.desired)]
    selection.check(patterns, known, [target.unit for target in land.targets])
    away = not_verified_here(land, patterns)
    declared = [(one.address, one.relay) for one in land.relays]
    found = [one for one in _named(declared, patterns, asked) if one.via or one.name not in away]
    questions = {_question(relay): at for at, relay in reversed(list(enumerate(found)))}
    for one, relay in _used(land, asked):
        question, selected = _question(relay), selection.matches(str(one.address), patterns)
        if (at := questions.get(question)) is not None:
            found[at] = as_platform.merged(found[at], as_platform.as_used(relay, one, land))
        elif selected and (relay.via or str(one.address) not in away):
            questions[question] = len(found)
            found.append(as_platform.as_used(relay, one, land))
    return found


def _used(land: Landscape, asked: Callable[[Relay], Relay]) -> Iterator[tuple[Desired, Relay]]:
    """The routes of resources, under their names."""
    for one in land.desired:
        if (relay := relays.relay(one.handshake, str(one.address), protected=one.protected)) is not None:
            yield one, replace(asked(relay), name=str(one.address))


def not_verified_here(land: Landscape, patterns: tuple[str, ...]) -> Mapping[str, str]:
    """What answers somewhere else only, and what `verify.from` says of it: platform or nowhere."""
    said = {one.address: one.settings.get("verify.from") for one in land.relays if one.relay is not None}
    said |= {str(one.address): one.handshake.get("verify.from") for one in land.desired if _routed(one)}
    return {
        address: str(origin)
        for address, origin in said.items()
        if origin not in (None, "here") and selection.matches(address, patterns)
    }


def places(land: Landscape) -> Mapping[str, Position]:
    """By the names that `chosen` gives."""
    routes = {str(one.address): one.position for one in land.desired}
    return {**routes, **{one.address: one.position for one in land.relays}}


def users(land: Landscape, found: Iterable[Relay], asked: Callable[[Relay], Relay]) -> tuple[tuple[str, str, str], ...]:
    """Which target, of which platform, sends mail through which of the `found` relays: the names of all three."""
    questions = {relay.name or "": _question(relay) for relay in found}
    first = {question: name for name, question in reversed(questions.items())}
    through: dict[tuple[str, str, str], None] = {}
    for one in land.desired:
        if (route := relays.relay(one.handshake, None, protected=one.protected)) is not None:
            question, its_own = _question(asked(route)), f"{one.address.environment}/{one.relay}"
            name = its_own if questions.get(its_own) == question else first.get(question)
            if name is not None:
                through[one.address.unit, one.kind, name] = None
    return tuple(through)


def missing_for_level(land: Landscape, found: Iterable[Relay], level: Level) -> tuple[Finding, ...]:
    """What the files would have to say for `level`, which the command line asks for."""
    names = {relay.name for relay in found}
    asked = [subject for subject in subjects.subjects(land) if subject.address in names]
    return by_place(completeness.at_level(asked, level))


def concerns(finding: Finding, land: Landscape, patterns: tuple[str, ...], level: Level | None) -> bool:
    """Whether it is about a handshake of this run, and no `level` of the command line settles it."""
    field = finding.field or ""
    if field != "ca_file" and (level is not None or not field.startswith("verify.")):
        return False
    origins = [one.origin for one in land.relays if selection.matches(one.address, patterns)]
    origins += [one.origin for one in land.desired if selection.matches(str(one.address), patterns)]
    return any(finding.where in (one.position, one.key) for origin in origins for one in origin.values())


def _routed(one: Desired) -> bool:
    return relays.relay(one.handshake, None) is not None


def _named(
    pairs: Iterable[tuple[str, Relay | None]], patterns: tuple[str, ...], asked: Callable[[Relay], Relay]
) -> Iterable[Relay]:
    for address, relay in pairs:
        if relay is not None and selection.matches(address, patterns):
            yield replace(asked(relay), name=address)


def _question(relay: Relay) -> Relay:
    """Who uses a relay, and as which sender, matters only where it is asked for."""
    if relay.level.rank < Level.ENVELOPE.rank and not relay.dns:
        relay = replace(relay, sender=None, recipient=None, size=None, dkim_selectors=(), resolver=None)
    return replace(relay, name=None, clients=(), senders=(), waits=())
