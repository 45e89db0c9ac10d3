"""Real clients at relays of many shapes do what was recorded of them: the recordings are no fiction, and still hold."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from lab.servers.shaped.shape import shapes

from clients import namespace
from clients.clients import CLIENTS

TOP = Path(__file__).resolve().parents[2]
ASKED = ("smtplib", "rails", "laravel", "nodemailer")
_ENOUGH = 3  # clients that have to be there
_EACH = 4  # every fourth shape at which nobody waits
_DIFFERS = re.compile(r"^([\w-]+): ([\w.-]+): ", re.MULTILINE)
SECONDS = 600  # on a machine that does other things, too


@pytest.mark.long
def test_they_do_what_was_recorded() -> None:
    if reason := namespace.missing():
        pytest.skip(reason)
    commands = {client.name: client.found() for client in CLIENTS if client.name in ASKED}
    missing = [f"{name}: {why}" for name, why in commands.items() if isinstance(why, str)]
    there = [name for name, command in commands.items() if not isinstance(command, str)]
    print(*missing, sep="\n")
    if len(there) < _ENOUGH:
        pytest.skip("; ".join(missing))
    done = _run(there, [shape.name for shape in shapes() if not shape.waits][::_EACH])
    if differ := _DIFFERS.findall(done.stdout):  # once more and alone: they have patience of their own, and CI is busy
        done = _run(sorted({client for client, _ in differ}), sorted({shape for _, shape in differ}))
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def _run(clients: list[str], at: list[str]) -> subprocess.CompletedProcess[str]:
    asked = [*(f"--client={name}" for name in clients), *(f"--shape={name}" for name in at)]
    return subprocess.run(
        namespace.inside("clients.record", "--check", *asked),
        cwd=TOP,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(TOP), str(TOP / "examples"), str(TOP / "tests")))},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
