"""Each shipped script was run by a real PowerShell in the form that it has now, and the lab's model does the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby

import pytest
from lab.servers.windows import engine, sharepoint
from support import powershell_cases, powershell_engine

CASES = powershell_cases.cases()
NAMES = sorted({case.script for case in CASES})
RUNS = {"read": lambda farm, given: sharepoint.read(farm)} | {
    name: (lambda farm, given, run=run: run(farm, "SP1", given))
    for name, run in (("write", sharepoint.write), ("key", sharepoint.key))
}


@pytest.mark.parametrize("name", NAMES)
def test_a_script_was_run_in_the_form_that_it_has(name: str) -> None:
    file = powershell_engine.file(name)
    assert file.is_file(), f"{name}.ps1 was changed and not run since: make record-powershell"
    recorded = powershell_engine.recordings(name)
    assert recorded.keys() == {powershell_engine.key(case) for case in CASES if case.script == name}


@pytest.mark.parametrize("name", NAMES)
def test_the_model_does_what_the_engine_did(name: str) -> None:
    recorded = powershell_engine.recordings(name)
    for case in (case for case in CASES if case.script == name and case.bound):
        entry = powershell_engine.comparable(recorded[powershell_engine.key(case)])
        farm = case.farm()
        assert farm.state == entry["before"], case
        said = sharepoint.answer(RUNS[name], farm, case.given)
        found = {"output": [json.loads(json.dumps(said))], "after": farm.state}
        expected = {"output": _sorted(entry["output"]), "after": entry["after"]}
        assert powershell_engine.comparable(found) == expected, case


def test_what_does_not_fit_a_parameter_reaches_nothing() -> None:
    for name in NAMES:
        recorded = powershell_engine.recordings(name)
        for case in (case for case in CASES if case.script == name and not case.bound):
            entry = recorded[powershell_engine.key(case)]
            if case.name != "list for a text":  # joined by the engine: the driver's caller sends texts only
                assert (entry["completed"], entry["output"], len(entry["errors"])) == (False, [], 1), case
                assert entry["after"] == entry["before"], case


def test_hostile_values_stay_data() -> None:
    recorded = powershell_engine.recordings("write")["2019", "from only, hostile"]
    assert recorded["after"]["applications"][1]["from"] == powershell_cases.HOSTILE


@pytest.mark.parametrize("version", ["2013", "2016", "2019", "SE"])
def test_a_real_powershell_says_the_same_today(version: str) -> None:
    if (pwsh := engine.found()) is None:
        pytest.skip("no real PowerShell: set RECONCILER_PWSH, or put pwsh on the PATH")
    recorded = {name: powershell_engine.recordings(name) for name in NAMES}
    with powershell_engine.engine_of(version, pwsh) as run:
        for case in (case for case in CASES if case.version == version):
            assert run(case) == recorded[case.script][powershell_engine.key(case)], case


def _sorted(output: list[dict[str, object]]) -> list[dict[str, object]]:
    """The order in which an engine lists parameters is its own, and common ones are in every cmdlet."""
    for one in output:
        result = one["result"]
        if isinstance(result, dict) and "parameters" in result:
            result["parameters"] = sorted(set(result["parameters"]) & _KNOWN)
    return output


def _known() -> Iterator[str]:
    for _, some in groupby(CASES, key=lambda case: case.version):
        yield from next(iter(some)).farm().parameters


_KNOWN = frozenset(_known())
