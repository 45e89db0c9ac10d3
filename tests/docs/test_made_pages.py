"""docs/rules.md and docs/commands.md are what the code says; `make docs` makes them anew."""

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


@pytest.mark.parametrize("page", ["rules", "commands"])
def test_the_page_is_that_of_the_code(page: str) -> None:
    assert (DOCS / f"{page}.md").read_text("utf-8") == module(f"{page}_page").text(), "make docs"


@pytest.mark.parametrize(
    "rule", ["literal-secret", "trust-changed", "secret-to-new-host", "unknown-key", "usage", "stale"]
)
def test_rules_of_each_way_to_make_one_are_found(rule: str) -> None:
    assert rule in module("rules_page").rules()
