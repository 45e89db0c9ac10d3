"""The table of mail clients in docs/handshake.md says what the data say."""

from __future__ import annotations

from pathlib import Path

import pytest


def test_the_table_is_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "docs"))
    import clients_table

    page = clients_table.PAGE.read_text("utf-8")
    assert clients_table.with_table(page) == page, "python docs/clients_table.py writes it anew"
