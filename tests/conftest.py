from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import fake
from lab.site import Site


@pytest.fixture
def world(tmp_path: Path) -> Iterator[fake.World]:
    """The kind `fake`, as an installed package brings it."""
    with fake.installed(tmp_path / "site") as found:
        yield found


@pytest.fixture
def site(tmp_path: Path, world: fake.World, monkeypatch: pytest.MonkeyPatch) -> Site:
    """An empty landscape, which is the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PW", "s3cr3t-canary")
    return Site(tmp_path)
