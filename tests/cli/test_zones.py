"""`zones`, as far as nobody has to be there."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from support import zone_keys
from support.commandline import inside

from reconciler.engine.celery.definitions import definitions

FILE = "environments/reconciler.yaml"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "keys").mkdir()
    (tmp_path / "environments").mkdir()
    for name in ("dmz", "plant", "plan"):
        zone_keys.make(tmp_path / "keys", name)
    return tmp_path


def declare(broker: str) -> None:
    Path(FILE).write_text(
        f"version: 1\nengine:\n  type: celery\n  broker: {broker}\n  signing_key: {{env: NOT_NEEDED}}\n"
        "  reading_key: {file: keys/plan.pem}\n"
        "  zones: {plant: {key: keys/plant.pub}, dmz: {key: keys/dmz.pub}}\n",
        "utf-8",
    )


def test_without_an_engine_there_are_none(folder: Path) -> None:
    Path(FILE).write_text("version: 1\n", "utf-8")
    ran = inside("zones")
    assert (ran.code, "reconciler.yaml has no engine" in ran.err) == (64, True)


def test_definitions_ask_nobody_and_name_user_and_host_of_the_broker(folder: Path) -> None:
    declare("amqps://us@rabbit.example.com/mail")
    ran = inside("zones", "--definitions")
    assert (ran.code, json.loads(ran.out)) == (0, definitions(("dmz", "plant"), vhost="mail", coordinator="us"))
    assert "rabbitmqctl add_user NAME, for us, dmz, plant" in ran.err


def test_a_broker_that_is_down_is_told_with_the_keys_that_may_only_read(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    declare(f"amqp://us@127.0.0.1:{port}/mail")
    ran = inside("zones", "--format", "json")
    assert ran.code == 1
    assert [(one["zone"], one["workers"], one["error"]["rule"]) for one in ran.json["zones"]] == [
        ("dmz", None, "broker-unreachable"),
        ("plant", None, "broker-unreachable"),
    ]
