"""The driver with a real PowerShell at the other end: what a model of ours could get wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lab.servers.windows import engine
from support.powershell_engine import engine_session

from reconciler.drivers.powershell.scripts import Script, module
from reconciler.drivers.powershell.session import Session
from reconciler.drivers.powershell.values import Credential
from reconciler.errors import PlatformAnswer, PlatformError, PlatformMissing, PlatformUnreachable
from reconciler.model.secret import SecretValue
from reconciler.platforms.sharepoint import functions as farm_functions
from reconciler.platforms.windows_smtp import functions as smtp_functions

DONE = '\'{"reconciler":1,"ok":true,"error":null,"result":{"done":1}}\''
HOSTILE = ("mail.o'x; $(throw 1)", '"quoted"', "a`b", "--%", "-Tls", "line\r\nbreak", "nul\0", "_x0041_", "ä€😀", "")


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    if (pwsh := engine.found()) is None:
        pytest.skip("no real PowerShell: set RECONCILER_PWSH, or put pwsh on the PATH")
    with engine_session("2019", pwsh) as found:
        yield found


def run(session: Session, text: str, **parameters: object) -> object:
    return session.write(Script(name="trap.ps1", text=text), **parameters)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        f"exit 3; {DONE}",
        f"1..3 | ForEach-Object {{ continue }}; {DONE}",
        f"'noise'; {DONE}",
        f"{DONE}; {DONE}",
        "$null",
    ],
    ids=["exit", "continue", "noise before", "twice", "nothing"],
)
def test_what_completes_without_our_answer_is_a_failure(session: Session, text: str) -> None:
    with pytest.raises(PlatformAnswer):
        run(session, text)


def test_an_error_record_is_a_failure_although_the_answer_came(session: Session) -> None:
    with pytest.raises(PlatformAnswer, match="Soft"):
        run(session, f"Write-Error -Message 'soft' -ErrorId Soft; {DONE}")


def test_warnings_and_other_streams_are_none(session: Session) -> None:
    noise = "Write-Warning 'w'; Write-Verbose 'v' -Verbose; Write-Information 'i'; Write-Host 'h'; Write-Progress 'p'"
    assert run(session, f"{noise}; {DONE}") == {"done": 1}


def test_nothing_stays_behind_for_the_next_script(session: Session) -> None:
    run(session, f"param([string]$Secret) $ErrorActionPreference = 'Stop'; {DONE}", Secret="stays")
    there = 'ConvertTo-Json -Compress @{reconciler=1;ok=$true;result=@{secret=$Secret;how="$ErrorActionPreference"}}'
    assert run(session, there) == {"secret": None, "how": "Continue"}


def test_hostile_texts_and_secrets_arrive_as_they_are(session: Session) -> None:
    secret = SecretValue("p'\"$(1)\n€")
    text = (
        "param([string[]]$Texts, [pscredential]$Login, [securestring]$Key)\n"
        "$plain = [System.Net.NetworkCredential]::new('', $Key).Password\n"
        "ConvertTo-Json -Compress -Depth 4 @{reconciler=1;ok=$true;result="
        "@{texts=@($Texts);login=$Login.UserName;size=$plain.Length;"
        "same=$Login.GetNetworkCredential().Password -ceq $plain}}"
    )
    login = Credential(username="CONTOSO\\m", password=secret)
    expected = {"texts": list(HOSTILE), "login": "CONTOSO\\m", "same": True, "size": len(secret.reveal())}
    assert run(session, text, Texts=HOSTILE, Login=login, Key=secret) == expected


def test_null_and_an_empty_list_stay_apart(session: Session) -> None:
    text = (
        "param([string[]]$A, [string[]]$B)\n"
        "ConvertTo-Json -Compress @{reconciler=1;ok=$true;result=@{a=($null -eq $A);b=($null -eq $B)}}"
    )
    assert run(session, text, A=None, B=()) == {"a": True, "b": False}


def test_a_command_that_is_not_there_is_told_by_its_id(session: Session) -> None:
    with pytest.raises(PlatformMissing):
        run(session, f"Get-Nothing; {DONE}")


def test_a_script_that_takes_too_long_is_stopped_there(session: Session) -> None:
    hasty = replace(session, server=replace(session.server, timeout=2.0, password_named="in a hurry"))
    began = time.monotonic()
    with pytest.raises(PlatformUnreachable):
        run(hasty, f"Start-Sleep -Seconds 60; {DONE}")
    assert time.monotonic() - began < 30
    assert run(session, DONE) == {"done": 1}


def test_a_process_that_windows_ends_is_told_with_the_limit_that_it_met(session: Session) -> None:
    with pytest.raises(PlatformUnreachable, match="did its work is unknown") as raised:
        run(session, f"[System.Diagnostics.Process]::GetCurrentProcess().Kill(); {DONE}")
    assert "MaxMemoryPerShellMB" in str(raised.value.fix)
    assert run(session, DONE) == {"done": 1}  # in a session that was opened anew


def test_a_long_answer_comes_whole(session: Session) -> None:
    text = "ConvertTo-Json -Compress @{reconciler=1;ok=$true;result=@{text='x' * 1000000}}"
    found = run(session, text)
    assert isinstance(found, dict)
    assert len(found["text"]) == 1_000_000


def test_a_parse_error_is_an_error(session: Session) -> None:
    with pytest.raises(PlatformError):
        run(session, "if (")


def test_shipped_functions_run_by_their_names(tmp_path: Path) -> None:
    """As at an endpoint of JEA, but for its language: the session asks for functions and sends no script."""
    if (pwsh := engine.found()) is None:
        pytest.skip("no real PowerShell: set RECONCILER_PWSH, or put pwsh on the PATH")
    shipped = Script(name="shipped.ps1", text=f"[CmdletBinding()]\nparam([string]$A)\n{DONE}\n")
    (tmp_path / "Shipped").mkdir()
    (tmp_path / "Shipped/Shipped.psm1").write_text(module((shipped,)), "utf-8")
    with engine_session("2019", pwsh, {"PSModulePath": str(tmp_path)}) as there:
        functions = replace(there, server=replace(there.server, functions=True))
        assert functions.write(shipped, A="x") == {"done": 1}
        with pytest.raises(PlatformMissing):
            functions.write(replace(shipped, text=f"{shipped.text} "), A="x")


@pytest.mark.parametrize("text", [farm_functions.text, smtp_functions.text], ids=["sharepoint", "windows-smtp"])
def test_the_module_to_ship_is_a_module(session: Session, text: Callable[[], str]) -> None:
    parse = (
        "param([string]$Text)\n$tokens = $null; $mistakes = $null\n"
        "$tree = [System.Management.Automation.Language.Parser]::ParseInput($Text, [ref]$tokens, [ref]$mistakes)\n"
        "$kind = [System.Management.Automation.Language.FunctionDefinitionAst]\n"
        "$found = $tree.FindAll({ $args[0] -is $kind }, $true)\n"
        "ConvertTo-Json -Compress @{reconciler=1;ok=$true;result=@{mistakes=$mistakes.Count;functions=$found.Count}}"
    )
    source = text()
    expected = {"mistakes": 0, "functions": source.count("function Invoke-Reconciler-")}
    assert run(session, parse, Text=source) == expected
