"""The schemas themselves: they are the why and the fix of every message, and editors read them from disk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reconciler import platforms
from reconciler.pipeline.validate import schemas

FOLDER = Path(str(platforms.schemas()))
# what describes an output nobody writes by hand
OUTPUT = sorted([FOLDER / "plan.schema.json", *(FOLDER / "output").iterdir()])
FILES = sorted(file for file in FOLDER.rglob("*.schema.json") if file not in OUTPUT)
IDS = [str(file.relative_to(FOLDER)) for file in FILES]


def properties(schema: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every schema of a key, wherever it stands."""
    if isinstance(schema, list):
        for index, item in enumerate(schema):
            yield from properties(item, f"{path}/{index}")
    if isinstance(schema, dict):
        for name, item in schema.get("properties", {}).items():
            yield f"{path}/{name}", item
        for name, item in schema.items():
            if name not in ("examples", "enum", "const", "if"):
                yield from properties(item, f"{path}/{name}")


def resolved(file: Path, schema: Any) -> dict[str, Any]:
    """A schema of a key with what its `$ref` brings; what stands beside it wins."""
    if not (reference := schema.get("$ref")):
        return dict(schema)
    name, _, pointer = reference.partition("#")
    there = (file.parent / name).resolve() if name else file
    target = json.loads(there.read_text(encoding="utf-8"))
    for part in pointer.strip("/").split("/"):
        target = target[part]
    return {**resolved(there, target), **schema}


@pytest.mark.parametrize("file", [*FILES, *OUTPUT], ids=[*IDS, *(file.name for file in OUTPUT)])
def test_schema_is_valid(file: Path) -> None:
    Draft202012Validator.check_schema(json.loads(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("file", OUTPUT, ids=[file.name for file in OUTPUT])
def test_every_mapping_of_an_output_is_closed_and_requires_its_keys(file: Path) -> None:
    found = list(mappings(json.loads(file.read_text(encoding="utf-8"))))
    assert [path for path, schema in found if not {"required", "additionalProperties"} <= schema.keys()] == []


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_every_key_says_why_and_shows_how(file: Path) -> None:
    found = list(properties(json.loads(file.read_text(encoding="utf-8"))))

    silent = [path for path, schema in found if not {"description", "examples"} <= resolved(file, schema).keys()]

    assert found
    assert silent == []


@pytest.mark.parametrize("file", FILES, ids=IDS)
def test_every_example_is_what_it_is_an_example_of(file: Path) -> None:
    root = json.loads(file.read_text(encoding="utf-8"))
    folder = "platforms" if file.parent.name == "platforms" else ""

    wrong = [
        (path, example)
        for path, schema in properties(root)
        for example in resolved(file, schema)["examples"]
        if not schemas.checks(schema, root, folder=folder).is_valid(example)
    ]

    assert wrong == []


# in target.schema.json the platform decides which keys there are: it is closed by the schema of each
CLOSED = [file for file in FILES if file.name != "target.schema.json"]


@pytest.mark.parametrize("file", CLOSED, ids=lambda file: file.name)
def test_every_mapping_with_keys_is_closed(file: Path) -> None:
    root = json.loads(file.read_text(encoding="utf-8"))

    open_ones = [
        path for path, schema in mappings(root) if not {"additionalProperties", "unevaluatedProperties"} & schema.keys()
    ]

    assert open_ones == []


def mappings(schema: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every schema that lists keys; those of `if` only ask."""
    if isinstance(schema, list):
        for index, item in enumerate(schema):
            yield from mappings(item, f"{path}/{index}")
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict) and "type" not in schema["properties"].get("properties", {}):
            yield path, schema
        for name, item in schema.items():
            if name not in ("examples", "enum", "const", "if"):
                yield from mappings(item, f"{path}/{name}")
