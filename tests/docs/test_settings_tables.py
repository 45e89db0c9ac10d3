"""What docs/platforms say of settings is what the schemas say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from reconciler import platforms

TOP = Path(__file__).parents[2]
PAGES = TOP / "docs/platforms"


@pytest.fixture(scope="module")
def tables() -> ModuleType:
    spec = importlib.util.spec_from_file_location("settings_tables", TOP / "docs/settings_tables.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("kind", platforms.KINDS)
def test_the_page_of_a_platform_has_the_table_of_its_schema(tables: ModuleType, kind: str) -> None:
    if not PAGES.is_dir():
        pytest.skip("docs/platforms is not there yet")
    page = (PAGES / f"{kind}.md").read_text("utf-8")
    assert page == tables.with_table(page, kind), "python docs/settings_tables.py renews it"


@pytest.mark.parametrize("kind", platforms.KINDS)
def test_a_table_has_every_setting_that_the_platform_knows(tables: ModuleType, kind: str) -> None:
    shown = tables.table(kind)
    assert "| setting | values | what it is | note |" in shown
    assert all(len(line.replace("\\|", "").split("|")) == 6 for line in shown.splitlines() if line.startswith("|"))


def test_a_row_says_values_and_what_is_special(tables: ModuleType) -> None:
    rows = {line.split(" | ")[0]: line for line in tables.table("openspp").splitlines()}
    assert "| `none`, `starttls`, `tls` |" in rows["| `encryption`"]
    assert "| 1 to 65535 |" in rows["| `port`"]
    assert rows["| `password`"].split(" | ")[1::2] == ["reference", "secret |"]
    assert rows["| `ca_file`"].endswith("| handshake only |")
    assert "| list of text |" in rows["| `from_filter`"]


def test_a_table_is_renewed_in_its_place(tables: ModuleType) -> None:
    once = tables.with_table("# Odoo\n\n<!-- settings -->\n\n## Rights\n", "openspp")
    assert once.startswith("# Odoo\n\n<!-- settings -->\n`mail_servers[…]`: ")
    assert once.endswith("|\n<!-- /settings -->\n\n## Rights\n")
    assert tables.with_table(once.replace("`host`", "`hots`"), "openspp") == once


def test_resources_with_the_same_settings_share_a_table(tables: ModuleType) -> None:
    assert tables.table("file").startswith("`settings`, `mailers[…]`: ")


def test_a_page_without_the_mark_is_named(tables: ModuleType) -> None:
    with pytest.raises(ValueError, match=r"docs/platforms/file.md has no line <!-- settings -->"):
        tables.with_table("# File\n", "file")
