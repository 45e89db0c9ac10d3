"""Real clients at relays of many shapes do what was recorded of them: the recordings are no fiction, and still hold."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from lab.servers.shaped.shape import shapes

from clients import namespace
from clients.clients import CLIENTS

TOP = Path(__file__).resolve().parents[2]
ASKED = ("smtplib", "django", "rails", "laravel", "nodemailer", "grafana")
_ENOUGH = 3  # clients that have to be there
SECONDS = 300  # on a machine that does other things, too


@pytest.mark.long
def test_they_do_what_was_recorded() -> None:
    if reason := namespace.missing():
        pytest.skip(reason)
    commands = {client.name: client.found() for client in CLIENTS if client.name in ASKED}
    missing = [f"{name}: {why}" for name, why in commands.items() if isinstance(why, str)]
    there = [name for name, command in commands.items() if not isinstance(command, str)]
    if len(there) < _ENOUGH:
        pytest.skip("; ".join(missing))
    quick = [shape.name for shape in shapes() if not shape.waits]
    asked = [f"--client={name}" for name in there] + [f"--shape={name}" for name in quick[:: max(1, len(quick) // 40)]]
    done = subprocess.run(
        namespace.inside("clients.record", "--check", *asked),
        cwd=TOP,
        env={**os.environ, "PYTHONPATH": f"{TOP}{os.pathsep}{TOP / 'examples'}{os.pathsep}{TOP / 'tests'}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    print(*missing, sep="\n")
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert f"{len(there)} clients" in done.stdout
