"""README, security line 10: no option of the command line and no key of a file turns verification off."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest

from reconciler.cli.main import COMMANDS

SCHEMAS = Path(__file__).parents[2] / "schemas"
SWITCH = re.compile(
    r"insecure|unsafe|trust[-_]?all|verify[-_]?(tls|ssl|cert|host)|(no|skip|disable|ignore|allow)[-_]?(verif|tls|ssl|cert|host|self)"
)


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_has_an_insecure_switch(name: str) -> None:
    command: click.Command = import_module(f"reconciler.cli.{COMMANDS[name][0]}").command
    options = [option for one in command.params for option in (*one.opts, *one.secondary_opts)]
    assert options
    assert [option for option in options if SWITCH.search(option)] == []


@pytest.mark.parametrize("path", sorted(SCHEMAS.rglob("*.json")), ids=lambda path: path.name)
def test_no_file_has_an_insecure_switch(path: Path) -> None:
    assert [key for key in _keys(json.loads(path.read_text("utf-8"))) if SWITCH.search(key.lower())] == []


def _keys(schema: Any) -> Iterator[str]:
    """Every key that a file may have."""
    if isinstance(schema, dict):
        if isinstance(properties := schema.get("properties"), dict):
            yield from properties
        schema = list(schema.values())
    if isinstance(schema, list):
        yield from (key for part in schema for key in _keys(part))


@pytest.mark.parametrize(
    "name", ["--insecure", "--no-verify", "verify_tls", "skip_cert_check", "ignore-ssl", "verify_ssl"]
)
def test_a_switch_would_be_found(name: str) -> None:
    assert SWITCH.search(name)
