"""Which mail server Odoo takes for a mail, and what about that would surprise: findings, few and short. Pure.

Odoo looks at active servers in the order of priority, then id: first for one whose from_filter has the very From
address, then its domain; then both with the company's default-from; then for one without filter; then it takes the
first. There is no failover.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from reconciler.model.finding import Holds, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An active mail server. `key` is None for one that nobody declares; `pinned`: templates or mailings name it."""

    id: int
    name: str
    key: str | None
    priority: int
    filters: tuple[str, ...]
    pinned: bool = False

    def __str__(self) -> str:
        return self.key or f"“{self.name}” (id {self.id})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surprise:
    severity: Severity
    rule: str
    what: str
    why: str
    fix: str
    holds: Holds = Holds.ALWAYS


def surprises(servers: Sequence[Candidate], default_senders: Collection[str]) -> Iterator[Surprise]:
    """`servers` are those for everybody, in Odoo's order."""
    if any(server.key for server in servers):
        yield from _same_priority(servers)
        yield from _unmanaged(servers)
        yield from _never_chosen(servers)
    yield from _without_unfiltered(servers, default_senders)


def _same_priority(servers: Sequence[Candidate]) -> Iterator[Surprise]:
    told: set[int] = set()
    for server in servers:
        twins = [one for one in servers if one.priority == server.priority and _compete(one, server)]
        if len(twins) > 1 and server.id not in told and any(twin.key for twin in twins):
            told |= {twin.id for twin in twins}
            yield Surprise(
                severity=Severity.WARNING,
                rule="same-priority",
                what=f"{' and '.join(map(str, twins))} have the same priority, {server.priority}",
                why="Odoo then takes the one created first, whatever the files say",
                fix="give each its own priority",
            )


def _unmanaged(servers: Sequence[Candidate]) -> Iterator[Surprise]:
    for place, server in enumerate(servers):
        if server.key is not None:
            continue
        if not server.filters:
            losers = [one for one in servers[place:] if one.key and not one.filters and one.priority != server.priority]
            taken = f"comes before {losers[0]}" if losers else ""
        else:
            ours = [one for one in servers if one.key]
            entries = [entry for entry in server.filters if _takes(server, entry, servers[:place], ours)]
            taken = f"takes the mail from {', '.join(entries)}" if entries else ""
        if taken:
            yield Surprise(
                severity=Severity.WARNING,
                rule="unmanaged-wins",
                what=f"{server}, which is not declared, {taken}",
                why="a from_filter beats every priority" if server.filters else "the lowest priority wins",
                fix="archive it in Odoo, adopt it, or prune: true",
                holds=Holds.AS_DRIFT,
            )


def _takes(server: Candidate, entry: str, before: Sequence[Candidate], ours: Sequence[Candidate]) -> bool:
    """Whether ours would get the mail from this address or domain if that server were not there."""
    if any(entry in one.filters for one in before):
        return False
    others = [one for one in ours if one.priority != server.priority or not _compete(one, server)]
    return any(not one.filters or entry in one.filters or entry.rpartition("@")[2] in one.filters for one in others)


def _never_chosen(servers: Sequence[Candidate]) -> Iterator[Surprise]:
    """Ours behind ours: Odoo has no failover, so the second is there for templates that name it, or for nothing."""
    for place, server in enumerate(servers):
        before = [one for one in servers[:place] if one.key and one.priority != server.priority]
        if server.key is None or server.pinned:
            continue
        if server.filters:
            hidden = all(any(entry in one.filters for one in before) for entry in server.filters)
        else:
            hidden = any(not one.filters for one in before)
        if hidden:
            yield Surprise(
                severity=Severity.NOTE,
                rule="never-chosen",
                what=f"Odoo never selects {server} by itself: {next(one for one in before if _compete(one, server))} "
                "comes before it, and there is no failover",
                why="it is used only by templates and mailings that name it",
                fix="change its from_filter, or lower its priority",
            )


def _without_unfiltered(servers: Sequence[Candidate], default_senders: Collection[str]) -> Iterator[Surprise]:
    if not servers or not all(server.filters for server in servers):
        return
    covered = {entry for server in servers for entry in server.filters}
    if any(covered & {sender, sender.rpartition("@")[2]} for sender in default_senders):
        return  # mail from elsewhere is sent from there
    yield Surprise(
        severity=Severity.WARNING,
        rule="no-unfiltered-server",
        what=f"every active mail server has a from_filter; mail from any other address goes through {servers[0]}",
        why="Odoo then takes the first one, and a relay may refuse that sender",
        fix="leave from_filter out of one, or declare an alias_domains default_from that one of the filters covers",
    )


def _compete(one: Candidate, other: Candidate) -> bool:
    if one.filters and other.filters:
        return not set(one.filters).isdisjoint(other.filters)
    return one.filters == other.filters
