"""Ctrl-C and SIGTERM: nothing is left half done, everything is told, and the exit code is 130."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest
from lab.canary import leaks
from support import documents
from support.commandline import MODULE, surroundings

PATIENCE = 30.0
SIGNALS = [signal.SIGINT, signal.SIGTERM]
both_signals = pytest.mark.parametrize("number", SIGNALS, ids=["Ctrl-C", "SIGTERM"])


def started(site: Any, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*MODULE, *arguments],
        cwd=site.folder,
        env=surroundings(site.environment()),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=PATIENCE)
    assert not leaks(out + err)
    assert "Traceback" not in err
    return process.returncode, out, err


def wait_until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def slow_calls(site: Any, method: str | None, seconds: float) -> Callable[[], bool]:
    """Lets the next call take that long; answers whether it has come."""
    site.odoo["dev"].fail_next(1, "slow", method=method, seconds=seconds)
    waiting = site.odoo["dev"]._failures._queue
    return lambda: not waiting


@pytest.fixture
def two(make_site: Callable[..., Any]) -> Any:
    return make_site(stages=("dev", "prod"), odoo={"dev": 19})


@both_signals
def test_during_a_write_it_waits_for_it_and_starts_nothing_new(two: Any, number: signal.Signals) -> None:
    arrived = slow_calls(two, "create", 1.5)
    process = started(two, "apply", "--auto-approve")
    wait_until(arrived)
    process.send_signal(number)
    code, out, err = ended(process)
    assert code == 130
    assert "stopping: writes in flight get 30 s; press Ctrl-C again to exit at once" in err
    assert "ok    mail_servers[main]  created" in out
    assert "Applied 2, failed 0, not attempted 1 (prod/shop:settings)" in out


def test_what_was_written_before_ctrl_c_is_remembered(two: Any) -> None:
    arrived = slow_calls(two, "create", 1.0)
    process = started(two, "apply", "--auto-approve", "--format", "json")
    wait_until(arrived)
    process.send_signal(signal.SIGINT)
    code, out, _ = ended(process)
    assert documents.faults(["apply"], json.loads(out)) == []
    told = {one["address"]: one["status"] for one in json.loads(out)["outcomes"]}
    assert code == 130
    assert told["prod/shop:settings"] == "not attempted"
    planned = two.run("plan", "--format", "json").json
    actions = {change["address"]: change["action"] for change in planned["changes"]}
    assert actions["prod/shop:settings"] == "update"
    # a busy machine may not have begun all of the first stage
    left = {address for address, status in told.items() if status == "not attempted"}
    assert "dev/openspp:mail_servers[main]" not in left
    assert {actions[address] for address in actions.keys() - left} == {"none"}
    assert two.run("apply", "--auto-approve").code == 0  # no lock is left behind


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_second_ctrl_c_leaves_at_once_and_still_tells_what_it_knows(two: Any, form: str) -> None:
    arrived = slow_calls(two, "create", 20)
    process = started(two, "apply", "--auto-approve", "--format", form)
    wait_until(arrived)
    process.send_signal(signal.SIGINT)
    begin = time.monotonic()
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    code, out, err = ended(process)
    assert code == 130
    assert time.monotonic() - begin < 10
    assert "what became of writes in flight is unknown" in err
    if form == "json":
        assert documents.faults(["apply"], json.loads(out)) == []
        told = {one["address"]: one["status"] for one in json.loads(out)["outcomes"]}
        assert told["dev/openspp:mail_servers[main]"] == "unknown"
        assert told["prod/shop:settings"] == "not attempted"
    else:
        assert "Applied 1, unknown 1, failed 0, not attempted 1" in out


def test_the_third_ctrl_c_waits_for_nothing(two: Any) -> None:
    two.land.documents["dev/openspp.yaml"]["connection"]["timeout"] = 15
    two.land.write()
    two.run("plan", "--out", "plan.json")
    arrived = slow_calls(two, None, 20)  # apply reads platforms again, and the second Ctrl-C waits for that
    process = started(two, "apply", "plan.json")
    wait_until(arrived)
    begin = time.monotonic()
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
    code, _, _ = ended(process)
    assert code == 130
    assert time.monotonic() - begin < 10


@both_signals
@pytest.mark.parametrize("command", ["plan", "drift"])
def test_while_platforms_are_read_nothing_was_written(site: Any, command: str, number: signal.Signals) -> None:
    arrived = slow_calls(site, None, 1.0)
    process = started(site, command)
    wait_until(arrived)
    process.send_signal(number)
    code, out, err = ended(process)
    assert (code, out) == (130, "")
    assert err.lstrip() == "error: interrupted\n    why: nothing was written\n"


def test_json_is_whole_after_ctrl_c(site: Any) -> None:
    arrived = slow_calls(site, None, 1.0)
    process = started(site, "plan", "--format", "json")
    wait_until(arrived)
    process.send_signal(signal.SIGINT)
    code, out, _ = ended(process)
    assert code == 130
    assert documents.faults(["plan"], json.loads(out)) == []
    assert json.loads(out)["complete"] is False
    assert json.loads(out)["findings"][0]["rule"] == "interrupted"


@pytest.mark.parametrize("form", ["text", "json"])
def test_verify_tells_what_was_verified_before_ctrl_c(two: Any, form: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        two.land.relay("prod").update(host="127.0.0.1", port=mute.getsockname()[1])
        two.land.write()
        process = started(two, "verify", "--format", form)
        connection, _ = mute.accept()
        with connection:
            time.sleep(1.5)  # the other relay answers in milliseconds
            process.send_signal(signal.SIGINT)
            code, out, err = ended(process)
    assert code == 130
    if form == "json":
        told = json.loads(out)
        assert documents.faults(["verify"], told) == []
        assert [one["status"] for one in told["handshakes"]] == ["pass"]
        assert (told["complete"], told["findings"][0]["what"]) == (False, "interrupted after 1 of 2 relays")
    else:
        assert "1 relay: 1 ok." in out
        assert "error: interrupted after 1 of 2 relays\n    why: the others were not verified\n" in err
