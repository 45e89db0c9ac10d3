from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.drivers.admin_page import executable
from reconciler.errors import PlatformError

INSTALL = "pip install 'mail-reconciler[browser]'"
playwright = pytest.importorskip("playwright", reason=f"playwright is not installed: {INSTALL}")


def test_a_browser_that_is_nowhere_is_said_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(PlatformError, match="chromium-headless-shell is not on the PATH") as raised:
        executable.found(None)

    assert raised.value.fix
    assert "apt-get install chromium-headless-shell" in raised.value.fix


def test_a_named_browser_that_is_no_program_is_said(tmp_path: Path) -> None:
    file = tmp_path / "chromium"
    file.write_text("")

    with pytest.raises(PlatformError, match="is not executable"):
        executable.found(str(file))


def test_a_missing_playwright_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executable, "find_spec", lambda name: None)

    with pytest.raises(PlatformError, match="Playwright is not installed") as raised:
        executable.found("/usr/bin/chromium-headless-shell")

    assert raised.value.fix
    assert "mail-reconciler[browser]" in raised.value.fix


@pytest.mark.parametrize("name", ["DEBUG", "DEBUGP", "PWDEBUG"])
def test_a_run_whose_log_would_hold_what_is_typed_does_not_begin(name: str) -> None:
    with pytest.raises(PlatformError, match=f"{name} is set"):
        executable.check_environment({"PATH": "/usr/bin", name: "pw:api"})
