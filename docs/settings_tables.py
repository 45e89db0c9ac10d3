"""Writes the settings table of each page in docs/platforms from its schema, between two marks.

python docs/settings_tables.py            writes them; names the pages that are missing
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP)]

from reconciler import platforms  # noqa: E402
from reconciler.model.settings import Shape  # noqa: E402
from reconciler.pipeline.adopt import resource_schema  # noqa: E402

PAGES = Path(__file__).parent / "platforms"
BEGIN, END = "<!-- settings -->", "<!-- /settings -->"
_ELSEWHERE = "verify."  # the same for every platform
_COMMON = "files hold references only"  # what the schema says where nobody said more
_WORDS = {"integer": "number", "string": "text", "boolean": "`true`, `false`", "array": "list", "object": "mapping"}
_Fields = Mapping[str, Mapping[str, Any]]


def main() -> int:
    missing = []
    for kind in platforms.KINDS:
        page = PAGES / f"{kind}.md"
        if page.is_file():
            page.write_text(with_table(page.read_text("utf-8"), kind), "utf-8")
        else:
            missing.append(f"docs/platforms/{page.name}")
    if missing:
        sys.exit(f"error: there is no {', '.join(missing)}")
    return 0


def with_table(page: str, kind: str) -> str:
    """The page with its table renewed. ValueError for one without the mark."""
    before, mark, after = page.partition(BEGIN)
    if not mark:
        raise ValueError(f"docs/platforms/{kind}.md has no line {BEGIN}")
    rest = after.partition(END)[2] if END in after else after
    return f"{before}{BEGIN}\n{table(kind)}\n{END}{rest}"


def table(kind: str) -> str:
    """One table for all resources that take the same settings."""
    if (platform := platforms.load(kind)) is None:
        raise LookupError(kind)
    groups: list[tuple[list[str], _Fields, bool]] = []
    for name, shape in platform.collections.items():
        schema = resource_schema.of(kind, name, shape)
        shown = f"`{name}`" if shape is Shape.ONE else f"`{name}[…]`"
        known = next((names for names, fields, _ in groups if fields == schema.fields), None)
        if known is not None:
            known.append(shown)
        else:
            groups.append(([shown], schema.fields, schema.adopt is not None))
    lines = [line for names, fields, adopts in groups for line in _table(names, fields, adopts=adopts)]
    return "\n".join(lines).rstrip()


def _table(names: list[str], fields: _Fields, *, adopts: bool) -> Iterator[str]:
    keys = ["`relay`", *(["`adopt`", "`moved_from`"] if adopts else []), "`verify`"]
    shared = any(name.startswith(_ELSEWHERE) for name in fields)
    more = f" Beside them: {', '.join(keys)} ([the language](../language.md))." if shared else ""
    yield f"{', '.join(names)}: a setting that is left out is left alone, `null` clears it.{more}"
    yield ""
    yield from (row("setting", "values", "what it is", "note"), row("---", "---", "---", "---"))
    for name, schema in fields.items():
        if not name.startswith(_ELSEWHERE):
            yield row(f"`{name}`", values(schema), said(schema), _note(schema))
    yield ""


def row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def said(schema: Mapping[str, Any]) -> str:
    said = str(schema.get("description", ""))
    return "a reference, never the value" if schema.get("x-secret") and said.startswith(_COMMON) else said


def _note(schema: Mapping[str, Any]) -> str:
    notes = ("secret", "x-secret"), ("handshake only", "x-handshake-only"), ("experimental", "x-experimental")
    return ", ".join(word for word, mark in notes if schema.get(mark))


def values(schema: Mapping[str, Any]) -> str:
    if schema.get("x-secret"):
        return "reference"
    if "const" in schema:
        return f"`{_yaml(schema['const'])}`"
    if "enum" in schema:
        return ", ".join(f"`{_yaml(value)}`" for value in schema["enum"] if value is not None)
    if schema.get("if") == {"type": "null"} and "type" not in schema:
        return values(schema.get("else", {}))
    types = schema.get("type", [])
    names = [types] if isinstance(types, str) else [one for one in types if one != "null"]
    if names in (["integer"], ["number"]):
        return _range(schema)
    if names == ["array"]:
        inner = values(schema.get("items", {}))
        return f"list of {inner}" if inner else "list"
    return " or ".join(_WORDS.get(name, name) for name in names)


def _range(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None or low < -1_000_000:
        return "number"
    return f"from {low}" if high is None else f"{low} to {high}"


def _yaml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    sys.exit(main())
