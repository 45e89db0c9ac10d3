"""`make lab`: what it prints is enough to try the tool, and Ctrl-C leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from lab.demo import ports, servers
from lab.demo.up import READY
from lab.servers.postfix import waited
from support.commandline import TOP, spawned, surroundings

PATIENCE = 60.0


def started() -> subprocess.Popen[str]:
    """In a session of its own, as in a terminal; what it starts is found by its parent."""
    return subprocess.Popen(
        [sys.executable, "-m", "lab.demo.up"],
        cwd=TOP,
        env=surroundings({"PYTHONPATH": f"{TOP}:{TOP / 'examples'}"}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def said(lab: subprocess.Popen[str]) -> str:
    """All until it is ready."""
    assert lab.stdout is not None
    lines = []
    for line in lab.stdout:
        lines.append(line)
        if line.startswith(READY):
            break
    return "".join(lines)


def processes() -> dict[int, int]:
    """All that run on this machine, with their parents; what has ended and is not yet buried runs no more."""
    table = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = (line.split() for line in table.splitlines())
    return {int(pid): int(parent) for pid, parent, state in rows if not state.startswith("Z")}


def below(process: int) -> set[int]:
    """It, what it has started, and what they have."""
    parents, found = processes(), {process}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


@pytest.fixture
def lab() -> Iterator[subprocess.Popen[str]]:
    process = started()
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)


def test_it_is_there_until_ctrl_c(lab: subprocess.Popen[str]) -> None:
    told = said(lab)
    exports = dict(re.findall(r"^  export (VAULT_\w+)=(\S+)$", told, re.MULTILINE))
    folder = servers.LABS / str(lab.pid)
    assert f"  cd {folder}\n" in told

    proven = spawned("verify", folder=folder, environment=exports)
    planned = spawned("plan", folder=folder, environment=exports)
    everything = below(lab.pid)
    os.killpg(lab.pid, signal.SIGINT)  # as a terminal does: to all that it has started, too
    rest, _ = lab.communicate(timeout=PATIENCE)

    assert (proven.code, proven.err, proven.out.splitlines()[-1]) == (0, "", "5 relays: 5 ok.")
    assert (planned.code, planned.err) == (0, "")
    assert "Traceback" not in rest
    assert (lab.returncode, rest.strip()) == (0, "The lab is gone again.")
    assert len(everything) > 1
    assert waited(lambda: not everything & processes().keys())
    assert not folder.exists()
    assert ports.taken(int(exports["VAULT_ADDR"].rpartition(":")[2]) - ports.VAULT) == []
