"""The process of the browser: one for all, ended with ours, and what a killed run leaves is swept."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from lab import canary
from lab.servers.admin_page.console import FormConsole
from support.admin_page import form, reading

from reconciler.drivers.admin_page import browser as engines
from reconciler.drivers.admin_page import folders
from reconciler.errors import PlatformError

Served = Callable[..., FormConsole]
SECRET = canary.token()
_RUN = """
import os, sys, time
from reconciler.drivers.admin_page import browser
browser.of_process(None)
print(os.getpid(), flush=True)
sys.stdin.readline()
"""


def begun(folder: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", _RUN],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder), "VAULT_TOKEN": SECRET},
    )
    assert child.stdout
    assert child.stdout.readline()
    return child


def browsers(folder: Path) -> list[str]:
    """The processes whose profile lies in the folder."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = file.read_text()
        except OSError:
            continue
        if f"--user-data-dir={folder}" in text:
            found.append(file.parent.name)
    return found


def ended(folder: Path, seconds: float = 15.0) -> bool:
    until = time.monotonic() + seconds
    while browsers(folder) and time.monotonic() < until:
        time.sleep(0.1)
    return not browsers(folder)


def children(pid: int) -> list[int]:
    """Of a process, and their own: Node, Chromium and all that belongs to it."""
    parents: dict[int, int] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            parents[int(file.parent.name)] = int(file.read_text().rpartition(")")[2].split()[1])
    mine = [child for child, parent in parents.items() if parent == pid]
    return [*mine, *(one for child in mine for one in children(child))]


def given(pid: int) -> str:
    """Its environment and its words; empty for one that has ended."""
    with contextlib.suppress(OSError):
        return "".join(Path(f"/proc/{pid}/{name}").read_text("utf-8", "replace") for name in ("environ", "cmdline"))
    return ""


def test_neither_node_nor_browser_is_given_our_secrets(browser: None, tmp_path: Path) -> None:
    child = begun(tmp_path)
    told = {pid: given(pid) for pid in children(child.pid)}
    child.communicate("\n", timeout=30)
    assert [pid for pid, words in told.items() if "run-driver" in words]
    assert [pid for pid, words in told.items() if f"--user-data-dir={tmp_path}" in words]
    assert [words for words in told.values() if canary.leaks(words)] == []


def test_a_run_that_ends_takes_browser_and_folder_along(browser: None, tmp_path: Path) -> None:
    child = begun(tmp_path)
    assert browsers(tmp_path)

    child.communicate("\n", timeout=30)

    assert child.returncode == 0
    assert ended(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_killed_runs_browser_ends_and_its_folder_is_swept(browser: None, tmp_path: Path) -> None:
    child = begun(tmp_path)
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=30)

    assert ended(tmp_path)
    assert len(folders.sweep(tmp_path)) == 1
    assert list(tmp_path.glob("reconciler-browser-*")) == []


def test_a_program_that_is_no_browser_is_said(browser: None) -> None:
    with pytest.raises(PlatformError, match="the browser /bin/true does not start") as raised:
        engines.Browser("/bin/true")

    assert raised.value.fix == "try it by hand: /bin/true --dump-dom about:blank"


def test_sessions_share_one_browser_which_is_begun_anew_when_it_is_gone(served: Served) -> None:
    console = served(form("<input aria-label=Host value=a>"))
    controls = {"host": {"label": "Host", "type": "text"}}
    for _ in range(2):
        reader = reading(console, controls)
        reader.read()
        reader.close()
    first = engines.of_process(None)

    engines.close()
    reader = reading(console, controls)

    assert reader.read().values == {"host": "a"}
    assert engines.of_process(None) is not first
    reader.close()
