"""Handshakes as text for people and as data for programs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from reconciler.model.handshake import CheckStatus, Handshake, Status
from reconciler.model.text.place import place
from reconciler.views.handshakes import findings
from reconciler.views.paper import Paper
from reconciler.views.printable import Printable

if TYPE_CHECKING:
    from reconciler.model.source import Position

WORDS = {Status.PASS: "ok", Status.WARN: "warn", Status.FAIL: "FAIL", Status.INCONCLUSIVE: "inconclusive"}
_KINDS = {Status.PASS: "ok", Status.WARN: "!", Status.FAIL: "error", Status.INCONCLUSIVE: "?"}
_COUNTED = {Status.PASS: "ok", Status.WARN: "warning", Status.FAIL: "failed", Status.INCONCLUSIVE: "inconclusive"}
PROVEN = (Status.PASS, Status.WARN)
_EXPIRY, _DAYS = "SMTP206", re.compile(r"certificate \d+ (day|hour)s?")  # the check, and its evidence
ORDER = {status: at for at, status in enumerate((Status.FAIL, Status.INCONCLUSIVE, Status.WARN, Status.PASS))}
_NARROWEST = 76
_FEW = 3  # relays that are told one by one, though all was said of another
_NOWHERE: Mapping[str, Position] = MappingProxyType({})
_NOBODY: Mapping[str, Sequence[str]] = MappingProxyType({})


def text(handshakes: Sequence[Handshake], paper: Paper, *, declared: Mapping[str, Position] = _NOWHERE) -> Printable:
    """A line for each relay that is well, a paragraph for each other, and the count.

    `declared` has the places of relays in the files, by name.
    """
    told = lines(handshakes, paper, declared=declared)
    for found in handshakes:
        if found.relay is None and found.predicted:  # of declared relays the checks tell it
            from reconciler.views.handshakes import predicted

            told += predicted.lines(found, paper, max(paper.width, _NARROWEST))
    return paper.finish([*told, "", count(handshakes)] if told else [count(handshakes)])


def lines(handshakes: Sequence[Handshake], paper: Paper, *, declared: Mapping[str, Position] = _NOWHERE) -> list[str]:
    """Without the count, as apply shows them."""
    width = max(paper.width, _NARROWEST)
    shown: list[str] = []
    told: findings.Told = {}
    alike: dict[tuple[Status, tuple[str, ...]], list[str]] = {}
    for found, row in zip(handshakes, _rows(handshakes, width), strict=True):
        word, rest, below = row
        known = len(told)
        paragraph = list(findings.lines(found, told, name=name(found), width=width))
        if len(told) == known and paragraph:  # all of it was told of another relay
            same = alike.setdefault((found.status, tuple(paragraph)), [])
            same.append(name(found))
            if len(same) > _FEW:
                continue
        shown.append(f"  {paper.paint(word, _KINDS[found.status])}  {rest}".rstrip())
        shown += findings.wrapped(below, width, indent=8)
        shown += paragraph
        if len(told) > known or not paragraph:
            shown += _end(found, declared.get(found.relay or ""), width)
    return [*shown, *_more(alike, paper, width)]


def _more(alike: Mapping[tuple[Status, tuple[str, ...]], list[str]], paper: Paper, width: int) -> Iterator[str]:
    """Relays of which nothing is left to say but that it is with them as with those before."""
    for (status, paragraph), names in alike.items():
        left = names[_FEW:]
        if not left:
            continue
        told = f"{', '.join(left[:_FEW])}{f' and {len(left) - _FEW} more' if len(left) > _FEW else ''}"
        relays = f"{len(left)} more relay{'s' if len(left) > 1 else ''}"
        yield f"  {paper.paint(WORDS[status], _KINDS[status])}  {relays}: {told}"
        yield from findings.wrapped(" ".join(map(str.strip, paragraph)), width, indent=8)


def document(
    handshakes: Sequence[Handshake],
    *,
    declared: Mapping[str, Position] = _NOWHERE,
    users: Mapping[str, Sequence[str]] = _NOBODY,
) -> dict[str, Any]:
    """`users` has the resources that use a relay, by its name."""
    from reconciler.model.runs import codec  # which knows plans and states too

    return {"handshakes": codec.handshakes(handshakes, declared, users)}


def name(found: Handshake) -> str:
    """The relay's name, or where it is when it was given ad hoc."""
    return found.relay or place(found.host, found.port)


def _rows(handshakes: Sequence[Handshake], width: int) -> Iterator[tuple[str, str, str]]:
    """The status word, the columns after it, and what was too long for them: nothing is cut."""
    proven = [found for found in handshakes if found.status in PROVEN]
    words = _widest(WORDS[found.status] for found in handshakes)
    names = _widest(found.relay or "" for found in handshakes)
    places = _widest(place(one.host, one.port) for one in proven)
    times = _widest(map(_total, proven))
    days = _widest(map(_certificate, proven))
    room = width - sum(column + 2 for column in (words, names, places, times)) - 2
    if room - days < _widest(map(_detail, proven)):  # a certificate that is well gives way to what was proven
        days = 0
    room -= days
    column = _widest(detail for found in proven if len(detail := _detail(found)) <= room)
    for found in handshakes:
        row = f"{found.relay or '':<{names}}  " if names else ""
        row += f"{place(found.host, found.port):<{places}}"
        detail = _detail(found)
        if found.status in PROVEN:
            end = f"{_total(found):>{times}}{_certificate(found) if days else ''}"
            fits = len(detail) <= room
            row += f"  {detail if fits else '':<{column}}  {end}" if column else f"  {end}"
        elif fits := words + len(row) + len(detail) + 6 <= width:
            row += f"  {detail}"
        yield f"{WORDS[found.status]:<{words}}", row, "" if fits else detail


def _widest(values: Iterable[str]) -> int:
    return max(map(len, values), default=0)


def _detail(found: Handshake) -> str:
    proven = found.summary if found.status in PROVEN else f"via {found.via}" if found.via else ""
    if found.zone is None:
        return proven
    from reconciler.views.handshakes import places  # with one network there is one place

    return places.seen_from(found, proven)


def _total(found: Handshake) -> str:
    return _ms(sum(step.ms for step in found.steps))


def _certificate(found: Handshake) -> str:
    """What follows the time, where the line does not tell it already."""
    told = (check.evidence or "" for check in found.checks if (check.id, check.status) == (_EXPIRY, CheckStatus.PASS))
    return next((f", {days}" for days in told if _DAYS.fullmatch(days)), "")


def _ms(ms: float) -> str:
    return f"{ms:.0f} ms" if ms >= 1 else "<1 ms"


def _end(found: Handshake, where: Position | None, width: int) -> Iterator[str]:
    if found.status is not Status.PASS and where is not None:
        yield from findings.wrapped(str(where), width, indent=18, label=f"{'':8}declared  ")
    if found.status not in PROVEN and found.steps:
        steps = ", ".join(f"{step.name} {_ms(step.ms)}" for step in found.steps)
        yield from findings.wrapped(steps, width, indent=8)


def count(handshakes: Sequence[Handshake]) -> str:
    counts = Counter(found.status for found in handshakes)
    relays = "1 relay" if len(handshakes) == 1 else f"{len(handshakes)} relays"
    parts = [
        f"{counts[status]} {word}{'s' if word == 'warning' and counts[status] > 1 else ''}"
        for status, word in _COUNTED.items()
        if counts[status]
    ]
    return f"{relays}: {', '.join(parts)}." if parts else f"{relays}."
