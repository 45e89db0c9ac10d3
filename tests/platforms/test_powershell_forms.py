"""Windows PowerShell 5.1 runs the scripts, and none is at hand: what it lacks, and what hides a failure, is refused."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from lab.servers.windows import engine

TOP = Path(__file__).parents[2]
FORMS = TOP / "tests/support/forms.ps1"
SCRIPTS = sorted([*TOP.glob("reconciler/platforms/*/*.ps1"), *TOP.glob("reconciler/drivers/*/*.ps1")])
FRAME = (
    "[CmdletBinding(PositionalBinding = $false)]\nparam([Parameter(Mandatory = $true)][string]$A)\n"
    "$ErrorActionPreference = 'Stop'\n{}\nConvertTo-Json -InputObject $A -Compress -Depth 6\n"
)
BAD = {
    "$b = $A ?? 'x'": "??",
    "$b = $true ? 1 : 2": "?:",
    "Get-Item -Path $A -ErrorAction Stop && Get-Item -Path $A -ErrorAction Stop": "&& or ||",
    "$b = ${A}?.Length": "?. or ?[]",
    "exit 3": "exit ends",
    "@(1) | ForEach-Object -Process { continue }": "continue outside",
    "Invoke-Expression -Command $A": "text as code",
    "[scriptblock]::Create($A)": "text as code",
    'Get-Item -Path "a$A" -ErrorAction Stop': "a value inside a text",
    "gwmi -Class $A": "an alias",
    "Get-SPFarm": "without -ErrorAction",
    "if ($A -eq $null) { $b = 1 }": "$null on the right",
    "if ($A -match 'x') { $b = 1 }": "by the culture",
    "$b = $IsLinux": "a variable of PowerShell 7",
    "ConvertTo-Json -InputObject $A -Depth 2 -AsArray": "a parameter of PowerShell 7",
    "ConvertTo-Json -InputObject $A": "without InputObject and Depth",
    "Write-Host -Object $A": "a command for people",
    "$b = 5u": "a number",
    "& $A": "computed",
    "$b = '\u2014'": "not ASCII",
    "$b = (": "",
    '$b = "`u{1F600}"': "an escape of PowerShell 7",
    "$b = [ordered]$A": "no type in 5.1",
    "$b = [semver]'1.0.0'": "no type in 5.1",
    "$b = $A.Split(', ')": "Split cuts at each character",
    "$b = $A.Contains('a', 'Ordinal')": "an overload that 5.1 lacks",
    "$b = $A.Replace('a', 'b', 'Ordinal')": "an overload that 5.1 lacks",
    "$b = [array]::Empty[string]()": "type arguments",
    "$b = Get-Item $A -ErrorAction Stop": "a value by position",
    "$b = Get-Item -LiteralP $A -ErrorAction Stop": "no full name of a parameter",
    "$all = @{ Path = $A }\nGet-Item @all -Path $A -ErrorAction Stop": "given twice",
    "$b = ConvertFrom-Json -InputObject $A -Depth 3": "a parameter of PowerShell 7",
    "$b = Get-ExperimentalFeature -ErrorAction Stop": "a command of PowerShell 7",
    "Set-StrictMode -Version 2": "strict mode",
    "$b = @(1) | Select-Object -First 1": "a pipeline",
    "function Get-One { 1 }": "a function",
    "if ($A -eq 'x') { $b = 1 }": "texts compared",
    "switch ($A) { 'x' { $b = 1 } }": "goes by the culture",
    "$input = 1": "an automatic variable",
    "break": "break outside",
    "Get-Item -Path $A -ErrorAction Stop &": "a background &",
    "$A ??= 'x'": "??=",
    "Get-Item -LiteralPath $A -ErrorAction Stop": "a command outside the try",
    "try { $b = 1 } finally { $c = 2 }": "a try without a catch",
    "try { Set-SPOne -A $A -ErrorAction Stop } catch { $b = 1 }": "without -Confirm",
}
FRAMES = {
    "$ErrorActionPreference = 'Stop'\n1\n": "no param block",
    "param([string]$A)\n$ErrorActionPreference = 'Stop'\n": "no [CmdletBinding",
    "[CmdletBinding(PositionalBinding = $false)]\nparam($A)\n$b = 1\n": "an untyped parameter",
    "[CmdletBinding(PositionalBinding = $false)]\nparam([string]$A = 'x')\n$b = 1\n": "a default",
    "[CmdletBinding(PositionalBinding = $false)]\nparam([string]$C)\n$b = 1\n": "an optional parameter",
    "#requires -Version 7.0\n[CmdletBinding(PositionalBinding = $false)]\nparam([string]$B)\n$b = 1\n": "requires more",
    f"using namespace System\n{FRAME.replace('{}', '$c = 1')}": "using",
    FRAME.replace("{}", "$d = 1") + "clean { $d = 2 }\n": "clean",
    "[CmdletBinding(PositionalBinding = $false)]\nparam([string]$A)\n$b = 1\n": "is not the first statement",
}


def found(folder: Path) -> str:
    if (pwsh := engine.found()) is None:
        pytest.skip("no real PowerShell: set RECONCILER_PWSH, or put pwsh on the PATH")
    command = [pwsh, "-NoLogo", "-NoProfile", "-NonInteractive", "-File", str(FORMS), "-Folder", str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, stdin=subprocess.DEVNULL)
    return ended.stdout


@pytest.mark.parametrize("folder", sorted({file.parent for file in SCRIPTS}), ids=lambda folder: folder.name)
def test_our_scripts_have_none_of_it(folder: Path) -> None:
    assert found(folder) == ""


def test_each_form_is_named(tmp_path: Path) -> None:
    texts = {FRAME.replace("{}", bad): rule for bad, rule in BAD.items()} | FRAMES
    for number, text in enumerate(texts):
        (tmp_path / f"bad{number:02}.ps1").write_text(text, "utf-8")
    (tmp_path / "good.ps1").write_text(FRAME.replace("{}", "$b = 1"), "utf-8")
    said = found(tmp_path)
    names = {f"bad{number:02}.ps1:": rule for number, rule in enumerate(texts.values())}
    lines = said.splitlines()
    missed = [rule for name, rule in names.items() if not any(one.startswith(name) and rule in one for one in lines)]
    assert (missed, "good.ps1" in said) == ([], False), said


def test_every_script_is_ascii_with_a_typed_frame() -> None:
    """What can be told without an engine."""
    for file in SCRIPTS:
        text = file.read_text("ascii")
        assert "[CmdletBinding(PositionalBinding = $false)]\nparam(" in text, file
        assert "\n$ErrorActionPreference = 'Stop'\n" in text, file
        assert "Invoke-Expression" not in text, file
        assert text.count("[Parameter(Mandatory = $true)]") == text.split("\n$ErrorAction")[0].count("]$"), file
