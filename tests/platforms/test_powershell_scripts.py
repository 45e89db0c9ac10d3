"""Each shipped script was run by a real PowerShell in the form that it has now, and the lab's model does the same."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from lab.servers.windows import engine, iis, sharepoint
from lab.servers.windows.farm import Farm
from support import powershell_cases, powershell_engine
from support.powershell_cases import Case

TOP = Path(__file__).parents[2]
CASES = powershell_cases.cases()
PLACES = sorted({(case.platform, case.script) for case in CASES})
State = dict[str, Any]
MODELS: Mapping[tuple[str, str], Callable[[Case, State], Any]] = {
    ("sharepoint", "read"): lambda case, there: sharepoint.read(_farm(case, there)),
    ("sharepoint", "write"): lambda case, there: sharepoint.write(_farm(case, there), "SP1", case.given),
    ("sharepoint", "key"): lambda case, there: sharepoint.key(_farm(case, there), "SP1", case.given),
    ("windows_smtp", "read"): lambda case, there: iis.read(there),
    ("windows_smtp", "write"): lambda case, there: iis.write(there, case.given),
    ("windows_smtp", "service"): lambda case, there: iis.service(there, case.given),
}


def _farm(case: Case, there: State) -> Farm:
    return Farm(version=case.version, state=there)


def of(platform: str, name: str, *, bound: bool) -> list[Case]:
    return [case for case in CASES if (case.platform, case.script, case.bound) == (platform, name, bound)]


def test_every_shipped_script_has_cases() -> None:
    shipped = {(file.parent.name, file.stem) for file in TOP.glob("reconciler/platforms/*/*.ps1")}
    assert shipped == set(PLACES)


@pytest.mark.parametrize(("platform", "name"), PLACES)
def test_a_script_was_run_in_the_form_that_it_has(platform: str, name: str) -> None:
    file = powershell_engine.file(platform, name)
    assert file.is_file(), f"{platform}/{name}.ps1 was changed and not run since: make record-powershell"
    keys = {powershell_engine.key(case) for case in CASES if (case.platform, case.script) == (platform, name)}
    assert powershell_engine.recordings(platform, name).keys() == keys


@pytest.mark.parametrize(("platform", "name"), sorted(MODELS))
def test_the_model_does_what_the_engine_did(platform: str, name: str) -> None:
    recorded = powershell_engine.recordings(platform, name)
    for case in of(platform, name, bound=True):
        entry = powershell_engine.comparable(recorded[powershell_engine.key(case)])
        there = copy.deepcopy(dict(case.before))
        assert there == entry["before"], case
        said = sharepoint.answer(MODELS[platform, name], case, there)
        found = {"output": [json.loads(json.dumps(said))], "after": there}
        expected = {"output": [_known(one, case) for one in entry["output"]], "after": entry["after"]}
        assert powershell_engine.comparable(found) == expected, case


@pytest.mark.parametrize(("platform", "name"), PLACES)
def test_what_does_not_fit_a_parameter_reaches_nothing(platform: str, name: str) -> None:
    recorded = powershell_engine.recordings(platform, name)
    for case in of(platform, name, bound=False):
        entry = recorded[powershell_engine.key(case)]
        if case.name != "list for a text":  # joined by the engine: our callers send texts only
            assert (entry["completed"], entry["output"], len(entry["errors"])) == (False, [], 1), case
            assert entry["after"] == entry["before"], case


def test_hostile_values_stay_data() -> None:
    recorded = powershell_engine.recordings("sharepoint", "write")["2019", "from only, hostile"]
    assert recorded["after"]["applications"][1]["from"] == powershell_cases.HOSTILE


def test_nobody_and_everybody_are_never_taken_for_each_other() -> None:
    recorded = powershell_engine.recordings("windows_smtp", "write")
    lists = {name: entry["after"]["servers"][0]["relay"] for (_, name), entry in recorded.items()}
    assert lists["relay only, nobody"] == iis.access(all_=False)
    assert lists["relay only, everybody"] == iis.access(all_=True)


@pytest.mark.parametrize("version", sorted({case.version for case in CASES}))
def test_a_real_powershell_says_the_same_today(version: str) -> None:
    if (pwsh := engine.found()) is None:
        pytest.skip("no real PowerShell: set RECONCILER_PWSH, or put pwsh on the PATH")
    recorded = {place: powershell_engine.recordings(*place) for place in PLACES}
    with powershell_engine.engine_of(version, pwsh) as run:
        for case in (case for case in CASES if case.version == version):
            entry = recorded[case.platform, case.script][powershell_engine.key(case)]
            assert powershell_engine.comparable(run(case)) == powershell_engine.comparable(entry), case


def _known(output: dict[str, Any], case: Case) -> dict[str, Any]:
    """The parameters in an order of their own, without those that every cmdlet has."""
    result = output["result"]
    if isinstance(result, dict) and "parameters" in result:
        ours = set(Farm(version=case.version).parameters)
        result["parameters"] = sorted(set(result["parameters"]) & ours)
    return output
