"""The composite action: its inputs reach the tool as arguments, one by one, and never a shell."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from support.commandline import TOP

ACTION = YAML(typ="safe", pure=True).load((TOP / "action.yml").read_text("utf-8"))
STEP = ACTION["runs"]["steps"][-1]


def ran(folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """With a tool that says how it was called, and which of the two variables it got."""
    tool = folder / "tool"
    tool.write_text('#!/bin/sh\nprintf "%s\\n" "$@" "role ${VAULT_ROLE-none}" "token ${GITHUB_TOKEN-none}"\n', "utf-8")
    tool.chmod(0o755)
    given = dict.fromkeys(STEP["env"], "") | {"ROOT": "environments", "PLAN": "plan.json"} | inputs
    command = [str(TOP / ".github/run-action"), str(tool)]
    env = {"PATH": os.environ["PATH"], **given}
    return subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, timeout=20, check=False)


@pytest.mark.parametrize(
    ("inputs", "arguments"),
    [
        ({"COMMAND": "validate"}, ["validate", "--root", "environments"]),
        (
            {"COMMAND": "plan", "SELECT": "prod/* $(touch${IFS}x);"},
            ["ci", "--report", "--root", "environments", "--select=prod/*", "--select=$(touch${IFS}x);"],
        ),
        (
            {"COMMAND": "apply", "ALLOW": "archive unverified", "ROOT": "a b"},
            ["apply", "plan.json", "--root", "a b", "--allow=archive", "--allow=unverified"],
        ),
        ({"COMMAND": "drift"}, ["drift", "--root", "environments"]),
        ({"COMMAND": "verify"}, ["verify", "--root", "environments"]),
        (
            {"COMMAND": "apply", "REVIEWED": "a b.md"},
            ["apply", "plan.json", "--root", "environments", "--reviewed", "a b.md"],
        ),
        (
            {"COMMAND": "nightly", "WEBHOOKS": "slack=env:A json=vault:x#y"},
            ["nightly", "--root", "environments", "--webhook=slack=env:A", "--webhook=json=vault:x#y"],
        ),
    ],
    ids=["validate", "plan", "apply", "drift", "verify", "reviewed", "nightly"],
)
def test_each_command_is_one_call(tmp_path: Path, inputs: dict[str, str], arguments: list[str]) -> None:
    done = ran(tmp_path, **inputs)
    assert (done.returncode, done.stdout.splitlines()[:-2]) == (0, arguments)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(("command", "token"), [("plan", "t"), ("nightly", "t"), ("apply", "none"), ("drift", "none")])
def test_only_those_that_write_there_get_the_token(tmp_path: Path, command: str, token: str) -> None:
    done = ran(tmp_path, COMMAND=command, GITHUB_TOKEN="t", VAULT_ROLE="r")
    assert done.stdout.splitlines()[-2:] == ["role r", f"token {token}"]


def test_an_unknown_command_is_told(tmp_path: Path) -> None:
    done = ran(tmp_path, COMMAND="destroy")
    assert (done.returncode, "none of validate, plan, apply, drift, verify, nightly" in done.stderr) == (64, True)


def test_the_action_pastes_no_input_into_a_script() -> None:
    assert [step["run"] for step in ACTION["runs"]["steps"] if "${{" in step.get("run", "")] == []


def test_every_output_of_the_action_is_one_of_ci() -> None:
    assert set(ACTION["outputs"]) == {"changes", "complete", "digest", "plan", "report", "reviewed"}
