"""docs/clients.md says what the data say, and every fact has a place there."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.smtp.clients.client import load, names

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ["handshake.md", *(f"platforms/{file.name}" for file in sorted((DOCS / "platforms").iterdir()))]
NOT_SHOWN = {"ehlo_shape", "envelope", "chain"}  # said in words beside it


@pytest.fixture(autouse=True)
def _docs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS))


def test_the_tables_are_up_to_date() -> None:
    import clients_page

    page = clients_page.PAGE.read_text("utf-8")
    assert clients_page.with_tables(page) == page, "python docs/clients_page.py writes it anew"


def test_every_fact_has_a_column() -> None:
    import clients_page

    shown = {fact for group in clients_page.GROUPS.values() for fact in group}
    assert {fact for name in names() for fact in load(name).facts} - shown == NOT_SHOWN


@pytest.mark.parametrize("page", PAGES)
def test_every_platform_leads_there(page: str) -> None:
    assert "clients.md)" in (DOCS / page).read_text("utf-8")
