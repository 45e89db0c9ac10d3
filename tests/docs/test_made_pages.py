"""Pages and the schema of all targets are what the code says; `make docs` makes them anew."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[2] / "docs"


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec
    assert spec.loader
    found = importlib.util.module_from_spec(spec)
    sys.modules[name] = found  # where a dataclass looks
    spec.loader.exec_module(found)
    return found


@pytest.mark.parametrize("name", ["rules_page", "commands_page", "schema_page"])
def test_the_page_is_that_of_the_code(name: str) -> None:
    found = module(name)
    assert found.PAGE.read_text("utf-8") == found.text(), "make docs"


def test_every_key_of_a_relay_is_in_the_reference() -> None:
    found = module("schema_page").text()
    assert all(f"`relays.<name>.{key}`" in found for key in ("host", "oauth2.client_secret", "timeouts.read"))


def test_the_schema_of_all_targets_is_that_of_the_others() -> None:
    found = module("target_schema")
    assert found.FILE.read_text("utf-8") == found.text(), "make docs"


@pytest.mark.parametrize(
    "rule", ["literal-secret", "trust-changed", "secret-to-new-host", "unknown-key", "usage", "stale"]
)
def test_rules_of_each_way_to_make_one_are_found(rule: str) -> None:
    assert rule in module("rules_page").rules()
