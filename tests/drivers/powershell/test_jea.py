"""An endpoint without a language, by a real PowerShell: it runs the functions that were shipped to it, no others.

It is made as the docs page says, in a session configuration that PowerShell itself applies.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lab.servers.windows import engine, farm, iis
from lab.servers.windows.standin import MODULES
from support.powershell_cases import ID, WHOLE
from support.powershell_engine import engine_session, ours

from reconciler.drivers.powershell.scripts import Script
from reconciler.drivers.powershell.session import Session
from reconciler.errors import PlatformDenied, PlatformError, PlatformMissing
from reconciler.model.secret import SecretValue
from reconciler.platforms.sharepoint import functions
from reconciler.platforms.windows_smtp import functions as smtp_functions
from reconciler.platforms.windows_smtp.writer import parameters, service

PAGES = Path(__file__).parents[3] / "docs/platforms"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    if (pwsh := engine.found()) is None:
        pytest.skip("no real PowerShell: set RECONCILER_PWSH, or put pwsh on the PATH")
    folder = tmp_path_factory.mktemp("jea")
    (folder / "ReconcilerSharePoint").mkdir()
    (folder / "ReconcilerSharePoint/ReconcilerSharePoint.psm1").write_text(functions.text(), "ascii")
    made = farm("SE", urls=("https://intranet.contoso.example/",), servers=("SP1",))
    (folder / "farm.json").write_text(json.dumps(made.state), "utf-8")
    environment = {
        "PSModulePath": os.pathsep.join((str(folder), str(MODULES / "module"))),
        "LAB_FARM": str(folder / "farm.json"),
    }
    with engine_session("SE", pwsh, environment, _configuration(pwsh, folder, "sharepoint.md")) as session:
        yield replace(session, server=replace(session.server, functions=True))


def _configuration(pwsh: str, folder: Path, page: str) -> Path:
    """By the page's own recipe, without the account: that is Windows' own, as are the modules of its commands."""
    lines = (PAGES / page).read_text("utf-8").replace("`\n", " ").splitlines()
    (recipe,) = [line for line in lines if line.startswith("New-PSSessionConfigurationFile")]
    recipe = re.split("-GroupManagedServiceAccount|-RunAsVirtualAccount", recipe)[0]
    recipe = recipe.replace("ServerManager, CimCmdlets", "WindowsServer")
    command = [pwsh, "-NoLogo", "-NoProfile", "-Command", recipe]
    subprocess.run(command, cwd=folder, check=True, timeout=60, stdin=subprocess.DEVNULL, capture_output=True)
    return folder / "r.pssc"


def test_our_functions_read_and_write(endpoint: Session) -> None:
    assert endpoint.write(ours("sharepoint", "key"), Key=SecretValue("canary-key")) == {"set": True}
    given = {**WHOLE, "MailHost": "relay.example.com", "From": "a'b\"$(throw 1)@example.com"}
    assert endpoint.write(ours("sharepoint", "write"), **given) == {"tries": 1}
    found = endpoint.write(ours("sharepoint", "read"))
    (row,) = [one for one in found["web_applications"] if one["id"] == ID]
    assert (row["host"], row["from"]) == ("relay.example.com", given["From"])


def test_a_script_is_refused_with_what_to_declare(endpoint: Session) -> None:
    scripted = replace(endpoint, server=replace(endpoint.server, functions=False))
    with pytest.raises(PlatformDenied) as raised:
        scripted.write(ours("sharepoint", "read"))
    assert "functions: true" in str(raised.value.fix)


@pytest.mark.parametrize("command", ["Set-SPWebApplication", "Get-SPFarm", "Invoke-Expression", "Set-LabFarm"])
def test_what_our_functions_call_is_not_for_the_session(endpoint: Session, command: str) -> None:
    with pytest.raises(PlatformMissing):
        endpoint.write(_named(command))


def test_functions_of_another_version_are_missing_instead_of_run(endpoint: Session) -> None:
    script = ours("sharepoint", "write")
    with pytest.raises(PlatformMissing, match="Invoke-Reconciler-write-"):
        endpoint.write(replace(script, text=f"{script.text}# another version\n"), **WHOLE)


def test_a_parameter_that_does_not_fit_changes_nothing(endpoint: Session) -> None:
    before = endpoint.write(ours("sharepoint", "read"))
    for wrong in ({"Port": 0}, {"Prot": 26}, {"Tls": "False"}):
        with pytest.raises(PlatformError):
            endpoint.write(ours("sharepoint", "write"), **{**WHOLE, **wrong})
    assert endpoint.write(ours("sharepoint", "read")) == before


def test_the_functions_of_the_smtp_service_read_and_write(tmp_path: Path) -> None:
    if (pwsh := engine.found()) is None:
        pytest.skip("no real PowerShell: set RECONCILER_PWSH, or put pwsh on the PATH")
    module = tmp_path / "ReconcilerWindowsSmtp/ReconcilerWindowsSmtp.psm1"
    module.parent.mkdir()
    module.write_text(smtp_functions.text(), "ascii")
    (tmp_path / "machine.json").write_text(json.dumps(iis.machine()), "utf-8")
    environment = {
        "PSModulePath": os.pathsep.join((str(tmp_path), str(MODULES / "smtp"))),
        "LAB_MACHINE": str(tmp_path / "machine.json"),
    }
    given = {"host": "smtp.example.com", "relay_access.mode": "only-listed", "relay_access.entries": ("10.0.0.1",)}
    with engine_session("windows", pwsh, environment, _configuration(pwsh, tmp_path, "windows-smtp.md")) as session:
        there = replace(session, server=replace(session.server, functions=True))
        there.write(ours("windows_smtp", "write"), Name="1", **parameters(given, given))
        there.write(ours("windows_smtp", "service"), **service({"start_mode": "automatic", "running": True}))
        found = there.write(ours("windows_smtp", "read"))
    (row,) = found["virtual_servers"]
    assert (row["smart_host"], row["relay"]["addresses"]) == ("smtp.example.com", ["10.0.0.1, 255.255.255.255"])
    assert (found["start_mode"], found["state"]) == ("Auto", "Running")


class _Called(Script):
    """A command instead of a function of ours."""

    @property
    def function(self) -> str:
        return self.text


def _named(command: str) -> Script:
    return _Called(name="trap.ps1", text=command)
