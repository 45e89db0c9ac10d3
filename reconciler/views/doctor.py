"""What `doctor` found out about a target: what fails first, with its fix; labels and requests as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model import codec
from reconciler.model.checkup import Checkup, Examined, Label, Traced
from reconciler.views.paper import Paper, cut, plural
from reconciler.views.printable import Printable

_WIDEST = 32  # columns of a target's name
_WORDS = {True: ("ok", "ok"), False: ("FAIL", "error"), None: ("!", "!")}


def text(found: Checkup, paper: Paper) -> Printable:
    lines = _part(found, paper)
    for part in found.parts:
        lines += ["", *_part(part, paper)]
    lines += ["", *_labels(found.labels, paper)] if found.labels else []
    lines += ["", *_traced(found.traced)] if found.traced is not None else []
    return paper.finish([*lines, "", _summary(found, paper)])


def _part(found: Checkup, paper: Paper) -> list[str]:
    told = _by_cause(found.examined)
    width = max((len(_names(same)) for same in told), default=0)
    lines = [paper.paint(f"{found.unit} ({found.kind})", "bold")]
    return lines + [line for same in told for line in _examined(same, paper, max(8, min(width, _WIDEST)))]


def _by_cause(examined: Sequence[Examined]) -> list[list[Examined]]:
    """What fails alike stands together where the first of it was: 50 targets have one token, and one fix."""
    found: dict[object, list[Examined]] = {}
    for at, one in enumerate(examined):
        found.setdefault((one.said, one.fix) if one.ok is False else at, []).append(one)
    return list(found.values())


def _names(same: Sequence[Examined]) -> str:
    return f"{same[0].what} and {len(same) - 1} more" if len(same) > 1 else same[0].what


def _examined(same: Sequence[Examined], paper: Paper, width: int) -> Iterator[str]:
    one = same[0]
    word, kind = _WORDS[one.ok]
    yield f"  {paper.paint(f'{word:<4}', kind)}  {_names(same):<{width}}  {one.said}"
    if len(same) > 1:
        yield f"        also: {', '.join(other.what for other in same[1:])}"
    if one.fix and not one.ok:
        yield f"        fix: {one.fix}"


def _labels(labels: Sequence[Label], paper: Paper) -> Iterator[str]:
    rows: Sequence[Sequence[str]] = [("", "page", "label", "setting", "type", "on the page")]
    rows = [*rows, *((_verdict(one), one.page, one.label, one.setting, one.type, _shown(one)) for one in labels)]
    rows = _narrowed(rows, paper.width) if paper.wrapped else rows
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)]
        kind = "error" if row[0] == "FAIL" else ""
        yield f"  {paper.paint(cells[0], kind)}  {'  '.join(cells[1:])}".rstrip()


def _narrowed(rows: Sequence[Sequence[str]], width: int) -> Sequence[Sequence[str]]:
    """Without the columns that can be spared, the type first, and with labels cut, where the whole does not fit."""
    for spared in ("type", "setting", "page"):
        if _width(rows) > width:
            at = rows[0].index(spared)
            rows = [(*row[:at], *row[at + 1 :]) for row in rows]
    if (over := _width(rows) - width) > 0:
        longest = max(len(row[1]) for row in rows)
        rows = [(row[0], cut(row[1], longest - over), *row[2:]) for row in rows]
    return rows


def _width(rows: Sequence[Sequence[str]]) -> int:
    """Of the table with two columns before each of its own."""
    return sum(2 + max(map(len, column)) for column in zip(*rows, strict=True))


def _verdict(one: Label) -> str:
    return "FAIL" if not one.ok else "ok" if one.found == 1 else "--"


def _shown(one: Label) -> str:
    if one.found == 1:
        return one.how
    if not one.expected:
        return "not shown"
    return "not found" if one.found == 0 else f"{one.found} controls: {one.shown}"


def _traced(traced: Sequence[Traced]) -> Iterator[str]:
    if not traced:
        yield "  what the pages requested: nothing but their own files"
        return
    yield "  what the pages requested (names only)"
    for one in traced:
        yield f"    {one.method:<5} {one.path}{f'   refused: {one.refused}' if one.refused else ''}"
        for word, keys in (("sends", one.sent), ("gets", one.answered)):
            if keys:
                yield f"          {word}: {', '.join(keys)}"


def _summary(found: Checkup, paper: Paper) -> str:
    failed = sum(one.ok is False for part in (found, *found.parts) for one in part.examined)
    return paper.paint(f"{plural(failed, 'problem')}." if failed else "No problems.", "bold")


def document(found: Checkup) -> codec.Json:
    return {
        "target": found.unit,
        "platform": found.kind,
        "ok": found.ok,
        "examined": _list(found),
        "parts": [{"name": part.unit, "ok": part.ok, "examined": _list(part)} for part in found.parts],
        "labels": [_label(one) for one in found.labels],
        "traced": [
            {
                "method": one.method,
                "path": one.path,
                "sent": list(one.sent),
                "answered": list(one.answered),
                "refused": one.refused,
            }
            for one in found.traced or ()
        ],
        "findings": [],
    }


def _list(found: Checkup) -> list[codec.Json]:
    return [{"what": one.what, "ok": one.ok, "said": one.said, "fix": one.fix} for one in found.examined]


def _label(one: Label) -> codec.Json:
    return {
        "page": one.page,
        "label": one.label,
        "setting": one.setting,
        "type": one.type,
        "found": one.found,
        "expected": one.expected,
        "ok": one.ok,
    }
