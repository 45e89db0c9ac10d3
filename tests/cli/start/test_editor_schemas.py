"""What an editor completes and complains of: one schema for targets of every kind, with words for people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from support.commandline import TOP

from reconciler import platforms
from reconciler.cli.start import scaffold

WRITTEN = scaffold.contents("none")
SCHEMAS = {path: json.loads(text) for path, text in WRITTEN.items() if path.startswith("schemas/")}
ALONE = json.loads((TOP / "schemas/target.schema.json").read_text("utf-8"))
TARGETS = [
    file
    for file in sorted((TOP / "examples").glob("*/environments/*/*.yaml"))
    if file.name != "environment.yaml" and "lab" not in file.parts
]
# names of programs, of types, of controls and of character sets say themselves what they are
NAMES = {
    "connection_client",
    "value",
    "preset",
    "reader",
    "format",
    "data_type",
    "type",
    "platform",
    "character_set",
    "^SMTP[0-9]{3}$",
}


def validator() -> Draft202012Validator:
    """As an editor follows references: by the place of the files."""
    base = "file:///"
    resources = [(f"{base}{path}", Resource.from_contents(schema)) for path, schema in SCHEMAS.items()]
    registry: Registry[Any] = Registry().with_resources(resources)
    return Draft202012Validator({"$ref": f"{base}schemas/target.schema.json"}, registry=registry)


def inner(schema: Any, name: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(schema, list):
        for one in schema:
            yield from inner(one, name)
    if isinstance(schema, dict):
        yield name, schema
        for key, one in schema.items():
            if key not in ("examples", "enum", "if"):
                keyword = key in ("properties", "items", "anyOf", "oneOf", "allOf", "then", "else")
                yield from inner(one, name if keyword else key)


@pytest.mark.parametrize("file", TARGETS, ids=lambda file: str(file.relative_to(TOP / "examples")))
def test_one_schema_knows_a_target_of_every_kind(file: Path) -> None:
    content = yaml.safe_load(file.read_text("utf-8"))
    assert list(validator().iter_errors(content)) == []
    wrong = [error.message for error in validator().iter_errors({**content, "conection": {}})]
    assert any("conection" in message for message in wrong)


@pytest.mark.parametrize("file", TARGETS, ids=lambda file: str(file.relative_to(TOP / "examples")))
def test_one_file_alone_does_the_same(file: Path) -> None:
    """schemas/target.schema.json of this repository: without any other."""
    content, alone = yaml.safe_load(file.read_text("utf-8")), Draft202012Validator(ALONE)
    assert list(alone.iter_errors(content)) == []
    assert not alone.is_valid({**content, "conection": {}})
    assert not alone.is_valid({**content, "platform": "odo"})


def test_every_kind_and_alias_is_offered_with_what_it_is() -> None:
    offered = SCHEMAS["schemas/target.schema.json"]["properties"]["platform"]
    assert set(offered["enum"]) == set(platforms.known())
    assert (
        dict(zip(offered["enum"], offered["enumDescriptions"], strict=True))["odoo"]
        == "OpenSPP, or any Odoo from 17 on"
    )
    assert {file.parts[-4] for file in TARGETS} - {"zones"} <= set(offered["enum"])


def test_an_unknown_platform_and_none_are_errors() -> None:
    assert not validator().is_valid({"platform": "odo", "connection": {}})
    assert not validator().is_valid({"connection": {}})


@pytest.mark.parametrize("path", [*SCHEMAS, "alone"])
def test_every_pattern_says_what_is_meant(path: str) -> None:
    texts = [(name, one) for name, one in inner(SCHEMAS.get(path, ALONE)) if isinstance(one.get("pattern"), str)]
    assert [name for name, one in texts if one.get("description") and "errorMessage" not in one] == []


@pytest.mark.parametrize("path", [*SCHEMAS, "alone"])
def test_every_choice_says_what_it_means(path: str) -> None:
    silent = [
        (name, one["enum"])
        for name, one in inner(SCHEMAS.get(path, ALONE))
        if len(one.get("enum", ())) > 1 and name not in NAMES and not all(one.get("enumDescriptions", [""]))
    ]
    assert silent == []


@pytest.mark.parametrize(
    ("file", "schema"),
    [
        ("environments/reconciler.yaml", "reconciler"),
        ("environments/prod/environment.yaml", "environment"),
        ("environments/prod/shop.yaml", "target"),
        ("environments/dev/erp.yaml", "target"),
    ],
)
def test_a_file_of_any_name_has_its_schema(file: str, schema: str) -> None:
    settings = json.loads(WRITTEN[".vscode/settings.json"])["yaml.schemas"]
    assert [name for name, patterns in settings.items() if taken(file, patterns)] == [f"schemas/{schema}.schema.json"]


def taken(file: str, patterns: str | list[str]) -> bool:
    """As yaml-language-server matches: `*` stays within a folder, a pattern after `!` takes a file out."""
    every = [patterns] if isinstance(patterns, str) else patterns
    fits = {one: file.count("/") == one.count("/") and fnmatch(file, one.lstrip("!")) for one in every}
    return any(fits[one] for one in every if one[0] != "!") and not any(fits[one] for one in every if one[0] == "!")
