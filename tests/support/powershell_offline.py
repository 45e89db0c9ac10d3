"""`run.ps1` and what it runs by a real PowerShell, as a person at a farm would: a compiled farm, typed secrets."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.servers.windows import farm
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
_AROUND = """
function Read-Host { param([switch]$AsSecureString, [string]$Prompt)
  [Console]::Error.WriteLine([string]::Concat('ASKED ', $Prompt))
  ConvertTo-SecureString -String $env:TYPED -AsPlainText -Force }
Add-PSSnapin -Name Microsoft.SharePoint.PowerShell
Set-LabFarm -Json $env:BEFORE
foreach ($one in $env:ORDERS.Split(' ')) {
  try { & $env:RUN -Order $one } catch { [Console]::Error.WriteLine([string]::Concat('THROWN ', $_)) } }
[Console]::Error.WriteLine([string]::Concat('AFTER ', (Get-LabFarm)))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The farm after it; prompts, and what was thrown; how many answers say that all is well."""

    after: Mapping[str, Any]
    asked: tuple[str, ...]
    thrown: tuple[str, ...]
    answered: int
    text: str

    def recorded(self) -> dict[str, Any]:
        return {"after": self.after, "asked": [*self.asked], "thrown": [*self.thrown], "answered": self.answered}


def web_application(url: str = f"{INTRANET}:443") -> tuple[File, ...]:
    return by_scripts.files(Resource(collection="web_applications", key=url), DECLARED, DECLARED)


def _central() -> tuple[File, ...]:
    return by_scripts.files(Resource(collection="farm"), {"port": 26}, {"host": "smtp.example.com", "port": 26})


def _changed() -> tuple[File, ...]:
    return tuple(
        File(name=one.name, text=f"{one.text}# changed\n") if one.name == "write.ps1" else one
        for one in web_application()
    )


CASES: Mapping[str, tuple[tuple[File, ...], str]] = {
    "key and settings": (web_application(), "2-key.json 3-write.json"),
    "Central Administration": (_central(), "1-write.json"),
    "a script that was changed": (_changed(), "3-write.json"),
    "no such web application": (web_application("https://nowhere.contoso.example"), "3-write.json"),
}


def carried_out(folder: Path, name: str, pwsh: str) -> Done:
    """A case, in an empty folder."""
    files, orders = CASES[name]
    for file in files:
        (folder / file.name).write_bytes(file.text.encode())
    mine = {"LAB_SHAREPOINT": "2019", "PSModulePath": str(MODULES / "snapin"), "TYPED": PASSWORD, "ORDERS": orders}
    before = json.dumps(farm("2019", urls=(f"{INTRANET}/",), servers=("SP1",)).state)
    environment = {**os.environ, **mine, "BEFORE": before, "RUN": str(folder / "run.ps1")}
    command = [pwsh, "-NoLogo", "-NoProfile", "-NonInteractive", "-Command", _AROUND]
    ended = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL
    )
    said = [*ended.stdout.splitlines(), *ended.stderr.splitlines()]

    def lines(word: str) -> tuple[str, ...]:
        return tuple(line.removeprefix(f"{word} ") for line in said if line.startswith(f"{word} "))

    (after,) = lines("AFTER")
    return Done(
        after=json.loads(after),
        asked=lines("ASKED"),
        thrown=lines("THROWN"),
        answered=sum('"ok": true' in line for line in said),
        text="\n".join(line for line in said if not line.startswith("AFTER ")),
    )
