"""Typing errors: exit code 64 and the nearest right name; and everything about files that are not as they should be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.commandline import inside

WRONG: dict[str, tuple[list[str], str, str]] = {
    "command": (["paln"], "unknown command paln", "did you mean reconciler plan?"),
    "diff": (["diff"], "unknown command diff", "did you mean reconciler plan?"),
    "import": (["import", "dev/x"], "unknown command import", "did you mean reconciler adopt?"),
    "lint": (["lint"], "unknown command lint", "did you mean reconciler validate?"),
    "status": (["status"], "unknown command status", "did you mean reconciler drift?"),
    "version": (["version"], "unknown command version", "did you mean reconciler --version?"),
    "-V": (["-V"], "reconciler has no option -V", "did you mean --version?"),
    "declaration": (
        ["plan", "--out", "environments/dev/shop.yaml"],
        "--out environments/dev/shop.yaml: this is not a saved plan",
        "choose another --out FILE",
    ),
    "command from afar": (
        ["frobnicate"],
        "unknown command frobnicate",
        "init, add, discover, adopt, validate, plan, show, ci, apply, recover, "
        "rollback, history, locks, unlock, attest, verify, drift, report, nightly, doctor, state, explain, "
        "impact, zones, worker, checks, completion",
    ),
    "halp": (["halp"], "unknown command halp", "did you mean reconciler --help?"),
    "flag": (["plan", "--fromat", "json"], "reconciler plan has no option --fromat", "did you mean --format?"),
    "flag from afar": (["plan", "-z"], "reconciler plan has no option -z", "reconciler plan --help lists them"),
    "flag of another command": (["plan", "--auto-approve"], "has no option --auto-approve", "--help lists them"),
    "value": (["plan", "--format", "jsno"], "'jsno' is not one of 'text', 'json'", "did you mean json?"),
    "worker without its file": (["worker", "--zone", "dmz"], "missing option '--config'", "reconciler worker --help"),
    "worker of no file": (
        ["worker", "--zone", "dmz", "--config", "none.yaml"],
        "--config none.yaml: there is no such file",
        "name the worker.yaml of this machine",
    ),
    "value missing": (["plan", "--format"], "'--format' requires an argument", "reconciler plan --help"),
    "argument missing": (["show"], "missing argument 'FILE'", "reconciler show --help"),
    "argument too many": (["plan", "prod"], "unexpected extra argument (prod)", "reconciler plan --select prod"),
    "allow": (
        ["apply", "--auto-approve", "--allow", "archiv"],
        "--allow archiv: unknown risk",
        "did you mean archive?",
    ),
    "allow from afar": (
        ["apply", "--auto-approve", "--allow", "Ω"],
        "known are archive, environment-changed, foreign-file, mail-client, mixed-scripts, open-relay, "
        "readers-lost, secret-to-new-host, unverified",
        "use the name shown in the plan",
    ),
    "level": (["verify", "--level", "tsl"], "'tsl' is not one of", "did you mean tls?"),
    "each login without a login": (
        ["verify", "--prove-each", "--level", "tls"],
        "--prove-each has no effect with --level tls\n    why: no login is tried",
        "omit one of the two",
    ),
    "each login of a pull request": (
        ["verify", "--prove-each", "--base", "main"],
        "--prove-each has no effect with --base",
        "omit one of the two",
    ),
    "select": (["plan", "--select", "dve"], "--select dve: nothing is selected", "did you mean dev?"),
    "select of a resource": (
        ["drift", "--select", "dev/shop:setings"],
        "--select dev/shop:setings: nothing is selected",
        "did you mean dev/shop:settings?",
    ),
    "select of a relay": (
        ["verify", "--select", "dev/submision"],
        "nothing is selected",
        "did you mean dev/submission?",
    ),
    "select of several": (
        ["plan", "--select", "dev,test"],
        "--select dev,test: nothing is selected",
        "--select is repeatable: --select dev --select test\n",
    ),
    "select of several, quoted": (
        ["plan", "--select", "dev, *shop"],
        "is repeatable",
        "--select dev --select '*shop'\n",
    ),
    "select of none of several": (["plan", "--select", "x,y"], "nothing is selected", "reconciler explain lists"),
    "adopt": (["adopt", "dev/shp"], "error: unknown target dev/shp", "did you mean dev/shop?"),
    "adopt from afar": (["adopt", "dev/nope"], "there: dev/shop", "environments/dev/nope.yaml with platform"),
    "adopt without environment": (
        ["adopt", "nope"],
        "there: dev/shop",
        "one of these, or write environments/<environment>/<target>.yaml with",
    ),
    "adopt of an environment": (
        ["adopt", "dev"],
        "there: dev/shop",
        "one of these, or write environments/<environment>/",
    ),
    "word missing": (["state"], "error: missing argument '{move}'. Choose from: move\n", "reconciler state --help"),
    "explain": (["explain", "dev/shp"], "error: dev/shp: nothing is selected", "did you mean dev/shop?"),
    "explain of several": (["explain", "dev,test"], "error: dev,test: nothing", "reconciler explain dev test\n"),
    "out in no folder": (["plan", "--out", "none/plan.json"], "there is no folder none", "mkdir -p none"),
    "out below a file": (
        ["plan", "--out", "environments/reconciler.yaml/a/plan.json"],
        "environments/reconciler.yaml is not a folder",
        "--out environments/plan.json\n",
    ),
    "out in a folder to quote": (
        ["plan", "--out", "my plans/p.json"],
        "there is no folder my plans",
        "mkdir -p 'my plans'",
    ),
    "out is a folder": (["plan", "--out", "apps"], "this is a folder", "--out apps/plan.json"),
    "nobody to ask": (
        ["apply"],
        "apply needs a confirmation, and there is no terminal",
        "reconciler plan --out plan.json",
    ),
    "select with a plan": (
        ["apply", "p.json", "--select", "dev"],
        "--select cannot be combined with a saved plan",
        "omit --select",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_usage_is_64_and_names_the_way_out(shop: Any, case: str) -> None:
    arguments, what, fix = WRONG[case]
    ended = shop.run(*arguments)
    assert (ended.code, ended.out) == (64, "")
    assert ended.err.startswith("error: ")
    assert what in ended.err
    assert fix in ended.err.partition("    fix: ")[2]


@pytest.mark.parametrize("case", [name for name in WRONG if name not in ("value", "value missing")])
def test_wrong_usage_is_one_document_with_format_json(shop: Any, case: str) -> None:
    ended = shop.run(*WRONG[case][0], "--format", "json")
    assert ended.code == 64
    assert ended.json["complete"] is False
    assert [found["rule"] for found in ended.json["findings"]] == ["usage"]


def test_a_plan_that_cannot_be_saved_is_refused_before_anybody_is_asked(site: Any) -> None:
    site.run("plan", "--out", "none/plan.json")
    assert site.odoo["dev"].calls == []


@pytest.mark.parametrize("command", ["validate", "plan", "drift", "verify", "explain"])
def test_no_environments_folder_is_3_and_names_root(tmp_path: Path, monkeypatch: Any, command: str) -> None:
    monkeypatch.chdir(tmp_path)
    ended = inside(command)
    assert ended.code == 3
    assert "there is no folder environments here" in ended.text
    assert "--root DIR" in ended.text


@pytest.mark.parametrize("root", ["mail", "mail/environments/dev", "."])
def test_the_wrong_root_is_one_error_that_names_the_right_one(tmp_path: Path, monkeypatch: Any, root: str) -> None:
    right = tmp_path / "mail/environments"
    (right / "dev").mkdir(parents=True)
    (right / "reconciler.yaml").write_text("version: 1\n")
    for name in ("environment", "shop"):
        (right / f"dev/{name}.yaml").write_text("order: 10\n")
    monkeypatch.chdir(tmp_path / ("mail" if root == "." else ""))
    ended = inside("validate", "--root", root)
    there = "environments" if root == "." else "mail/environments"
    assert ended.code == 3
    assert ended.text.count("error:") == 1
    assert f"{root}: no reconciler.yaml here; there is one in {there}\n" in ended.text
    assert f"fix: --root {there}\n" in ended.text


@pytest.mark.parametrize(
    ("folder", "root", "meant"),
    [
        ("mail/environments", None, "."),
        ("mail/environments/dev", None, ".."),
        ("mail/environments/dev/certs", None, "../.."),
        ("mail/docs/more", None, "../../environments"),
        ("mail", "environmens", "environments"),
        ("", "mail/environmens", "mail/environments"),
        ("mail/docs", "../enviroments", "../environments"),
    ],
)
def test_a_root_that_is_not_there_is_looked_for(
    tmp_path: Path, monkeypatch: Any, folder: str, root: str | None, meant: str
) -> None:
    right = tmp_path / "mail/environments"
    for one in ("dev/certs", "../docs/more"):
        (right / one).mkdir(parents=True)
    (right / "reconciler.yaml").write_text("version: 1\n")
    (right / "dev/environment.yaml").write_text("order: 10\n")
    monkeypatch.chdir(tmp_path / folder)
    ended = inside("verify", *(["--root", root] if root else []))
    assert (ended.code, ended.text.count("error:")) == (3, 1)
    assert f"    fix: --root {meant}\n" in ended.text
    assert inside("validate", "--root", meant).code == 0


def test_an_empty_folder_is_3_and_says_what_to_create(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "environments").mkdir()
    monkeypatch.chdir(tmp_path)
    ended = inside("plan")
    assert ended.code == 3
    assert "environments/reconciler.yaml:1:1: error: reconciler.yaml is missing" in ended.err
    assert "version: 1" in ended.err


@pytest.mark.parametrize("command", ["validate", "plan", "drift", "apply", "verify", "explain"])
def test_invalid_files_are_3_with_every_error_as_text_and_json(shop: Any, command: str) -> None:
    shop.land.documents["dev/shop.yaml"]["settings"]["hots"] = "x"
    shop.land.documents["dev/environment.yaml"]["order"] = "first"
    shop.land.write()
    arguments = [command, "--auto-approve"] if command == "apply" else [command]
    told, data = shop.run(*arguments), shop.run(*arguments, "--format", "json")
    assert (told.code, data.code) == (3, 3)
    assert "did you mean host?" in told.text
    assert "2 errors in 2 of 3 files" in told.text
    assert len(data.json["findings"]) == 2
    assert data.json["valid" if command == "validate" else "complete"] is False


def test_a_password_in_a_file_is_refused_and_not_printed(shop: Any) -> None:
    shop.land.relay()["password"] = shop.relay.users[shop.land.user()]
    shop.land.write()
    for arguments in (["validate"], ["plan"], ["--debug", "plan"], ["plan", "--format", "json"]):
        assert shop.run(*arguments).code == 3
    shop.land.relay()["password"] = {"vault": f"{shop.mail_path()}#password"}
    shop.land.write()


def test_checks_take_small_letters() -> None:
    assert inside("checks", "smtp206").out == inside("checks", "SMTP206").out != ""


PLANS: dict[str, tuple[str, str]] = {
    "half": ('{"format_version": 1, "cha', "it is not JSON from plan --out"),
    "empty": ("", "it is not JSON from plan --out"),
    "other JSON": ('{"hello": 1}', "it is incomplete or was edited"),
    "a list": ("[]", "it is incomplete or was edited"),
    "of verify": (
        '{"handshakes": [], "complete": true, "findings": []}',
        "it is what reconciler verify --format json prints",
    ),
    "of apply": (
        '{"run": "1", "handshakes": [], "outcomes": []}',
        "it is what reconciler apply --format json prints",
    ),
    "parts missing": ('{"format_version": 2}', "it is incomplete or was edited"),
    "the format before": (
        '{"format_version": 1}',
        "its format_version is not 2; another version of reconciler wrote it",
    ),
    "another format": (
        '{"format_version": 99, "changes": []}',
        "its format_version is not 2; another version of reconciler wrote it",
    ),
}


@pytest.mark.parametrize("command", ["show", "apply"])
@pytest.mark.parametrize("case", PLANS)
def test_what_is_no_saved_plan_is_3(shop: Any, case: str, command: str) -> None:
    text, why = PLANS[case]
    (shop.folder / "plan.json").write_text(text, encoding="utf-8")
    ended = shop.run(command, "plan.json")
    assert (ended.code, ended.out) == (3, "")
    assert f"plan.json: not a saved plan\n    why: {why}\n    fix: " in ended.err
    assert shop.run(command, "plan.json", "--format", "json").code == 3


@pytest.mark.parametrize("command", ["show", "apply"])
def test_a_saved_plan_that_is_not_there_is_3(shop: Any, command: str) -> None:
    ended = shop.run(command, "plan.json")
    assert ended.code == 3
    assert ended.err.startswith("error: plan.json: No such file or directory\n    fix: ")


@pytest.mark.parametrize("change", ["action", "unknown field", "reference"])
def test_a_plan_that_somebody_edited_does_no_harm(shop: Any, change: str) -> None:
    shop.run("plan", "--out", "plan.json")
    path = shop.folder / "plan.json"
    data = json.loads(path.read_text("utf-8"))
    found = data["changes"][0]
    edits: dict[str, Callable[[], None]] = {
        "action": lambda: found.update(action="destroy"),
        "unknown field": lambda: found.update(more=1),
        "reference": lambda: found["fields"][0].update(after="attacker.example.org"),
    }
    edits[change]()
    path.write_text(json.dumps(data), encoding="utf-8")
    ended = shop.run("apply", "plan.json")
    assert ended.code == (5 if change == "reference" else 3)
    assert "old-relay" in shop.land.app().read_text("utf-8")


def test_files_that_changed_since_the_plan_are_3(shop: Any) -> None:
    shop.run("plan", "--out", "plan.json")
    shop.land.relay()["username"] = "other@example.org"
    shop.land.write()
    ended = shop.run("apply", "plan.json")
    assert ended.code == 3
    assert "the declared files changed after this plan was made" in ended.err
    assert "username: declared other@example.org, was " in ended.err
    assert "plan again" in ended.err


def test_in_ci_state_in_files_must_be_declared_persistent(make_site: Callable[..., Any], monkeypatch: Any) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("GITHUB_EVENT_NAME", "push")
    site = make_site(state={"backend": "file", "path": ".state"})
    refused = site.run("apply", "--auto-approve")
    assert refused.code == 3
    assert "would be lost after this CI job" in refused.err
    assert "persistent: true" in refused.err
    assert site.run("apply", "--auto-approve", "--format", "json").json["findings"][0]["rule"] == "invalid"
    site.land.documents["reconciler.yaml"]["state"]["persistent"] = True
    site.land.write()
    assert site.run("apply", "--auto-approve").code == 0


def test_a_risk_must_be_allowed_by_name(site: Any) -> None:
    site.run("apply", "--auto-approve")
    site.land.relay()["host"] = "127.0.0.1"
    site.land.write()
    refused = site.run("apply", "--auto-approve")
    assert refused.code == 3
    assert "has not been sent to 127.0.0.1 before" in refused.err
    assert "--allow secret-to-new-host" in refused.err
    assert site.run("apply", "--auto-approve", "--allow", "secret-to-new-host").code == 0


def test_reconciler_alone_shows_its_help_and_is_64() -> None:
    ended = inside()
    assert (ended.code, ended.out) == (64, "")
    assert "Usage: reconciler" in ended.err
