"""`state move`: from a folder into Vault and back, and what it refuses."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

FILES = {"backend": "file", "path": ".state"}


@pytest.fixture
def applied(make_site: Any) -> Any:
    """Applied once with the state in a folder."""
    site = make_site(odoo={"dev": 19}, state=FILES)
    assert site.run("apply", "--auto-approve").code == 0
    return site


def in_vault(site: Any) -> str:
    return f"reconciler/state/{site.land.area}"


def declared(site: Any, **state: str) -> None:
    site.land.documents["reconciler.yaml"]["state"] = state
    site.land.write()


def test_a_plan_has_no_changes_after_the_state_was_moved_into_vault(applied: Any) -> None:
    told = applied.run("state", "move", "file:.state", f"vault:{in_vault(applied)}", role="apply")
    assert told.code == 0, told.text
    assert "2 installations moved" in told.out
    assert f"declare:  state: {{backend: vault, store: default, path: {in_vault(applied)}}}" in told.out
    declared(applied, backend="vault", path=in_vault(applied))
    # an application's file may be written once more: what tells our own edit of it from others stays behind
    assert applied.run("plan", "--select", "dev/openspp", "--detailed-exitcode").code == 0


def test_it_comes_back_and_leaves_nothing_that_could_be_taken_for_the_state(applied: Any) -> None:
    before = applied.run("plan", "--format", "json").json["changes"]
    there, back = f"vault:{in_vault(applied)}", "file:.state"
    assert applied.run("state", "move", back, there, role="apply").code == 0
    assert "not yet set by reconciler" in applied.run("plan").out
    assert applied.run("state", "move", there, back, role="apply").code == 0
    assert applied.run("plan", "--format", "json").json["changes"] == before


def test_both_places_remember_who_moved_it(applied: Any) -> None:
    """What was applied before stays in the history of the first place."""
    assert applied.run("state", "move", "file:.state", f"vault:{in_vault(applied)}", role="apply").code == 0
    first = applied.run("history", "--verify", "--format", "json").json
    assert [one["counts"] for one in first["runs"]][-1] == {"moved": 2}
    declared(applied, backend="vault", path=in_vault(applied))
    second = applied.run("history", "--verify", "--format", "json", role="apply").json
    assert [(one["counts"], one["complete"]) for one in second["runs"]] == [({"moved": 2}, True)]
    assert first["faults"] == second["faults"] == []


def test_a_move_that_stops_says_so_in_the_history(applied: Any) -> None:
    shutil.copytree(applied.folder / ".state", applied.folder / ".copy")
    applied.rotate()
    assert applied.run("apply", "--auto-approve").code == 0
    assert applied.run("state", "move", "file:.state", "file:.copy").code == 1
    last = applied.run("history", "--format", "json").json["runs"][-1]
    assert (last["complete"], last["counts"].get("moved", 0) < 2) == (False, True)


def test_an_attempt_that_was_cut_off_is_carried_on(applied: Any) -> None:
    shutil.copytree(applied.folder / ".state", applied.folder / ".copy")
    told = applied.run("state", "move", "file:.state", "file:.copy", "--format", "json")
    assert [one["before"] for one in told.json["moved"]] == [True, True]
    again = applied.run("state", "move", "file:.state", "file:.copy")
    assert (again.code, again.out) == (0, "Nothing to move: the state at file:.state has no resource.\n")


@pytest.mark.parametrize("place", ["file:.sate", "vault:reconciler/state/nowhere"])
def test_a_place_where_no_state_has_ever_been_is_told(applied: Any, place: str) -> None:
    told = applied.run("state", "move", place, "file:.copy", role="apply")
    assert (told.code, told.out) == (1, "")
    assert told.err.startswith(f"error: {place}: there is no state\n    why: ")
    assert "the place that `state` in reconciler.yaml has had so far" in told.err
    assert not (applied.folder / ".copy").exists()


def test_another_state_at_the_target_is_left_alone(applied: Any) -> None:
    shutil.copytree(applied.folder / ".state", applied.folder / ".copy")
    applied.rotate()
    assert applied.run("apply", "--auto-approve").code == 0
    told = applied.run("state", "move", "file:.state", "file:.copy")
    assert told.code == 1
    assert "there is another state at the target" in told.err
    assert applied.run("plan", "--detailed-exitcode").code == 0


@pytest.mark.parametrize("place", ["", "file:", "vault:", "vault:default:", "folder", "s3:bucket"])
def test_a_place_that_is_none_is_wrong_usage(applied: Any, place: str) -> None:
    told = applied.run("state", "move", place, "file:.copy")
    assert told.code == 64
    assert "vault:STORE:PATH" in told.err


def test_on_a_pull_request_it_refuses(applied: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    assert applied.run("state", "move", "file:.state", "file:.copy").code == 64
    assert not (applied.folder / ".copy").exists()
