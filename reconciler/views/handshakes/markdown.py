"""Handshakes as Markdown, for a ticket, a comment or the summary of a CI job, within the bytes that fit there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from reconciler.model.handshake import CheckResult, CheckStatus, Handshake
from reconciler.model.source import Position
from reconciler.model.text.place import place
from reconciler.views.handshakes import places
from reconciler.views.handshakes import text as view
from reconciler.views.markdown import code, prose, table
from reconciler.views.paper import plural
from reconciler.views.plans.page import LIMIT, Block, Link, Page, Room, nowhere, size

_TOLD = (CheckStatus.FAIL, CheckStatus.INCONCLUSIVE, CheckStatus.WARN)  # the worst first
_HEAD = ("relay", "at", "result", "certificate")
_FEW = 3  # relays that are named
_Same = tuple[CheckResult, list[Handshake]]
_END = 200  # bytes for what is said of that which did not fit
_NOWHERE: Mapping[str, Position] = MappingProxyType({})


def text(
    handshakes: Sequence[Handshake],
    *,
    limit: int = LIMIT,
    link: Link = nowhere,
    declared: Mapping[str, Position] = _NOWHERE,
) -> str:
    """`limit` is in bytes, `link` gives the address of a place in the files; `declared` has those of relays by name."""
    head = f"**{view.count(handshakes)}**"  # numbers and words of ours
    room = Room(left=limit - size([head]) - _END)
    found = lines(handshakes, Page(limit=limit, link=link), room, declared=declared)
    missing = (
        [f"Not shown, for want of room: {room.missing} more. `--format json` has them all."] if room.missing else []
    )
    return "\n\n".join([head, *("\n".join(block) for block in found if block), *missing]) + "\n"


def lines(
    handshakes: Sequence[Handshake], page: Page, room: Room, *, declared: Mapping[str, Position] = _NOWHERE
) -> list[Block]:
    """What is wrong, once for each cause, then a row for each relay; of what does not fit, `room` knows how many."""
    told = room.fill(_causes(handshakes), lambda same: [_item(same, page, declared)], between=1)
    room.left -= size(table(_HEAD, ())) + 4
    ordered = sorted(handshakes, key=lambda one: view.ORDER[one.status])
    rows = room.fill(ordered, lambda one: [f"| {' | '.join(_row(one))} |"], between=1)
    listed = [*table(_HEAD, ()), *(line for row in rows for line in row)] if rows else []
    return [[line for item in told for line in item], listed, _applications(handshakes, room)]


def _applications(handshakes: Sequence[Handshake], room: Room) -> Block:
    """What they would come to at a relay that no file declares; of others the checks tell it."""
    asked = [one for found in handshakes if found.relay is None for one in found.predicted]
    if not asked:
        return []
    from reconciler.views.handshakes import predicted

    room.left -= size(table(predicted.COLUMNS, ())) + 4
    rows = room.fill(asked, lambda one: [f"| {' | '.join(predicted.cells(one))} |"], between=1)
    return [*table(predicted.COLUMNS, ()), *(line for row in rows for line in row)]


def _causes(handshakes: Sequence[Handshake]) -> list[_Same]:
    """What was found, the worst first, each with the relays of which it was."""
    found: dict[CheckResult, list[Handshake]] = {}
    for status in _TOLD:
        for one in handshakes:
            for check in one.checks:
                if check.status is status:
                    found.setdefault(check, []).append(one)
    return list(found.items())


def _item(same: _Same, page: Page, declared: Mapping[str, Position]) -> str:
    check, of = same
    names = [code(view.name(one)) for one in of[:_FEW]]
    names += [f"{len(of) - _FEW} more"] if len(of) > _FEW else []
    where = declared.get(of[0].relay or "")
    names += [page.place(where)] if where and len(of) == 1 else []
    more = [("evidence", check.evidence), ("advice", check.advice)]
    said = [f"{word}: {prose(told)}" for word, told in more if told]
    return "<br>".join([f"- **{check.status}: {code(check.id)} at {', '.join(names)}**: {prose(check.told)}", *said])


def _row(one: Handshake) -> Sequence[str]:
    via = f" via {code(one.via)}" if one.via else ""
    seen = f", {prose(places.seen_from(one))}" if one.zone else ""
    bad = sum(check.status in _TOLD for check in one.checks)
    detail = prose(one.summary) if one.status in view.PROVEN and one.summary else plural(bad, "finding")
    return (
        code(one.relay) if one.relay else "–",  # from the command line: its place is its name
        f"{code(place(one.host, one.port))}{via}{seen}",
        f"**{view.WORDS[one.status]}** {detail}",
        _certificate(one),
    )


def _certificate(one: Handshake) -> str:
    return f"ends {code(one.certificate.expires[:10])}" if one.certificate else ""
