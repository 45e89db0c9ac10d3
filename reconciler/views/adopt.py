"""What was found, as the YAML of a target's file: what is worth knowing stands beside it, as comments."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from reconciler.model import codec
from reconciler.model.adoption import Adoption, Block, Found
from reconciler.views.paper import Paper, plural
from reconciler.views.printable import Printable, line, visible

_WIDTH = 112
# a reference needs no quotes: in there, # begins no comment
_PLAIN = re.compile(r"[A-Za-z0-9_/][A-Za-z0-9._/-]*#[A-Za-z0-9._-]*[A-Za-z0-9_]")
_ALONE = 88  # a setting's note stands above it where the line would be longer


def text(
    adoption: Adoption, paper: Paper, *, today: str, written: str | None, next_commands: Sequence[str]
) -> Printable:
    """YAML for the target's file; the summary where it went into that file, whose name is `written`.

    `today` is YYYY-MM-DD.
    """
    if written:
        return paper.finish(summary(adoption, written=written, next_commands=next_commands))
    lines = header(adoption, today)
    for block in blocks(adoption, ascii_only=not paper.unicode):
        lines += block.whole()
    return paper.finish(lines)


def document(adoption: Adoption) -> codec.Json:
    return {**of_target(adoption), "relays": [], "targets": []}


def of_target(adoption: Adoption) -> codec.Json:
    """What is told of one target, alone or among others."""
    return {
        "target": adoption.unit,
        "installation": adoption.installation,
        "complete": not adoption.unread,
        "resources": [
            {
                "address": f"{adoption.unit}:{one.resource}",
                "content": one.raw(),
                "to_fill_in": sorted(one.suggested),
                "notes": dict(one.notes),
                "remarks": list(one.remarks),
                "refused": [codec.finding(finding) for finding in one.refused],
            }
            for one in adoption.found
        ],
        "left_out": list(adoption.left_out),
        "findings": [codec.finding(finding) for finding in (*adoption.findings, *adoption.unread)],
    }


def header(adoption: Adoption, day: str) -> list[str]:
    """Comments about the whole: when and where it was read, and what is not below. `day` is YYYY-MM-DD."""
    lines = list(_comment(f"{adoption.installation}, read on {day} by reconciler adopt"))
    for finding in adoption.findings:
        lines += _comment(f"{finding.rule}: {finding.what}")
    for finding in adoption.unread:
        lines += _comment(f"not readable: {finding.address or ''} {finding.what}")
    for told in adoption.left_out:
        lines += _comment(f"left out: {told}")
    return lines


def blocks(adoption: Adoption, *, ascii_only: bool = False) -> list[Block]:
    found = []
    for collection, group in groupby(adoption.found, key=lambda one: one.resource.collection):
        ones = list(group)
        lines = [line for one in ones for line in _resource(one, ascii_only=ascii_only)]
        found.append(
            Block(
                collection=collection,
                lines=tuple(lines),
                many=ones[0].resource.key is not None,
                declares=any(not one.refused for one in ones),
            )
        )
    return found


def _resource(one: Found, *, ascii_only: bool) -> Iterator[str]:
    key = one.resource.key or one.resource.collection
    if one.title != key:
        yield from _comment(one.title)
    for remark in one.remarks:
        yield from _comment(remark)
    for finding in one.refused:
        yield from _comment(f"not declared: {finding.what}{f' (fix: {finding.fix})' if finding.fix else ''}")
    raw = one.raw()
    body = [f"{_scalar(key, ascii_only)}:{'' if raw else ' {}'}"]
    for name, value in raw.items():
        note = "; ".join(text for field, text in one.notes.items() if field.split(".")[0] == name)
        body += (f"  {line}" for line in _setting(name, value, note, ascii_only=ascii_only))
    yield from (f"# {line}" for line in body) if one.refused else body


def _setting(name: str, value: Any, note: str, *, ascii_only: bool) -> Iterator[str]:
    line = f"{name}: {flow(value, ascii_only=ascii_only)}"
    beside = f"{line}   # {visible(note)}"
    if note and len(beside) > _ALONE:
        yield from _comment(note)
    yield beside if note and len(beside) <= _ALONE else line


def flow(value: Any, *, ascii_only: bool = False) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        inner = ", ".join(
            f"{_scalar(key, ascii_only)}: {flow(one, ascii_only=ascii_only)}" for key, one in value.items()
        )
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{', '.join(flow(one, ascii_only=ascii_only) for one in value)}]"
    return _scalar(value, ascii_only)


def _scalar(value: Any, ascii_only: bool) -> str:
    from reconciler.model.text.yaml_scalar import written

    if value is None:
        return "null"
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return value
    if isinstance(value, str) and ascii_only and not value.isascii():
        # \x, \u and \U mean the same in YAML's double quotes
        return written(value, '"').encode("ascii", "backslashreplace").decode()
    text = written(value, None)
    # in double quotes the printer's escapes mean to YAML what they stand for
    return text if line(text) == text else line(written(value, '"'))


def _comment(text: str) -> Iterator[str]:
    first = "# "
    for part in textwrap.wrap(visible(text), _WIDTH, break_long_words=False, break_on_hyphens=False):
        yield f"{first}{part}"
        first = "#   "


def summary(adoption: Adoption, *, written: str | None, next_commands: Sequence[str]) -> list[str]:
    """What was done, what has to be filled in, and what comes next."""
    declared = adoption.declared
    parts = [f"{plural(len(declared), 'resource')} {f'written to {written}' if written else 'found and not declared'}"]
    if not adoption.found:
        parts = ["nothing new"]
    if refused := len(adoption.found) - len(declared):
        parts.append(f"{refused} only as {'a comment' if refused == 1 else 'comments'}: a rule forbids declaring it")
    parts += [f"{len(adoption.left_out)} left out"] if adoption.left_out else []
    parts += [f"{len(adoption.unread)} not readable"] if adoption.unread else []
    lines = [f"{adoption.unit}: {'; '.join(parts)}."]
    fill = [f"  {one.resource}  {name}: {flow(one.raw_of(name))}" for one in declared for name in sorted(one.suggested)]
    lines += ["To fill in (no secret was read):", *fill] if fill else []
    lines += [f"Next: {', then '.join(next_commands)}"] if next_commands else []
    return lines
