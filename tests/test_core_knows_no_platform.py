"""No kind, collection or setting of one platform is known by its name above or beside `platforms`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import reconciler
from reconciler import platforms
from reconciler.pipeline.adopt import resource_schema
from reconciler.pipeline.validate import schemas

HOUSE = Path(reconciler.__file__).parent
ROOMS = ("pipeline", "model", "views", "cli", "state", "secrets", "oauth")
# words that a platform has in common with the language, which means something else by them
SHARED = {
    "file": "a key of secret references and of state, and the path of a Position",
    "name": "what `adopt: {name: …}` compares, and a key of JSON documents",
    "oauth2": "a group of settings of a relay, and a word of `auth`",
    "settings": "a key of JSON documents",
}


def language() -> frozenset[str]:
    """What any relay, sender or verification may say, whatever the platform."""
    environment = schemas.ours("environment").schema
    assert isinstance(environment, dict)
    shared = dict(environment["properties"])
    relay = shared.pop("relays")["additionalProperties"]
    found = {name for name, _ in resource_schema.settings({"properties": {**shared, "relay": relay}}, "x.")}
    return frozenset(name.removeprefix("x.").removeprefix("relay.") for name in found)


def own(kind: str) -> frozenset[str]:
    """Its names, its collections, and the settings that no relay has."""
    platform = platforms.load(kind)
    assert platform is not None
    fields = {
        field
        for collection, shape in platform.collections.items()
        for field in resource_schema.of(kind, collection, shape).fields
    }
    return frozenset({kind, *platform.aliases, *platform.collections, *fields - language()})


def strings(file: Path) -> Iterator[tuple[int, str]]:
    """The texts that code works with; what stands in docstrings is for people."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.lineno, node.value


def known(words: frozenset[str], room: str) -> list[str]:
    return [
        f"{file.relative_to(HOUSE)}:{line}: {text}"
        for file in sorted((HOUSE / room).rglob("*.py"))
        for line, text in strings(file)
        if text in words
    ]


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("kind", platforms.KINDS)
def test_no_stage_knows_a_platform(kind: str, room: str) -> None:
    assert known(own(kind) - SHARED.keys(), room) == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_message_names_a_platform(room: str) -> None:
    kinds = {name for kind in platforms.KINDS for name in (kind, *getattr(platforms.load(kind), "aliases", ()))}
    named = re.compile(rf"\b({'|'.join(kinds - SHARED.keys())})\b")
    found = [text for file in (HOUSE / room).rglob("*.py") for _, text in strings(file) if named.search(text)]
    assert found == []


@pytest.mark.parametrize("word", ["openspp", "odoo", "mail_servers", "active", "test_list.active", "mynetworks"])
def test_it_would_be_found(word: str) -> None:
    assert any(word in own(kind) for kind in platforms.KINDS)


def test_settings_of_every_relay_may_be_known() -> None:
    assert {"host", "port", "password", "oauth2.token_url", "sender.address", "verify.level"} <= language()
