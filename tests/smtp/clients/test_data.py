"""Each client's file keeps the schema, says where each value comes from, and is named by whoever sends with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reconciler import platforms
from reconciler.platforms.file import presets
from reconciler.smtp.clients.client import load, names

ROOM = Path(__file__).parents[3] / "reconciler" / "smtp" / "clients"
SCHEMAS = Path(str(platforms.schemas()))
SCHEMA = json.loads((SCHEMAS / "client.schema.json").read_text("utf-8"))
VALID = Draft202012Validator(SCHEMA)
# what point 2 of a client's data is about; a library says all of it
WHOLE = ("smtplib", "net-smtp", "symfony", "nodemailer", "angus", "system-net-mail", "mailkit", "grafana", "mattermost")
FACTS = frozenset(SCHEMA["properties"]["facts"]["properties"])
BESIDE = frozenset({"set_mechanism", "token_tries", "asked_twice", "from", "envelope"})  # of some clients only
TOGETHER = frozenset({"timeout.login", "timeout.mail"})


def data(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOM / f"{name}.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("name", names())
def test_every_client_fits_the_schema(name: str) -> None:
    assert [error.message for error in VALID.iter_errors(data(name))] == []
    assert load(name).name == name


@pytest.mark.parametrize("name", WHOLE)
def test_a_client_that_was_run_says_all_of_it(name: str) -> None:
    missing = FACTS - BESIDE - TOGETHER - {"timeout.total", "plain_form", "authorization_identity"} - {*load(name).said}
    assert missing == set()


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_names_its_client(name: str) -> None:
    assert presets.preset(name).client in names()
    platform = platforms.load("file")
    assert platform is not None
    assert platform.client({"preset": name}) == presets.preset(name).client


def test_every_platform_names_its_client() -> None:
    connection = {"client": "rails", "path": "x", "format": "dotenv", "url": "https://console.example.com"}
    found = {kind: platforms.load(kind) for kind in platforms.KINDS}
    assert {kind: one.client(connection) in names() for kind, one in found.items() if one} == dict.fromkeys(found, True)


def test_a_declared_client_wins_over_that_of_a_preset() -> None:
    platform = platforms.load("file")
    assert platform is not None
    assert platform.client({"preset": "rails", "client": "mailkit"}) == "mailkit"
    assert platform.client({"path": "x"}) is None


def test_the_schema_lists_the_clients_that_there_are() -> None:
    common = json.loads((SCHEMAS / "common.schema.json").read_text("utf-8"))
    assert common["$defs"]["connection_client"]["enum"] == list(names())
