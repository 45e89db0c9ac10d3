"""docs/relay-shapes.md says what the recordings say."""

from __future__ import annotations

from pathlib import Path

import pytest


def test_the_page_is_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "docs"))
    import relay_shapes

    assert relay_shapes.page() == relay_shapes.PAGE.read_text("utf-8"), "python docs/relay_shapes.py writes it anew"
