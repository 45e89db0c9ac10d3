"""Handshakes as text for people and as data for programs."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import click

from reconciler.model.handshake import CheckResult, CheckStatus, Handshake, Status

_WORDS = {Status.PASS: "ok", Status.WARN: "warn", Status.FAIL: "FAIL", Status.INCONCLUSIVE: "inconclusive"}
_COLOURS = {Status.PASS: "green", Status.WARN: "yellow", Status.FAIL: "red", Status.INCONCLUSIVE: "magenta"}
_COUNTED = {Status.PASS: "ok", Status.WARN: "warning", Status.FAIL: "failed", Status.INCONCLUSIVE: "inconclusive"}
_ON_ONE_LINE = (Status.PASS, Status.WARN)
_BAD = (CheckStatus.FAIL, CheckStatus.INCONCLUSIVE, CheckStatus.WARN)
_SAFE = "SMTP301"  # as information, it says that no credential left
_EXPIRY, _DAYS = "SMTP206", re.compile(r"certificate \d+ days?")  # the check, and its evidence
_DECISIVE = ("SMTP302", "SMTP400")  # skipped only behind a lowered check that has ended the session
_BETWEEN, _CUT = " · ", "…"
_NARROWEST = 76


def text(handshakes: Sequence[Handshake], *, width: int, color: bool) -> str:
    """A line for each relay that is well, a paragraph for each other, and the count."""
    told = lines(handshakes, width=width, color=color)
    return "\n".join([*told, "", _count(handshakes)] if told else [_count(handshakes)])


def lines(handshakes: Sequence[Handshake], *, width: int, color: bool) -> list[str]:
    """Without the count, as apply shows them."""
    width = max(width, _NARROWEST)
    told: list[str] = []
    for found, row in zip(handshakes, _rows(handshakes, width), strict=True):
        word, rest = row
        told += [f"  {click.style(word, fg=_COLOURS[found.status])}  {rest}".rstrip(), *_paragraph(found, width)]
    return told if color else [click.unstyle(line) for line in told]


def as_json(handshakes: Sequence[Handshake]) -> dict[str, Any]:
    return {"handshakes": [_as_dict(found) for found in handshakes]}


def place(found: Handshake) -> str:
    host = f"[{found.host}]" if ":" in found.host else found.host
    return f"{host}:{found.port}"


def name(found: Handshake) -> str:
    """The relay's name, or where it is when it was given ad hoc."""
    return found.relay or place(found)


def _rows(handshakes: Sequence[Handshake], width: int) -> Iterator[tuple[str, str]]:
    """The status word and the columns after it."""
    words = max((len(_WORDS[found.status]) for found in handshakes), default=0)
    names = max((len(found.relay or "") for found in handshakes), default=0)
    places = max((len(place(found)) for found in handshakes if found.status in _ON_ONE_LINE), default=0)
    times = max((len(_total(found)) for found in handshakes if found.status in _ON_ONE_LINE), default=0)
    days = max((len(_certificate(found)) for found in handshakes), default=0)
    wanted = max((len(_detail(found)) for found in handshakes), default=0)
    room = width - sum(column + 2 for column in (words, names, places, times)) - 2
    if room - days < wanted:  # where it is narrow, a certificate that is well gives way to what was proven
        days = 0
    room = min(max(room - days, 10), wanted)
    for found in handshakes:
        relay = f"{found.relay or '':<{names}}  " if names else ""
        row = f"{relay}{place(found):<{places}}"
        if found.status in _ON_ONE_LINE:
            end = f"{_total(found):>{times}}{_certificate(found) if days else ''}"
            row += f"  {_shortened(_detail(found), room):<{room}}  {end}"
        elif found.via:
            row += "  " + _shortened(f"via {found.via}", width - words - len(row) - 6)
        yield f"{_WORDS[found.status]:<{words}}", row


def _detail(found: Handshake) -> str:
    if found.status is Status.WARN:
        return _headline(_bad(found)[0]) + (f", via {found.via}" if found.via else "")
    return found.summary if found.status is Status.PASS else ""


def _total(found: Handshake) -> str:
    return _ms(sum(step.ms for step in found.steps))


def _certificate(found: Handshake) -> str:
    """What follows the time, where the line does not tell it already."""
    if found.status not in _ON_ONE_LINE:
        return ""
    told = (check.evidence or "" for check in found.checks if (check.id, check.status) == (_EXPIRY, CheckStatus.PASS))
    return next((f", {days}" for days in told if _DAYS.fullmatch(days)), "")


def _ms(ms: float) -> str:
    return f"{ms:.0f} ms" if ms >= 1 else "<1 ms"


def _bad(found: Handshake) -> tuple[CheckResult, ...]:
    """What is to be told; last what `verify.checks` has made information, or kept from being tried."""
    bad = [check for check in found.checks if check.status in _BAD]
    return (*bad, *(check for check in found.checks if _lowered(check)))


def _lowered(check: CheckResult) -> bool:
    """Lowered is not silent, and a login or envelope that was not tried must not look proven."""
    if check.status is CheckStatus.SKIPPED:
        return check.id in _DECISIVE
    return check.usual is not None and check.status not in _BAD


def _headline(check: CheckResult) -> str:
    return f"{check.id} {check.reason}"


def _paragraph(found: Handshake, width: int) -> Iterator[str]:
    """What went wrong and what to do; of a relay that only warns, what did not fit on its line."""
    short = found.status in _ON_ONE_LINE
    safe = next((check.reason for check in found.checks if (check.id, check.status) == (_SAFE, CheckStatus.INFO)), None)
    for check in _bad(found)[1 if found.status is Status.WARN else 0 :]:
        yield from _wrapped(_headline(check), width, indent=8)
        rows = {"evidence": _BETWEEN.join((check.evidence or "").splitlines()), "safe": safe, "advice": check.advice}
        safe = None
        for label, value in rows.items():
            if value:
                yield from _wrapped(value, width, indent=20, label=f"{'':10}{label:<10}")
    if not short and found.steps:
        yield from _wrapped(", ".join(f"{step.name} {_ms(step.ms)}" for step in found.steps), width, indent=8)


def _wrapped(value: str, width: int, *, indent: int, label: str | None = None) -> list[str]:
    first = label if label is not None else " " * indent
    return textwrap.wrap(value, width, initial_indent=first, subsequent_indent=" " * indent, break_on_hyphens=False)


def _shortened(value: str, room: int) -> str:
    if len(value) <= room:
        return value
    tail = max(room // 2, 1)
    return f"{value[: max(room - tail - 1, 0)]}{_CUT}{value[-tail:]}"


def _count(handshakes: Sequence[Handshake]) -> str:
    counts = Counter(found.status for found in handshakes)
    relays = "1 relay" if len(handshakes) == 1 else f"{len(handshakes)} relays"
    parts = [
        f"{counts[status]} {word}{'s' if word == 'warning' and counts[status] > 1 else ''}"
        for status, word in _COUNTED.items()
        if counts[status]
    ]
    return f"{relays}: {', '.join(parts)}." if parts else f"{relays}."


def _as_dict(found: Handshake) -> dict[str, Any]:
    return {
        "relay": found.relay,
        "host": found.host,
        "port": found.port,
        "level": found.level.value,
        "status": found.status.value,
        "steps": [{"name": step.name, "ms": step.ms} for step in found.steps],
        "checks": [
            {
                "id": check.id,
                "status": check.status.value,
                "reason": check.reason,
                "evidence": check.evidence,
                "advice": check.advice,
            }
            for check in found.checks
        ],
    }
