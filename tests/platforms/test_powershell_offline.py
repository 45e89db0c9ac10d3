"""What a person carries to a farm is run by a real PowerShell: it does there what remoting would have done."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from lab.servers.windows import engine, farm
from lab.servers.windows.standin import MODULES

from reconciler.model.address import Resource
from reconciler.model.attestation import File
from reconciler.model.secret import SecretRef
from reconciler.platforms.sharepoint import by_scripts

INTRANET, PASSWORD = "https://intranet.contoso.example", "pw-of-a-person"
DECLARED: Mapping[str, Any] = {
    "host": "smtp.example.com",
    "port": 587,
    "encryption": "starttls",
    "auth": "basic",
    "username": "CONTOSO\\mail",
    "password": SecretRef(store="env", path="PW"),
    "credential_key": SecretRef(store="env", path="KEY"),
    "sender.address": "i\u00e4@example.com",
}
# whoever types the secret is a function; the farm is there before, and shown after
AROUND = """
function Read-Host { param([switch]$AsSecureString, [string]$Prompt)
  [Console]::Error.WriteLine([string]::Concat('ASKED ', $Prompt))
  ConvertTo-SecureString -String $env:TYPED -AsPlainText -Force }
Add-PSSnapin -Name Microsoft.SharePoint.PowerShell
Set-LabFarm -Json $env:BEFORE
foreach ($one in $env:ORDERS.Split(' ')) { try { & $env:RUN -Order $one } catch { [Console]::Error.WriteLine("$_") } }
[Console]::Error.WriteLine([string]::Concat('AFTER ', (Get-LabFarm)))
"""


def carried_out(folder: Path, files: tuple[File, ...], orders: str) -> tuple[dict[str, Any], list[str]]:
    """The farm after it, and what was said on the way there."""
    if (pwsh := engine.found()) is None:
        pytest.skip("no real PowerShell: set RECONCILER_PWSH, or put pwsh on the PATH")
    for file in files:
        (folder / file.name).write_bytes(file.text.encode())
    mine = {"LAB_SHAREPOINT": "2019", "PSModulePath": str(MODULES / "snapin"), "TYPED": PASSWORD, "ORDERS": orders}
    before = json.dumps(farm("2019", urls=(f"{INTRANET}/",), servers=("SP1",)).state)
    environment = {**os.environ, **mine, "BEFORE": before, "RUN": str(folder / "run.ps1")}
    command = [pwsh, "-NoLogo", "-NoProfile", "-NonInteractive", "-Command", AROUND]
    ended = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL
    )
    said = [*ended.stdout.splitlines(), *ended.stderr.splitlines()]
    (after,) = [line.removeprefix("AFTER ") for line in said if line.startswith("AFTER ")]
    return json.loads(after), [line for line in said if not line.startswith("AFTER ")]


def web_application() -> tuple[File, ...]:
    resource = Resource(collection="web_applications", key=f"{INTRANET}:443")
    return by_scripts.files(resource, DECLARED, DECLARED)


def test_key_and_settings_arrive_and_secrets_are_typed(tmp_path: Path) -> None:
    after, said = carried_out(tmp_path, web_application(), "2-key.json 3-write.json")
    (row,) = [one for one in after["applications"] if one["url"] == f"{INTRANET}/"]
    found = {name: row[name] for name in ("host", "port", "tls", "user", "password", "from")}
    assert found == {
        "host": "smtp.example.com",
        "port": 587,
        "tls": True,
        "user": "CONTOSO\\mail",
        "password": PASSWORD,
        "from": "i\u00e4@example.com",
    }
    assert [line for line in said if line.startswith("ASKED")] == [
        "ASKED the secret env KEY",
        "ASKED the secret env PW",
    ]
    assert sum('"ok": true' in line for line in said) == 2
    assert not any(PASSWORD in line for line in said)


def test_central_administration_is_found_by_what_it_is(tmp_path: Path) -> None:
    files = by_scripts.files(Resource(collection="farm"), {"port": 26}, {"host": "smtp.example.com", "port": 26})
    after, said = carried_out(tmp_path, files, "1-write.json")
    changed = [(one["central"], one["port"]) for one in after["applications"] if one["port"] == 26]
    assert changed == [(True, 26)], said


def test_a_script_that_was_changed_on_its_way_does_not_run(tmp_path: Path) -> None:
    files = tuple(
        File(name=one.name, text=f"{one.text}# changed\n") if one.name == "write.ps1" else one
        for one in web_application()
    )
    after, said = carried_out(tmp_path, files, "3-write.json")
    assert "RECONCILER_OTHER_SCRIPT" in said
    assert not any(line.startswith("ASKED") for line in said)
    assert not any(one["host"] == "smtp.example.com" for one in after["applications"])


def test_a_web_application_that_is_not_there_is_told_before_a_secret_is_asked_for(tmp_path: Path) -> None:
    resource = Resource(collection="web_applications", key="https://nowhere.contoso.example")
    _, said = carried_out(tmp_path, by_scripts.files(resource, DECLARED, DECLARED), "3-write.json")
    assert "RECONCILER_NOT_FOUND" in said
    assert not any(line.startswith("ASKED") for line in said)
