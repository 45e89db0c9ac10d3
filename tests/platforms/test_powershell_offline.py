"""What a person carries to a farm is run by a real PowerShell: it does there what remoting would have done."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from lab.servers.windows import engine
from support.powershell_engine import runner
from support.powershell_offline import CASES, INTRANET, PASSWORD, Done, carried_out

Carried = Callable[[str], Done]


@pytest.fixture
def carried(tmp_path: Path) -> Carried:
    if (pwsh := engine.found()) is None:
        pytest.skip("no real PowerShell: set RECONCILER_PWSH, or put pwsh on the PATH")
    return lambda name: carried_out(tmp_path, name, pwsh)


def test_key_and_settings_arrive_and_secrets_are_typed(carried: Carried) -> None:
    done = carried("key and settings")
    (row,) = [one for one in done.after["applications"] if one["url"] == f"{INTRANET}/"]
    found = {name: row[name] for name in ("host", "port", "tls", "user", "password", "from")}
    assert found == {
        "host": "smtp.example.com",
        "port": 587,
        "tls": True,
        "user": "CONTOSO\\mail",
        "password": PASSWORD,
        "from": "i\u00e4@example.com",
    }
    assert (done.asked, done.answered) == (("the secret env KEY", "the secret env PW"), 2)
    assert PASSWORD not in done.text


def test_central_administration_is_found_by_what_it_is(carried: Carried) -> None:
    done = carried("Central Administration")
    changed = [(one["central"], one["port"]) for one in done.after["applications"] if one["port"] == 26]
    assert changed == [(True, 26)], done.text


def test_a_script_that_was_changed_on_its_way_does_not_run(carried: Carried) -> None:
    done = carried("a script that was changed")
    assert (done.thrown, done.asked) == (("RECONCILER_OTHER_SCRIPT",), ())
    assert not any(one["host"] == "smtp.example.com" for one in done.after["applications"])


def test_a_web_application_that_is_not_there_is_told_before_a_secret_is_asked_for(carried: Carried) -> None:
    done = carried("no such web application")
    assert (done.thrown, done.asked) == (("RECONCILER_NOT_FOUND",), ())


def test_the_runner_was_run_in_the_form_that_it_has() -> None:
    assert runner().is_file(), "run.ps1, or what it runs, was changed and not run since: make record-powershell"
    assert json.loads(runner().read_text("utf-8")).keys() == CASES.keys()


@pytest.mark.parametrize("name", CASES)
def test_it_does_the_same_today(carried: Carried, name: str) -> None:
    recorded = json.loads(runner().read_text("utf-8"))
    assert json.loads(json.dumps(carried(name).recorded())) == recorded[name]
