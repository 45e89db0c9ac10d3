"""The keys of an installation: a table, and the map to paste into the target's file."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from reconciler.model import codec
from reconciler.model.answers.discovery import DiscoveredKey, Discovery
from reconciler.model.landscape import Target
from reconciler.views.paper import Paper, cut, plural
from reconciler.views.printable import Printable

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_NOT_TEXT = frozenset({"true", "false", "null"})
_CHOICES = {"auth": (("oauth", "oauth2"), ("basic", "basic"), ("no", "none")),
            "encryption": (("starttls", "starttls"), ("tls", "tls"), ("ssl", "tls"), ("no", "none"))}  # fmt: skip


def document(found: Discovery, *, target: Target, written: Sequence[str] | None) -> codec.Json:
    mapped = {key: setting for setting, key in found.mapped.items()}
    return {
        "target": target.unit,
        "platform": target.kind,
        "written": list(written or ()),
        "keys": [
            {
                "key": key.key,
                "name": key.name,
                "type": key.type,
                "origin": key.origin,
                "secret": key.secret,
                "mapped": mapped.get(key.key),
                "suggested": key.suggested,
                "word": key.word,
            }
            for key in found.keys
        ],
    }


def text(found: Discovery, paper: Paper, *, target: Target, written: Sequence[str] | None, again: str) -> Printable:
    """`written` are the settings that went into the file; None when nothing was to be written."""
    suggested = [key for key in found.keys if key.suggested]
    head = paper.paint(f"{target.unit} ({target.kind}): {plural(len(found.keys), 'key')}", "bold")
    lines = [head, "", *_table(found, paper), ""]
    if written is not None:
        lines += _written(written, target)
    elif suggested:
        lines += [f"Paste into {target.position.file} after reviewing each line:", "", "connection:"]
        lines += ["  keys:", *(f"    {key.suggested}: {entry(key)}" for key in suggested), "", f"Or: {again}", ""]
    lines.append(paper.paint(_summary(found, len(suggested)), "bold"))
    return paper.finish(lines)


def entry(key: DiscoveredKey) -> str:
    """What stands behind the setting, with a comment that says what it was guessed from."""
    values = _values(key)
    said = f"{{key: {_scalar(key.key)}, type: {key.type}{f', values: {values}' if values else ''}}}"
    word = f"; it says {_safe(key.word)} now" if key.word else ""
    return f"{said}  # suggested by its name, {_safe(key.name)}{word}: check it"


def _table(found: Discovery, paper: Paper) -> list[str]:
    mapped = {key: setting for setting, key in found.mapped.items()}
    rows = [("setting", "name", "type", "origin", "key")]
    for key in found.keys:
        setting = mapped.get(key.key) or (f"{key.suggested}?" if key.suggested else "-")
        kind = key.type + (", secret" if key.secret else "")
        rows.append((setting, _clean(key.name), kind, key.origin or "", _clean(key.key)))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    if paper.wrapped:
        widths[1] = min(widths[1], max(20, paper.width - sum(widths) + widths[1] - 12))
    return [
        "  " + "  ".join(f"{cut(cell, width):<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _written(written: Sequence[str], target: Target) -> list[str]:
    if not written:
        return ["Nothing was written: every suggested key is already mapped.", ""]
    names = ", ".join(written)
    return [
        f"Written to {target.position.file}: {names}.",
        "These are suggestions: review each before you commit.",
        "",
    ]


def _summary(found: Discovery, suggested: int) -> str:
    here = {key.key for key in found.keys}
    gone = sorted(setting for setting, key in found.mapped.items() if key not in here)
    lost = f"; mapped but missing: {', '.join(gone)}" if gone else ""
    return f"{len(found.mapped) - len(gone)} mapped, {suggested} suggested by name (marked ?), of {len(here)}{lost}."


def _values(key: DiscoveredKey) -> str | None:
    """For a choice, its word of now under ours, as far as the two look alike."""
    if (choices := _CHOICES.get(key.suggested or "")) is None:
        return None
    word = (key.word or "").lower()
    ours = next((ours for part, ours in choices if part in word), None)
    return f"{{{ours or choices[1][1]}: {_scalar(key.word or 'WORD')}}}"


def _scalar(value: str) -> str:
    """As YAML that stays text."""
    plain = _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT
    return value if plain else json.dumps(value, ensure_ascii=False)


def _safe(value: str | None) -> str:
    """Inside a comment of one line."""
    return json.dumps(_clean(value), ensure_ascii=False)


def _clean(value: str | None) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in value or "")
