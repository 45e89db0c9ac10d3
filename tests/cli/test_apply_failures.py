"""What can come between a plan and its apply: files, locks, state, and a disk that takes no more."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lab.canary import leaks
from support.commandline import MODULE, surroundings
from support.rights import modes_count

FILES = {"backend": "file", "path": ".state"}
PATIENCE = 30.0


def test_a_file_deleted_after_the_plan_is_stale_and_not_made_again(shop: Any) -> None:
    shop.run("plan", "--out", "plan.json")
    shop.land.app().unlink()
    applied = shop.run("apply", "plan.json")
    assert applied.code == 5
    assert "stale 1" in applied.out
    assert not shop.land.app().exists()


def test_a_setting_changed_after_the_plan_is_stale_and_left(shop: Any) -> None:
    shop.run("plan", "--out", "plan.json")
    changed = shop.land.app().read_text("utf-8").replace("old-relay", "other-relay")
    shop.land.app().write_text(changed, encoding="utf-8")
    applied = shop.run("apply", "plan.json", "--format", "json")
    assert applied.code == 5
    assert [one["status"] for one in applied.json["outcomes"]] == ["stale"]
    assert "other-relay" in applied.json["outcomes"][0]["error"]["what"]
    assert shop.land.app().read_text("utf-8") == changed


def test_a_file_that_already_is_as_planned_is_remembered(site: Any) -> None:
    site.run("plan", "--out", "plan.json")
    assert site.run("apply", "--auto-approve").code == 0
    applied = site.run("apply", "plan.json")
    assert applied.code in (0, 5)
    assert site.run("drift").code == 0


UNREADABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a folder": (lambda app: (app.unlink(), app.mkdir()), "not a regular file"),
    "not text": (lambda app: app.write_bytes(b"\xff\xfe\x00"), "not UTF-8"),
    "a loop": (lambda app: (app.unlink(), app.symlink_to(app)), "shop.env"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_file_that_is_none_is_not_readable(shop: Any, case: str) -> None:
    break_it, what = UNREADABLE[case]
    break_it(shop.land.app())
    planned = shop.run("plan")
    assert planned.code == 1
    assert "dev/shop:settings: not readable." in planned.out
    assert what in planned.out
    assert "fix: " in planned.out


@pytest.fixture
def unprivileged() -> Iterator[Callable[[], None]]:
    with modes_count() as give_up:
        yield give_up


def test_a_file_that_must_not_be_written_fails_and_stays(shop: Any, unprivileged: Callable[[], None]) -> None:
    shop.run("plan", "--out", "plan.json")
    before = shop.land.app().read_text("utf-8")
    shop.land.app().parent.chmod(0o555)
    unprivileged()
    applied = shop.run("apply", "plan.json")
    assert applied.code == 5
    assert "FAIL  settings" in applied.out
    assert "ermission denied" in applied.out
    assert "fix: " in applied.out
    assert shop.land.app().read_text("utf-8") == before
    assert [path.name for path in shop.land.app().parent.iterdir()] == ["shop.env"]


def test_a_file_that_must_not_be_read_is_not_readable(shop: Any, unprivileged: Callable[[], None]) -> None:
    shop.run("plan")
    shop.land.app().chmod(0o000)
    unprivileged()
    planned = shop.run("plan")
    assert planned.code == 1
    assert "dev/shop:settings: not readable." in planned.out
    assert "ermission denied" in planned.out


def test_files_of_the_landscape_that_must_not_be_read_are_3(shop: Any, unprivileged: Callable[[], None]) -> None:
    shop.run("plan")
    (shop.land.root / "dev/shop.yaml").chmod(0o000)
    unprivileged()
    planned = shop.run("plan", "--format", "json")
    assert planned.code == 3
    assert "ermission denied" in json.dumps(planned.json)


def test_a_plan_that_cannot_be_saved_for_want_of_rights_is_3(shop: Any, unprivileged: Callable[[], None]) -> None:
    shop.run("plan")
    shop.folder.chmod(0o555)
    unprivileged()
    planned = shop.run("plan", "--out", "plan.json")
    assert planned.code == 3
    assert "plan.json: cannot save the plan (Permission denied)" in planned.err


def test_state_that_cannot_be_kept_is_told_before_anything_is_written(
    make_site: Callable[..., Any], unprivileged: Callable[[], None]
) -> None:
    site = make_site(state=FILES)
    site.run("plan")
    site.folder.chmod(0o555)
    unprivileged()
    applied = site.run("apply", "--auto-approve")
    assert applied.code == 5
    assert "Permission denied" in applied.out
    assert "old-relay" in site.land.app().read_text("utf-8")


def test_a_full_disk_leaves_the_old_file_whole(shop: Any) -> None:
    before = shop.land.app().read_text("utf-8")
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16));"
        "sys.dont_write_bytecode = True; from reconciler.cli.main import run; sys.exit(run(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited, "apply", "--auto-approve"],
        cwd=shop.folder,
        env=surroundings(shop.environment()),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 5, done.stderr
    assert "FAIL  settings" in done.stdout
    assert not leaks(done.stdout + done.stderr)
    assert shop.land.app().read_text("utf-8") == before
    assert {path.name for path in shop.land.app().parent.iterdir()} == {"shop.env"}


@pytest.fixture(params=["vault", "file"])
def either(make_site: Callable[..., Any], request: pytest.FixtureRequest) -> Any:
    """State in Vault or in files."""
    return make_site(odoo={"dev": 19}, state=FILES if request.param == "file" else None)


def test_the_second_of_two_applies_is_told_who_holds_the_lock(either: Any) -> None:
    either.odoo["dev"].fail_next(1, "slow", method="create", seconds=2)
    first = subprocess.Popen(
        [*MODULE, "apply", "--auto-approve"],
        cwd=either.folder,
        env=surroundings(either.environment() | {"USER": "ada"}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + PATIENCE
    while either.odoo["dev"]._failures._queue and time.monotonic() < deadline:
        time.sleep(0.02)
    second = either.run("apply", "--auto-approve", "--select", "dev/openspp")
    data = either.run("apply", "--auto-approve", "--select", "dev/openspp", "--format", "json")
    out, _ = first.communicate(timeout=PATIENCE)
    assert (first.returncode, second.code, data.code) == (0, 5, 5), out
    assert "another run holds the lock: ada@" in second.out
    assert str(first.pid) in second.out
    assert "fix: wait for it" in second.out
    assert data.json["outcomes"][0]["error"]["rule"] == "locked"


def test_a_lock_is_gone_after_its_run(either: Any) -> None:
    assert either.run("apply", "--auto-approve").code == 0
    either.land.documents["dev/openspp.yaml"]["mail_servers"]["main"]["priority"] = 11
    either.land.write()
    assert either.run("apply", "--auto-approve").code == 0


def test_a_lock_ends_with_a_process_that_was_killed(make_site: Callable[..., Any]) -> None:
    site = make_site(odoo={"dev": 19}, state=FILES)
    site.odoo["dev"].fail_next(1, "slow", method="create", seconds=20)
    process = subprocess.Popen(
        [*MODULE, "apply", "--auto-approve"],
        cwd=site.folder,
        env=surroundings(site.environment()),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + PATIENCE
    while site.odoo["dev"]._failures._queue and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE)
    assert site.run("apply", "--auto-approve").code == 0


GARBAGE = ["{", "[]", '{"format_version": 1}', '{"format_version": 99, "installation": "x", "entries": []}']


@pytest.mark.parametrize("garbage", GARBAGE, ids=["half", "a list", "parts missing", "newer"])
@pytest.mark.parametrize("command", [["plan"], ["drift"], ["apply", "--auto-approve"]], ids=lambda words: words[0])
def test_corrupted_state_in_files_is_1_and_names_the_file(
    make_site: Callable[..., Any], command: list[str], garbage: str
) -> None:
    site = make_site(state=FILES)
    site.run("apply", "--auto-approve")
    path = next((site.folder / ".state").glob("*.json"))
    path.write_text(garbage, encoding="utf-8")
    ended = site.run(*command)
    assert (ended.code, ended.out) == (1, "")
    assert path.name in ended.err
    assert "corrupted" in ended.err or "newer reconciler" in ended.err
    assert "    fix: " in ended.err
    assert site.run(*command, "--format", "json").json["findings"][0]["rule"] == "state"


def test_corrupted_state_in_vault_is_1_and_names_the_path(shop: Any) -> None:
    shop.run("apply", "--auto-approve")
    path = next(path for path in shop.documents() if "/locks/" not in path and "/journal/" not in path)
    shop.vault.put(path, format_version=1, installation="other", entries=[])
    ended = shop.run("plan")
    assert ended.code == 1
    assert f"{path} is corrupted" in ended.err


def test_state_corrupted_after_the_plan_is_told_with_what_was_not_attempted(shop: Any) -> None:
    shop.run("apply", "--auto-approve")
    shop.rotate()
    shop.run("plan", "--out", "plan.json")
    path = next(path for path in shop.documents() if "/locks/" not in path and "/journal/" not in path)
    shop.vault.put(path, hello=1)
    told, data = shop.run("apply", "plan.json"), shop.run("apply", "plan.json", "--format", "json")
    assert (told.code, data.code) == (1, 1)
    assert "Applied 0, failed 0, not attempted 1" in told.out
    assert f"{path} is corrupted" in told.err
    assert data.json["complete"] is False
    assert [one["status"] for one in data.json["outcomes"]] == ["not attempted"]
    assert data.json["findings"][0]["rule"] == "state"


def test_state_that_is_lost_makes_secrets_unknown_and_nothing_else(make_site: Callable[..., Any]) -> None:
    site = make_site(odoo={"dev": 19}, state=FILES)
    site.run("apply", "--auto-approve")
    shutil.rmtree(site.folder / ".state")
    assert site.run("drift").code == 0
    assert "not yet set by reconciler" in site.run("plan").out
    assert site.run("apply", "--auto-approve").code == 0
    assert site.run("plan").out == "No changes; 2 in sync.\n"


def test_the_first_mail_server_goes_out_of_use_again_where_odoos_own_test_fails(site: Any) -> None:
    """Until then odoo.conf decided, and it does again; the next plan and drift say that there is work left."""
    odoo = site.odoo["dev"]
    odoo.cut_off()
    told = site.run("apply", "--auto-approve")
    assert (told.code, "archived again" in told.out) == (5, True), told.out
    assert [row["active"] for row in odoo.records("ir.mail_server")] == [False]
    assert site.run("drift").code == 2
    assert site.run("plan", "--detailed-exitcode").code == 2
