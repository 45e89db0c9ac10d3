"""What cases cannot show: another package's schema, the order of findings, versions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler import platforms
from reconciler.model.finding import Finding, Severity
from reconciler.model.source import Document, DocumentKind
from reconciler.pipeline.load import yaml_events
from reconciler.pipeline.load.documents import YamlFault
from reconciler.pipeline.validate import documents as validate
from reconciler.pipeline.validate import required_version, schemas
from reconciler.views import findings as view
from reconciler.views.paper import Paper

Install = Callable[[dict[str, object]], None]


def document(text: str, kind: DocumentKind = DocumentKind.TARGET) -> Document:
    parsed = yaml_events.parsed(text)
    return Document(kind=kind, file="t.yaml", environment="dev", name="t", data=parsed.data, places=parsed.places)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """A platform of another package: `acme`, with a schema of its own beside its module."""
    file = tmp_path / "acme.schema.json"

    def installed(settings: dict[str, object]) -> None:
        schema = {
            "type": "object",
            "properties": {
                "platform": {"const": "acme"},
                "settings": {"type": "object", "properties": settings},
            },
            "unevaluatedProperties": False,
        }
        file.write_text(json.dumps(schema), encoding="utf-8")

    monkeypatch.setattr(platforms, "known", lambda: ("acme",))
    monkeypatch.setattr(platforms, "schema", lambda kind: file if kind == "acme" else None)
    return installed


def said(found: tuple[Finding, ...]) -> list[str]:
    return [f"{finding.where}: {finding.what}" for finding in found]


def test_schema_of_another_package_finds_our_definitions(install: Install) -> None:
    install({"port": {"$ref": "../common.schema.json#/$defs/port"}})

    found = validate.findings([document("platform: acme\nsettings: {port: 0}\nsetings: {}\n")])

    assert said(found) == ["t.yaml:2:18: port: 0 is less than 1", "t.yaml:3:1: setings: unknown key"]


def test_keys_that_a_condition_brings_are_known(install: Install) -> None:
    settings = {"allOf": [{"properties": {"host": {"type": "string"}}}], "unevaluatedProperties": False}
    install({"smtp": settings})

    found = validate.findings([document("platform: acme\nsettings: {smtp: {host: a, hots: b}}\n")])

    assert said(found) == ["t.yaml:2:28: hots: unknown key"]


@pytest.mark.parametrize("value", ["x", "[]", "{}", "{a: 1}"])
def test_choice_of_another_package_is_a_finding(install: Install, value: str) -> None:
    install({"a": {"oneOf": [{"type": "integer"}, {"type": "boolean"}, {"required": ["b"], "type": "object"}]}})

    (found,) = validate.findings([document(f"platform: acme\nsettings: {{a: {value}}}\n")])

    assert found.what.endswith("is not allowed here")


def test_keyword_without_words_of_its_own_repeats_no_value(install: Install) -> None:
    install({"password": {"anyOf": [{"type": "object"}, {"type": "null"}]}, "a": {"not": {"const": 1}}})

    found = validate.findings([document("platform: acme\nsettings: {password: c4n4ry-any, a: 1}\n")])

    assert said(found) == [
        "t.yaml:2:22: password: this text is not allowed here",
        "t.yaml:2:37: a: 1 is not allowed here",
    ]


def test_findings_name_the_resource_and_the_field(install: Install) -> None:
    install({"port": {"type": "integer"}})

    (found,) = validate.findings([document("platform: acme\nsettings: {port: x}\n")])

    assert (found.rule, found.address, found.field) == ("wrong-type", "dev/t:settings", "settings.port")


def test_same_value_is_checked_again_under_another_schema(install: Install) -> None:
    install({"small": {"maximum": 10}, "large": {"minimum": 100}, "flag": {"type": "boolean"}})
    documents = [
        document("platform: acme\nsettings: {small: 1}\n"),
        document("platform: acme\nsettings: {large: 1, flag: true}\n"),
        document("platform: acme\nsettings: {flag: 1}\n"),
    ]

    found = validate.findings(documents)

    assert {finding.field for finding in found} == {"settings.large", "settings.flag"}


@pytest.mark.parametrize("data", ["- a\n", "text\n", "1\n", "null\n"], ids=["list", "text", "number", "null"])
@pytest.mark.parametrize("kind", list(DocumentKind))
def test_file_that_is_no_mapping_is_one_finding(kind: DocumentKind, data: str) -> None:
    (found,) = validate.findings([document(data, kind)])

    assert found.what.startswith("the file: expected a mapping, found ")


def test_in_order_says_nothing_of_a_schema_where_yaml_is_at_fault() -> None:
    file = document("order: 10\n", DocumentKind.ENVIRONMENT)
    where = file.value_at("order")
    yaml_fault = YamlFault(severity=Severity.ERROR, rule="yaml-tag", what="a tag", where=where)
    follow_up = Finding(severity=Severity.ERROR, rule="wrong-type", what="order: expected …", where=where)

    assert validate.in_order([follow_up, yaml_fault, yaml_fault]) == (yaml_fault,)


@pytest.mark.parametrize(
    ("required", "version", "met"),
    [
        (">=0.1", "0.1.0", True),
        (">=0.2", "0.1.9", False),
        (">=0.1, <1", "0.10.0", True),
        (">=0.1,<0.2", "0.2", False),
        ("==0.1", "0.1.0", True),
        ("!=0.1", "0.1.0", False),
        (">0.9", "0.10.0", True),
        ("<=1", "1.0.0.dev1", True),
        ("newest", "0.1.0", True),
    ],
)
def test_required_version(required: str, version: str, met: bool) -> None:
    assert required_version.satisfied(required, version) is met


FILES = {
    "platforms/openspp": DocumentKind.TARGET,
    "platforms/file": DocumentKind.TARGET,
    "environment": DocumentKind.ENVIRONMENT,
    "reconciler": DocumentKind.RECONCILER,
}
CANARY = "c4n4ry"
LITERALS = {
    "text": CANARY,
    "list": [CANARY],
    "in braces": {CANARY: None},
    "as a path": {"vault": CANARY},
    "as a variable": {"env": f"{CANARY} x"},
    "under a key of its own": {"value": [CANARY]},
    "deep": {"a": {CANARY: 1}},
}


def secret_places(schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every key that takes a secret; `main` where names are free."""
    if schema.get("x-secret"):
        yield path
        return
    for key, inner in schema.get("properties", {}).items():
        yield from secret_places(inner, (*path, key))
    if isinstance(free := schema.get("additionalProperties"), dict):
        yield from secret_places(free, (*path, "main"))


PLACES = [(name, path) for name in FILES for path in secret_places(schemas.ours(name).schema)]


def said_of(name: str, path: tuple[str, ...], value: Any) -> tuple[Finding, ...]:
    """The findings of a file that has this value at this path, and nothing else but its platform."""
    for key in reversed(path):
        value = {key: value}
    data = value | ({"platform": name.rpartition("/")[2]} if FILES[name] is DocumentKind.TARGET else {})
    return validate.findings([document(json.dumps(data), FILES[name])])


@pytest.mark.parametrize("literal", LITERALS.values(), ids=LITERALS.keys())
@pytest.mark.parametrize(("name", "path"), PLACES, ids=[f"{name}:{'.'.join(path)}" for name, path in PLACES])
def test_literal_secret_is_found_and_not_repeated(name: str, path: tuple[str, ...], literal: Any) -> None:
    found = said_of(name, path, literal)
    misspelled = said_of(name, (*path[:-1], f"{path[-1]}s"), literal)

    for findings in (found, misspelled):
        assert any(finding.field and finding.field.startswith(".".join(path)) for finding in findings)
        assert CANARY not in view.text(findings, Paper(), files=1)
        assert CANARY not in repr(findings)


def test_secrets_are_taken_where_they_are_expected() -> None:
    assert {".".join(path) for _, path in PLACES} >= {
        "connection.api_key",
        "mail_servers.main.password",
        "mail_servers.main.oauth2.client_secret",
        "relays.main.password",
        "secret_stores.main.auth.secret_id",
    }


def keys(schema: Any) -> Iterator[str]:
    """Every key that a schema without references knows."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from keys(inner)


KNOWN = sorted({key for name in FILES for key in keys(schemas.ours(name).schema)})
ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 70_000) | st.sampled_from([0.5, "x", "tls", "a#b", "", "main"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from([*KNOWN, "main", "Bad Key"]), inner, max_size=4)
    ),
    max_leaves=15,
)


@settings(max_examples=50, deadline=None)
@given(data=ANY)
@pytest.mark.parametrize("name", FILES)
def test_no_data_raises_anything(name: str, data: Any) -> None:
    tops = schemas.ours(name).schema["properties"]

    for key in tops.keys() - {"platform", "version"}:
        said_of(name, (key,), data)
        said_of(name, (key, "main"), data)
