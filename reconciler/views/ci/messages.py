"""What is sent to a webhook, in the form that each kind takes.

Foreign text is plain there: none of it becomes a link or a mention.

Slack: https://docs.slack.dev/reference/block-kit/blocks · Teams: https://adaptivecards.io/explorer/RichTextBlock.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.model.answers.night import Night, differing
from reconciler.model.change import Change
from reconciler.model.plan import Plan
from reconciler.views.ci import night as view
from reconciler.views.paper import cut, plural
from reconciler.views.plans import drift
from reconciler.views.printable import visible

_FEW = 20  # paragraphs
_NAMED = 3  # targets of one
_LONG = 600  # characters of one; Slack takes 3,000 in a block
_TEAMS = 24_000  # bytes: a workflow of Teams takes about 28 KB
_CARD = "application/vnd.microsoft.card.adaptive"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A paragraph, and where to look at more."""

    text: str
    url: str | None = None


def slack(night: Night) -> dict[str, Any]:
    told, head = _told(night), _headline(night)
    blocks = [{"type": "section", "text": _plain(head)}, *map(_section, told)]
    return {"text": _escaped(head), "blocks": blocks}


def teams(night: Night) -> dict[str, Any]:
    """As many paragraphs as fit."""
    told = _told(night)
    made = _card(night, told)
    while told and len(json.dumps(made).encode()) > _TEAMS:
        told = told[:-1]
        made = _card(night, told)
    return made


def generic(night: Night) -> dict[str, Any]:
    return view.document(night)


FORMS: Mapping[str, Callable[[Night], dict[str, Any]]] = {"slack": slack, "teams": teams, "json": generic}


def _headline(night: Night) -> str:
    return f"Mail settings: {drift.sentence(night.plan)}"


def _told(night: Night) -> list[_Told]:
    """Once for each cause: what hundreds of targets have in common is one paragraph, with the names of some."""
    drifted, lost = night.drifted, {unit: f"not readable. {one.what}" for unit, one in night.unread.items()}
    found = _by_cause({unit: _what(plan) for unit, plan in drifted.items()}) + _by_cause(lost)
    told = [
        _Told(text=_cut(f"{_names(units)}: {what}"), url=night.issues.get(units[0]) if len(units) == 1 else None)
        for what, units in found[:_FEW]
    ]
    rest = sum(len(units) for _, units in found[_FEW:])
    told += [_Told(text=f"And {plural(rest, 'target')} more.")] if rest else []
    return [*told, *([_Told(text="The run", url=night.url)] if night.url else [])]


def _by_cause(said: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """What is said, each with the targets of which it is, in the order of the first of them."""
    found: dict[str, list[str]] = {}
    for unit, what in said.items():
        found.setdefault(what, []).append(unit)
    return list(found.items())


def _names(units: Sequence[str]) -> str:
    if len(units) <= _NAMED:
        return ", ".join(units)
    return f"{len(units)} targets ({', '.join(units[:_NAMED])} and {len(units) - _NAMED} more)"


def _what(plan: Plan) -> str:
    told = [_line(one, plan.created_at) for one in differing(plan)]
    return "; ".join([*told, *(one.what for one in plan.undeclared)])


def _line(one: Change, at: str) -> str:
    settings = ", ".join(field.field for field in drift.ordered(one))
    return f"{one.address.resource} {drift.headline(one, at)[1]}{f' ({settings})' if settings else ''}"


def _cut(text: str) -> str:
    return cut(visible(text), _LONG)


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _section(told: _Told) -> dict[str, Any]:
    button = {"accessory": {"type": "button", "text": _plain("Open"), "url": told.url}} if told.url else {}
    return {"type": "section", "text": _plain(told.text), **button}


def _escaped(text: str) -> str:
    """https://docs.slack.dev/messaging/formatting-message-text#escaping"""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _card(night: Night, told: Sequence[_Told]) -> dict[str, Any]:
    head = {"type": "TextRun", "text": _headline(night), "weight": "Bolder"}
    body = [{"type": "RichTextBlock", "inlines": [head]}, *map(_block, told)]
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.2",
        "body": body,
    }
    return {"type": "message", "attachments": [{"contentType": _CARD, "contentUrl": None, "content": content}]}


def _block(told: _Told) -> dict[str, Any]:
    """A run of text is never Markdown, as the text of a TextBlock is."""
    run: dict[str, Any] = {"type": "TextRun", "text": told.text}
    if told.url:
        run["selectAction"] = {"type": "Action.OpenUrl", "url": told.url}
    return {"type": "RichTextBlock", "inlines": [run]}
