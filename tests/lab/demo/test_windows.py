"""Without the libraries of PowerShell remoting the demo goes on without the servers that need them, and says so."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from lab.demo import servers, windows


def test_their_targets_go_and_the_reason_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "LIBRARIES", ("no_such_library",))
    monkeypatch.setattr(servers, "WORK", tmp_path)
    shutil.copytree(servers.TOP / "environments", tmp_path / "environments")
    nobody: Any = None  # is asked
    with ExitStack() as stack:
        servers.add_windows(stack, nobody, nobody)
    assert not any((tmp_path / "environments" / name).exists() for name in windows.TARGETS)
    assert windows.missing() == "there is no no_such_library here (pip install 'mail-reconciler[dev]')"


def test_they_are_there_with_what_the_tests_need() -> None:
    assert windows.missing() is None
