"""Writes docs/keys.md: every key of the files, with what it takes, from the schemas.

python docs/schema_page.py
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP / "docs")]

import settings_tables  # noqa: E402

from reconciler import platforms  # noqa: E402

SCHEMAS = TOP / "schemas"
PAGE = TOP / "docs/keys.md"
HEAD = """# Every key

What each file may contain, made from the JSON Schemas in [`schemas/`](../schemas) by `make docs`. `<name>` stands for
a name of yours; a key with a star is required beside its neighbours. How keys work together is in
[the language](language.md); the settings of each platform's resources are on [its page](platforms.md). Editors show
the same through [`schemas/target.schema.json`](../schemas/target.schema.json), one file for targets of every platform:

```yaml
# yaml-language-server: $schema=../../schemas/target.schema.json
```
"""
_FILES = (("reconciler.yaml", "reconciler"), ("<environment>/environment.yaml", "environment"))
_COMMON = ("accept", "paused", "prune")  # of a target of any kind
_Schema = Mapping[str, Any]


def text() -> str:
    return "\n".join([HEAD, *_sections()]).rstrip() + "\n"


def _sections() -> Iterator[str]:
    for title, name in _FILES:
        yield from _section(f"`{title}`", f"{name}.schema.json", ())
    yield from ("## A target of any platform", "", *_table(_of_any_target()), "")
    for kind in platforms.KINDS:
        yield from _section(f"`connection` of {kind}", f"platforms/{kind}.schema.json", ("connection",))
    yield from _section("A page map", "page-map.schema.json", ())


def _section(title: str, file: str, path: tuple[str, ...]) -> Iterator[str]:
    schema = _resolved(file, _content(file))
    for key in path:
        schema = _resolved(schema["file"], schema["properties"][key])
    yield from (f"## {title}", "", *_table(_rows(schema, "")), "")


def _of_any_target() -> Iterator[tuple[str, _Schema]]:
    known = {key for kind in platforms.KINDS for key in _content(f"platforms/{kind}.schema.json")["properties"]}
    yield "platform*", {"description": "the kind of platform", "enum": sorted(platforms.known())}
    yield "connection*", {"description": "how it is reached; below, for each platform", "type": "object"}
    for key in _COMMON:
        if key in known:
            found = _resolved("common.schema.json", {"$ref": f"#/$defs/{key}"})
            yield from ((key, found), *_rows(found, f"{key}."))


def _table(rows: Iterator[tuple[str, _Schema]]) -> Iterator[str]:
    yield from (settings_tables.row("key", "values", "what it is", "e.g."), settings_tables.row(*["---"] * 4))
    for key, schema in rows:
        example = json.dumps(schema["examples"][0], ensure_ascii=False) if schema.get("examples") else ""
        shown = f"`{example}`" if example and not schema.get("x-secret") and len(example) < 70 else ""
        yield settings_tables.row(
            f"`{key}`", settings_tables.values(schema), settings_tables.said(schema).replace("<", "&lt;"), shown
        )


def _rows(schema: _Schema, before: str) -> Iterator[tuple[str, _Schema]]:
    """Of a mapping and of those in it; a secret is one value."""
    required = set(schema.get("required", ()))
    for key, raw in _properties(schema):
        one = _resolved(schema["file"], raw)
        yield f"{before}{key}{'*' if key in required else ''}", one
        if not one.get("x-secret"):
            yield from _rows(one, f"{before}{key}.")
    for keyword, name in (("additionalProperties", "<name>."), ("items", "[].")):
        if isinstance(inner := schema.get(keyword), dict) and inner:
            found = _resolved(schema["file"], inner)
            yield from _rows(found, f"{before.removesuffix('.')}[]." if name == "[]." else f"{before}{name}")


def _properties(schema: _Schema) -> Iterator[tuple[str, Any]]:
    """Its own, and those of which a condition decides."""
    seen: set[str] = set()
    parts = (schema, *(schema.get(part, {}) for part in ("then", "else")))
    for key, one in (pair for part in parts for pair in part.get("properties", {}).items()):
        if key not in seen and isinstance(one, dict):
            seen.add(key)
            yield key, one


def _resolved(file: str, schema: _Schema) -> dict[str, Any]:
    """With what its `$ref` brings, and the file where that stands; what stands beside it wins."""
    if not (reference := schema.get("$ref")):
        return {"file": file, **schema}
    name, _, pointer = str(reference).partition("#")
    there = (Path(file).parent / name).as_posix().replace("platforms/../", "") if name else file
    found: Any = _content(there)
    for part in filter(None, pointer.split("/")):
        found = found[part]
    own = {key: value for key, value in schema.items() if key != "$ref"}
    return {**_resolved(there, found), **own}


@cache
def _content(file: str) -> Any:
    return json.loads((SCHEMAS / file).read_text(encoding="utf-8"))


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
