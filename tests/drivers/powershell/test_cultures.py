"""A PowerShell with ICU and in Turkish or German: our scripts do there what they do without a culture."""

from __future__ import annotations

import ctypes.util
from pathlib import Path

import pytest
from lab.servers.windows import engine
from support.powershell_cases import cases
from support.powershell_engine import comparable, engine_of, engine_session, key, recordings

from reconciler.drivers.powershell.scripts import Script

CASES = [one for one in cases() if (one.platform, one.version) == ("sharepoint", "2019") and one.bound]
PROBE = (
    "$soft = [string][char]0xAD\n"
    "ConvertTo-Json -Compress -InputObject @{reconciler=1;ok=$true;result="
    "@{culture=[cultureinfo]::CurrentCulture.Name;ignores=('a' -eq ('a' + $soft));title=('TITLE' -match 'title')}}"
)


@pytest.fixture
def pwsh(tmp_path: Path) -> str:
    """One that compares texts as Windows does in principle, whatever a launcher says."""
    if (found := engine.found()) is None:
        pytest.skip("no real PowerShell: set RECONCILER_PWSH, or put pwsh on the PATH")
    if ctypes.util.find_library("icuuc") is None:
        pytest.skip("no ICU here (libicu of Debian)")
    home = Path(found).resolve().parent
    program = f"{home}/dotnet/dotnet {home}/app/pwsh.dll" if (home / "app/pwsh.dll").exists() else found
    launcher = tmp_path / "pwsh"
    launcher.write_text(f'#!/bin/sh\nexport DOTNET_ROOT={home}/dotnet\nexec {program} "$@"\n', "utf-8")
    launcher.chmod(0o755)
    return str(launcher)


@pytest.mark.parametrize("culture", ["tr_TR", "de_DE"])
def test_scripts_do_the_same_in_every_culture(pwsh: str, culture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", f"{culture}.UTF-8")
    monkeypatch.setenv("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "0")
    with engine_session("2019", pwsh) as session:
        found = session.write(Script(name="probe.ps1", text=PROBE))
        # the trap is there: characters that nobody sees, and in Turkish an I that is none
        assert found == {"culture": culture.replace("_", "-"), "ignores": True, "title": culture != "tr_TR"}
    with engine_of("2019", pwsh) as run:
        for case in CASES:
            recorded = recordings(case.platform, case.script)[key(case)]
            assert comparable(run(case)) == comparable(recorded), case
