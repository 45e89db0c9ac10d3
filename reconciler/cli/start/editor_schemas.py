"""Our schemas as editors want them: one for every target, and words of their own beside patterns and choices.

yaml-language-server shows `errorMessage` where a pattern does not match, and `enumDescriptions` beside completions;
both follow from what the schema says anyway, so that our own schemas stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

TARGET = "target.schema.json"
_WITH_SCHEMAS = ("properties", "items", "anyOf", "oneOf", "allOf", "then", "else", "if", "not", "additionalProperties")
_DATA = ("examples", "enum", "const", "required", "default")  # no schema stands in there


def target(kinds: Mapping[str, Iterable[str]], titles: Mapping[str, str]) -> dict[str, Any]:
    """The schema of a target of any kind: `platform` decides. `kinds` has the names of each, `titles` what it is."""
    names = {name: kind for kind, known in kinds.items() for name in known}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A target: one installation of one platform, as its environment sees it",
        "description": "a target is a mapping: its platform, how to reach it, and its resources",
        "type": "object",
        "properties": {
            "platform": {
                "description": "the platform decides what else the file may contain",
                "enum": list(names),
                "enumDescriptions": [titles[kind] for kind in names.values()],
                "examples": list(names)[:1],
            }
        },
        "required": ["platform"],
        "allOf": [
            {
                "if": {"properties": {"platform": {"enum": list(known)}}, "required": ["platform"]},
                "then": {"$ref": f"platforms/{kind}.schema.json"},
            }
            for kind, known in kinds.items()
        ],
    }


def written(schema: Mapping[str, Any]) -> str:
    """With `errorMessage` beside each pattern and `enumDescriptions` beside each choice that has words of its own."""
    words = json.loads((files("reconciler") / "scaffold/words.json").read_text(encoding="utf-8"))
    return f"{json.dumps(_said(schema, '', words), indent=2, ensure_ascii=False)}\n"


def _said(schema: Any, name: str, words: Mapping[str, Mapping[str, str]]) -> Any:
    if isinstance(schema, list):
        return [_said(one, name, words) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    made = {
        key: value if key in _DATA else _said(value, name if key in _WITH_SCHEMAS else key, words)
        for key, value in schema.items()
    }
    if isinstance(pattern := schema.get("pattern"), str) and pattern and (why := schema.get("description")):
        made["errorMessage"] = str(why)
    known = words.get(name.removeprefix("connection_"), {})
    if isinstance(choices := schema.get("enum"), list) and "enumDescriptions" not in schema and known:
        made["enumDescriptions"] = [known.get(str(one), "") for one in choices]
    return made
