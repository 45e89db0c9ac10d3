"""The commands as a user runs them, on a platform in memory: what they exit with, and what they leave behind."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from lab import canary
from lab.servers import fake
from lab.servers.smtp.faults import FaultServer
from support.site import Site

from reconciler.cli.main import run
from reconciler.errors import PlatformRefused, PlatformUnreachable
from reconciler.model.address import Resource
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.handshake import CheckResult, CheckStatus, Handshake, Level, Status
from reconciler.model.settings import Connection, Desired

SECRET = (
    "host: %s, port: 2525, encryption: none, auth: basic, username: u, verify: {from: nowhere}, "
    "password: {env: PW, version: 1}"
)

MAIN = "dev/crm:mail_servers[main]"
REFUSED = CheckResult(id="SMTP501", status=CheckStatus.FAIL, reason="relay")
DENIED = Handshake(relay=None, host="h", port=25, level=Level.AUTH, status=Status.FAIL, steps=(), checks=(REFUSED,))


@pytest.fixture(autouse=True)
def crm(fake_site: Site, world: fake.World, monkeypatch: pytest.MonkeyPatch) -> fake.Installation:
    monkeypatch.delenv("CI", raising=False)
    fake_site.stage("dev")
    declare(fake_site, "main: {priority: 10}")
    return world.of("crm")


def declare(fake_site: Site, servers: str, extra: str = "") -> None:
    fake_site.target("dev/crm", f"mail_servers: {{{servers}}}", "crm", extra)


def apply(*more: str) -> int:
    return run(["apply", "--auto-approve", *more])


def test_plan_and_apply_converge(fake_site: Site) -> None:
    codes = [run(["validate"]), run(["plan"]), run(["plan", "--detailed-exitcode"]), run(["drift"]), apply()]
    assert codes == [0, 0, 2, 2, 0]
    assert [run(["plan", "--detailed-exitcode"]), run(["drift"]), apply()] == [0, 0, 0]


def test_what_apply_would_do_beside_differences_is_told_by_the_detailed_code_too(
    fake_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipeline that applies on 2 would else never repair a state that was lost."""
    monkeypatch.setenv("PW", canary.secret())
    declare(fake_site, f"main: {{{SECRET % 'localhost'}}}")
    assert apply("--allow", "unverified") == 0
    assert run(["plan", "--detailed-exitcode"]) == 0
    shutil.rmtree(fake_site.folder / ".reconciler")

    assert [run(["plan", "--detailed-exitcode"]), run(["plan"]), run(["drift"])] == [2, 0, 0]


@pytest.mark.parametrize("command", [["plan"], ["plan", "--format", "json"], ["apply", "plan.json"]], ids=" ".join)
def test_an_output_that_takes_nothing_is_told_and_stops_no_write(
    fake_site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    declare(fake_site, "main: {priority: 20}")
    assert run(["plan", "--out", "plan.json"]) == 0
    codes = []
    with contextlib.suppress(OSError), Path("/dev/full").open("w") as full, contextlib.redirect_stdout(full):
        codes.append(run(command))
    assert codes == [1]
    assert "error: the result cannot be printed" in capsys.readouterr().err
    if command[0] == "apply":
        assert run(["plan", "--detailed-exitcode"]) == 0


def test_a_plan_as_markdown_is_the_same_now_and_when_saved(fake_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "--format", "markdown", "--out", "plan.json", "--detailed-exitcode"]) == 2
    planned = capsys.readouterr().out
    assert run(["show", "plan.json", "--format", "markdown"]) == 0
    assert capsys.readouterr().out == planned
    assert "\n\n**Plan: 1 to create.**\n" in planned
    assert planned.endswith("Apply with:\n\n```sh\nreconciler apply plan.json\n```\n")


def test_invalid_files_are_3(fake_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    declare(fake_site, "main: {relay: nowhere}")
    assert {apply(), *(run([command]) for command in ("validate", "plan", "drift", "verify", "explain"))} == {3}
    assert "Traceback" not in capsys.readouterr().err


def test_a_platform_that_cannot_be_read_is_1(crm: fake.Installation) -> None:
    crm.on_read = fake.unreachable
    assert [run(["plan"]), run(["drift"]), apply()] == [1, 1, 5]


@pytest.mark.parametrize(
    "arguments", [["plan", "--select", "prd"], ["apply"], ["aply"], ["apply", "x", "--select", "y"]]
)
def test_wrong_usage_is_64(arguments: list[str]) -> None:
    assert run(arguments) == 64


def test_a_failed_resource_is_5_and_json_is_whole(crm: fake.Installation, capsys: pytest.CaptureFixture[str]) -> None:
    crm.forgetful = frozenset({"priority"})
    crm.on_write = lambda change: (_ for _ in ()).throw(ValueError("s3cr3t-canary"))
    assert apply("--format", "json") == 5
    told = json.loads(capsys.readouterr().out)
    assert (told["complete"], [one["status"] for one in told["outcomes"]]) == (False, ["failed"])
    assert "s3cr3t-canary" not in json.dumps(told)


def test_a_restored_resource_is_5(crm: fake.Installation, capsys: pytest.CaptureFixture[str]) -> None:
    crm.on_test = lambda resource: DENIED
    assert apply("--format", "json") == 5
    told = json.loads(capsys.readouterr().out)
    assert (told["complete"], [one["status"] for one in told["outcomes"]]) == (False, ["restored"])


def test_what_failed_and_could_not_be_taken_back_is_drift_until_it_is_proven(
    crm: fake.Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    """As an Odoo refuses to archive its last active mail server: the one that has just failed its own test stays."""

    def stays(change: Change) -> None:
        if change.action is Action.ARCHIVE:
            raise PlatformRefused("this is the last active mail server")

    crm.on_write, crm.on_test = stays, lambda resource: DENIED
    assert apply() == 5
    assert "its earlier settings could not be restored: this is the last active mail server" in capsys.readouterr().out
    assert (crm.row("mail_servers[main]").archived, crm.row("mail_servers[main]").settings) == (False, {"priority": 10})
    assert [run(["drift"]), run(["plan", "--detailed-exitcode"])] == [2, 2]
    told = capsys.readouterr().out
    assert "as declared, and never proven" in told
    assert "10, again: an earlier run could neither prove it nor take it back" in told
    assert [apply(), run(["drift"])] == [5, 2], "it is tried again, and fails again"
    crm.on_test = lambda resource: None
    assert [apply(), run(["drift"]), run(["plan", "--detailed-exitcode"])] == [0, 0, 0]


def test_what_was_written_and_broke_off_before_its_test_is_tested_by_the_next_apply(crm: fake.Installation) -> None:
    assert apply() == 0

    def breaks(resource: Resource) -> Handshake | None:
        raise PlatformUnreachable("no answer")

    crm.row("mail_servers[main]").settings = {"priority": 9}
    crm.on_test = breaks
    assert [apply(), run(["drift"])] == [5, 2]
    crm.on_test = lambda resource: None
    assert [apply(), run(["drift"])] == [0, 0]


def test_a_risk_needs_its_name(fake_site: Site, crm: fake.Installation, capsys: pytest.CaptureFixture[str]) -> None:
    declare(fake_site, f"main: {{{SECRET % 'localhost'}}}")
    assert apply() == 3
    assert apply("--allow", "unverified") == 0
    declare(fake_site, f"main: {{{SECRET % '127.0.0.1'}}}")
    assert apply("--allow", "unverified") == 3
    assert "--allow secret-to-new-host" in capsys.readouterr().err
    assert apply("--allow", "unverified", "--allow", "secret-to-new-host") == 0


OPEN = Finding(severity=Severity.RISK, rule="left-open", holds=Holds.IF_CHANGED, what="anybody may send", address=MAIN)


@pytest.mark.parametrize("saved", [False, True], ids=["planned by apply", "a saved plan"])
def test_a_risk_of_another_packages_platform_needs_its_name(
    crm: fake.Installation, capsys: pytest.CaptureFixture[str], saved: bool
) -> None:
    row = crm.put("mail_servers[main]", priority=5)
    row.findings = (OPEN,)
    run(["plan", "--out", "plan.json"])
    assert "! left-open: anybody may send" in (plan := capsys.readouterr().out)
    assert "Apply with: reconciler apply plan.json --allow left-open" in plan
    words = ["apply", "plan.json"] if saved else ["apply", "--auto-approve"]
    assert (run(words), crm.written) == (3, [])
    assert "fix: review it, then apply with --allow left-open" in capsys.readouterr().err
    assert (run([*words, "--allow", "left-open"]), crm.written) == (0, [MAIN])


@pytest.mark.parametrize(
    ("name", "fix"), [("left-opn", "did you mean left-open?"), ("nothing", "use the name shown in the plan")]
)
def test_an_unknown_risk_is_64_before_anybody_is_asked(
    crm: fake.Installation, capsys: pytest.CaptureFixture[str], name: str, fix: str
) -> None:
    crm.on_read = fake.unreachable
    assert apply("--allow", name) == 64
    assert capsys.readouterr().err == (
        f"error: --allow {name}: unknown risk\n"
        "    why: known are archive, environment-changed, foreign-file, left-open, mail-client, mixed-scripts, "
        "open-relay, readers-lost, secret-to-new-host, unverified; a platform of another "
        "package names its own in PLATFORM.risks\n"
        f"    fix: {fix}\n"
    )


def test_a_saved_plan_is_applied_as_it_was_reviewed(fake_site: Site, crm: fake.Installation) -> None:
    assert run(["plan", "--out", "plan.json"]) == 0
    assert [run(["show", "plan.json"]), run(["apply", "plan.json"])] == [0, 0]
    assert crm.row("mail_servers[main]").settings == {"priority": 10}


def test_a_saved_plan_does_not_fit_changed_files(fake_site: Site, crm: fake.Installation) -> None:
    run(["plan", "--out", "plan.json"])
    declare(fake_site, "main: {priority: 11}")
    assert (run(["apply", "plan.json"]), crm.written) == (3, [])


def test_a_damaged_plan_is_3(fake_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    run(["plan", "--out", "plan.json"])
    content = json.loads(Path("plan.json").read_text(encoding="utf-8"))
    content["changes"][0]["action"] = "delete"
    Path("plan.json").write_text(json.dumps(content), encoding="utf-8")
    assert {run(["show", "plan.json"]), run(["apply", "plan.json"])} == {3}
    assert "changes.0.action" in capsys.readouterr().err


def test_file_state_that_ci_would_lose_is_3(monkeypatch: pytest.MonkeyPatch, crm: fake.Installation) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("GITHUB_EVENT_NAME", "push")
    assert (apply(), crm.written) == (3, [])


def test_a_resource_that_left_the_files_can_be_selected(fake_site: Site, crm: fake.Installation) -> None:
    crm.put("mail_servers[old]")
    assert apply("--select", "dev/crm:mail_servers[old]") == 0
    assert crm.written == ["dev/crm:mail_servers[old]"]


def test_a_target_that_left_the_files_can_be_selected(fake_site: Site, crm: fake.Installation) -> None:
    apply()
    (fake_site.root / "dev/crm.yaml").unlink()
    assert [
        run(["plan", "--select", "dev/crm"]),
        apply("--select", "dev/crm"),
        run(["plan", "--select", "dev/crm"]),
    ] == [
        0,
        0,
        64,
    ]


# --- Ctrl-C


def interrupt() -> None:
    """To the main thread itself, as Ctrl-C does: only there it wakes up what waits."""
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def test_ctrl_c_during_a_write_finishes_it_and_starts_no_other(
    fake_site: Site, crm: fake.Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    declare(fake_site, "a: {priority: 1}, b: {priority: 1}")

    def write(change: Change) -> None:
        interrupt()
        time.sleep(0.3)

    crm.on_write = write
    assert apply("--format", "json") == 130
    statuses = {one["address"]: one["status"] for one in json.loads(capsys.readouterr().out)["outcomes"]}
    assert statuses == {"dev/crm:mail_servers[a]": "created", "dev/crm:mail_servers[b]": "not attempted"}


def test_ctrl_c_during_the_handshakes_ends_at_once(fake_site: Site, crm: fake.Installation) -> None:
    with FaultServer(()) as silent:
        fake_site.stage(
            "dev", text=f"relays: {{r: {{host: 127.0.0.1, port: {silent.port}, encryption: none, auth: none}}}}"
        )
        declare(fake_site, "main: {relay: r}")
        timer = threading.Timer(0.5, interrupt)
        timer.start()
        began = time.monotonic()
        code = apply()
        timer.join()
    assert (code, crm.written) == (130, [])
    assert time.monotonic() - began < 8


def test_nothing_is_left_behind_but_state(fake_site: Site, crm: fake.Installation) -> None:
    declare(fake_site, f"main: {{{SECRET % 'localhost'}}}")
    run(["plan", "--out", "plan.json"])
    apply("--allow", "unverified")
    files = [Path(folder) / name for folder, _, names in os.walk(".") for name in names]
    assert "s3cr3t-canary" not in "".join(file.read_text(encoding="utf-8") for file in files)


def test_a_platform_that_raises_is_1_and_the_others_are_planned(
    fake_site: Site, crm: fake.Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_site.target("dev/erp", "farm: {priority: 10}", "erp")

    def raising(desired: Desired, connection: Connection) -> tuple[Finding, ...]:
        return (OPEN,) if desired.address.target == "crm" and 1 / 0 else ()

    monkeypatch.setattr(fake, "PLATFORM", replace(fake.PLATFORM, findings=raising))
    assert run(["validate"]) == 1
    assert "error: ZeroDivisionError in raising, test_exit_codes.py:" in capsys.readouterr().out
    assert run(["plan", "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["action"] for one in found["changes"]] == ["blocked", "create"]
    assert json.dumps(found).count("ZeroDivisionError") == 1
