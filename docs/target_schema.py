"""Writes schemas/target.schema.json: one file for every target, for editors that should need no other.

python docs/target_schema.py

`platform` decides which of our schemas holds; all of them are in it, with words of their own beside patterns and
choices. `reconciler init` writes the same in several files, with the platforms of installed packages.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reconciler import platforms
from reconciler.cli.start import editor_schemas

TOP = Path(__file__).resolve().parents[1]
SCHEMAS = TOP / "schemas"
FILE = SCHEMAS / editor_schemas.TARGET


def text() -> str:
    kinds: dict[str, list[str]] = {}
    for name in platforms.known():
        kinds.setdefault(platforms.kind(name), []).append(name)
    parts = dict(_parts(kinds))
    titles = {kind: str(parts[kind]["title"]).rpartition(": ")[2] for kind in kinds}
    made = _pointing(editor_schemas.target(kinds, titles), {f"platforms/{kind}.schema.json": kind for kind in kinds})
    return editor_schemas.written({**made, "$defs": parts})


def _parts(kinds: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each of our schemas, with its references led to where it stands here."""
    for name, path in {"common": "common", **{kind: f"platforms/{kind}" for kind in kinds}}.items():
        schema = json.loads((SCHEMAS / f"{path}.schema.json").read_text(encoding="utf-8"))
        schema.pop("$schema")
        yield name, _pointing(schema, {"": name, "../common.schema.json": "common"})


def _pointing(schema: Any, places: Mapping[str, str]) -> Any:
    """`places` has, for each file that a reference may name, the name here."""
    if isinstance(schema, list):
        return [_pointing(one, places) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _pointing(value, places) for key, value in schema.items()}
    if isinstance(reference := schema.get("$ref"), str):
        file, _, pointer = reference.partition("#")
        made["$ref"] = f"#/$defs/{places[file]}{pointer}"
    return made


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
