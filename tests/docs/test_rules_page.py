"""docs/rules.md is what the code says, and has a heading for every rule."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def page() -> ModuleType:
    spec = importlib.util.spec_from_file_location("rules_page", DOCS / "rules_page.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where its dataclass looks
    spec.loader.exec_module(module)
    return module


def test_the_page_is_that_of_the_code(page: ModuleType) -> None:
    assert (DOCS / "rules.md").read_text("utf-8") == page.text(), "make docs"


@pytest.mark.parametrize(
    "rule", ["literal-secret", "trust-changed", "secret-to-new-host", "unknown-key", "usage", "stale"]
)
def test_rules_of_each_way_to_make_one_are_found(page: ModuleType, rule: str) -> None:
    assert rule in page.rules()
