"""The tables of page maps in docs/platforms are those of the maps."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def tables() -> ModuleType:
    spec = importlib.util.spec_from_file_location("page_map_tables", DOCS / "page_map_tables.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("kind", ["netbrain", "outsystems-o11"])
def test_the_page_shows_its_map_as_it_is(tables: ModuleType, kind: str) -> None:
    page = (DOCS / "platforms" / f"{kind}.md").read_text(encoding="utf-8")
    assert "| page | label | type | setting | shown with |" in page
    assert tables.with_tables(page, kind) == page
