"""Locks, the journal and the way back, as their user sees them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from lab.servers import fake
from support.commandline import Ran, inside
from support.site import Site

MAIN = "dev/crm:mail_servers[main]"


@pytest.fixture
def crm(fake_site: Site, world: fake.World) -> fake.Installation:
    """Applied twice: first priority 10, then 20."""
    fake_site.write("reconciler.yaml", "version: 1\nstate: {backend: file, path: .reconciler}\n")
    fake_site.stage("dev")
    for priority in (10, 20):
        fake_site.target("dev/crm", f"mail_servers: {{main: {{priority: {priority}}}}}", "crm")
        assert inside("apply", "--auto-approve").code == 0
    return world.of("crm")


def runs(*arguments: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = inside("history", "--format", "json", *arguments).json["runs"]
    return found


def test_history_tells_who_did_what_and_what_became_of_it(crm: fake.Installation) -> None:
    told = inside("history", "dev/crm")
    assert told.code == 0
    assert f"    {MAIN}  updated\n        priority: 10 → 20" in told.out
    assert len(runs()) == 2
    assert {len(str(one["plan"])) for one in runs()} == {64}
    assert f"plan {str(runs()[0]['plan'])[:12]}; journal" in told.out
    assert [one["counts"] for one in runs("--limit", "1")] == [{"updated": 1}]
    assert runs("prod") == []


def test_history_proves_the_journal_and_fails_when_a_line_was_changed(crm: fake.Installation) -> None:
    good = inside("history", "--verify")
    assert (good.code, good.out.splitlines()[-1]) == (0, "Every line fits the one before it.")
    journal = sorted(Path(".reconciler/journal").glob("2*.jsonl"))[0]
    journal.write_text(journal.read_text().replace('"priority"', '"host"'))
    bad = inside("history", "--verify")
    assert bad.code == 1
    assert f"FAIL journal {journal.stem}, line 3" in bad.out


def rolled_back(run: object) -> Ran:
    assert inside("rollback", str(run), "--out", "back.json").code == 0
    return inside("apply", "back.json")


def test_rollback_plans_the_way_back_and_apply_goes_it(crm: fake.Installation) -> None:
    done = rolled_back(runs()[-1]["journal"])
    assert done.code == 0, done.err
    assert crm.row("mail_servers[main]").settings == {"priority": 10}
    assert runs()[-1]["rollback"] == runs()[-2]["journal"]
    assert inside("plan", "--detailed-exitcode").code == 2  # the files still say 20


def test_what_a_run_created_is_archived_by_its_rollback(crm: fake.Installation) -> None:
    planned = inside("rollback", str(runs()[0]["journal"]), "--format", "json")
    assert [one["action"] for one in planned.json["changes"]] == ["archive"]


def test_rollback_of_a_run_that_nobody_knows_is_wrong_usage(crm: fake.Installation) -> None:
    assert inside("rollback", "nobody").code == 64


def test_a_rollback_plan_that_was_edited_is_refused(crm: fake.Installation) -> None:
    inside("rollback", str(runs()[-1]["journal"]), "--out", "back.json")
    plan = json.loads(Path("back.json").read_text())
    del plan["rollback"]
    Path("back.json").write_text(json.dumps(plan))
    refused = inside("apply", "back.json")
    assert (refused.code, "the declared files changed after this plan was made" in refused.err) == (3, True)


def test_locks_and_unlock(fake_site: Site, crm: fake.Installation) -> None:
    assert inside("locks").out == "Nobody holds a lock.\n"
    with fake_site.state.lock("fake:crm", "ana@vm") as lease:
        told = inside("locks")
        assert f"{lease.nonce}  held  by ana@vm" in told.out
        assert inside("unlock", lease.nonce, "--reason", "it hangs").code == 1
        busy = inside("apply", "--auto-approve", "--lock-timeout", "0")
        assert busy.code in (0, 5)
    assert inside("unlock", "nonsense", "--reason", "why").code == 1
    assert inside("unlock", "nonsense", "--reason", "two\nlines").code == 64
    assert inside("unlock", "nonsense").code == 64


def test_recover_has_nothing_to_do_where_no_run_was_cut_off(crm: fake.Installation) -> None:
    done = inside("recover")
    assert (done.code, done.out) == (0, "No run was cut off.\n")


def test_history_tells_who_unlocked_a_run_that_was_cut_off_and_why(fake_site: Site, crm: fake.Installation) -> None:
    class Killed(BaseException):
        """As kill -9."""

    def on_write(change: object) -> None:
        raise Killed

    fake_site.target("dev/crm", "mail_servers: {main: {priority: 30}}", "crm")
    crm.on_write = on_write
    with pytest.raises(Killed):
        fake_site.events()
    [cut_off] = inside("locks", "--format", "json").json["locks"]
    assert inside("unlock", cut_off["nonce"], "--reason", "the runner is gone").code == 0
    assert "was cut off; unlocked by" in inside("history").out
    assert "the runner is gone" in runs()[-1]["settled"]
    assert inside("history", "--verify").code == 0


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--stop-after", "dve", "did you mean dev?"),
        ("--soak", "10 parsecs", "is no duration"),
        ("--lock-timeout", "-1", "is no duration"),
    ],
)
def test_what_no_pace_is_is_wrong_usage(crm: fake.Installation, option: str, value: str, says: str) -> None:
    refused = inside("apply", "--auto-approve", option, value)
    assert (refused.code, says in refused.err) == (64, True), refused.err


def test_none_of_them_runs_on_a_pull_request(crm: fake.Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "GITHUB_ACTIONS", "true")
    monkeypatch.setitem(os.environ, "GITHUB_EVENT_NAME", "pull_request")
    for words in (["locks"], ["unlock", "x", "--reason", "y"], ["history"], ["rollback", "x"], ["recover"]):
        assert inside(*words).code == 64
