"""One broken file in one environment, and every command that is about another one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.commandline import inside

RELAY = "{host: mail.example.com, port: 587, encryption: starttls, auth: none}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`dev/shop` is sound, `dev/erp` and the whole of test are not."""
    files = {
        "environments/reconciler.yaml": "version: 1\n",
        "environments/dev/environment.yaml": f"order: 10\nrelays: {{submission: {RELAY}}}\n",
        "environments/dev/shop.yaml": "platform: file\nconnection: {path: shop.yaml, format: yaml, "
        "keys: {host: mail.host, port: mail.port, encryption: {key: mail.tls, values: {starttls: true}}, auth: null}}\n"
        "settings: {relay: submission}\n",
        "environments/dev/erp.yaml": "<<<<<<< HEAD\n",
        "environments/test/environment.yaml": "ordre: 20\n",
        "shop.yaml": "mail: {host: mail.example.com, port: 587, tls: true}\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


ABOUT_SHOP = (
    ["plan", "--select", "dev/shop"],
    ["drift", "--select", "dev/shop"],
    ["explain", "dev/shop"],
    ["doctor", "dev/shop"],
    ["adopt", "dev/shop"],
    ["adopt", "dev/sho*"],
    ["history"],
    ["locks"],
    ["state", "move", "file:.reconciler", "file:.other"],
)


def test_what_is_about_the_sound_target_is_done(folder: Path) -> None:
    (folder / ".reconciler").mkdir()  # where a state could be
    codes = {" ".join(command): inside(*command).code for command in ABOUT_SHOP}
    assert set(codes.values()) <= {0, 2}, codes


def test_plan_tells_what_it_left_out_and_apply_takes_the_plan(folder: Path) -> None:
    made = inside("plan", "--select", "dev/shop", "--out", "plan.json", "--format", "json")
    told = [one["what"] for one in made.json["findings"] if one["rule"] == "left-out"]
    assert told == [
        f"{count}; left out, for nothing that is selected needs this file" for count in ("1 error", "2 errors")
    ]
    assert inside("apply", "plan.json").code == 0
    (folder / "environments/test/environment.yaml").write_text("order: 20\n", encoding="utf-8")
    assert inside("apply", "plan.json").code == 0
    assert json.loads((folder / "plan.json").read_text(encoding="utf-8"))["select"] == ["dev/shop"]


@pytest.mark.parametrize("command", [["plan"], ["plan", "--select", "*"], ["explain", "dev"], ["doctor"], ["validate"]])
def test_what_needs_the_broken_file_tells_its_error(folder: Path, command: list[str]) -> None:
    told = inside(*command)
    assert told.code == 3
    assert "environments/dev/erp.yaml:1:1: error" in told.text
