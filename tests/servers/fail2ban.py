"""Debian's filters of fail2ban, which decide what in a log gets its author banned."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.servers.running import Missing
from tests.servers.unpacked import FOLDER

_ROOT = FOLDER / "root"
_MATCHED = re.compile(r"^Lines: (\d+) lines, \d+ ignored, (\d+) matched", re.MULTILINE)


def matched(log: Path, filters: Sequence[str], mode: str = "aggressive") -> dict[str, int]:
    """How many lines each filter matches. Aggressive is the strictest; Debian's jail of Postfix is `more`.

    Raises Missing.
    """
    program = _ROOT / "usr/bin/fail2ban-regex"
    if not program.exists():
        raise Missing(f"there is no {program} (.ci/servers)")
    return {name: _asked(program, log, f"{name}.conf[mode={mode}]") for name in filters}


def _asked(program: Path, log: Path, name: str) -> int:
    rules = f"{_ROOT}/etc/fail2ban/filter.d/{name}"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(program), "-c", str(_ROOT / "etc/fail2ban"), str(log), rules],
        env={"PATH": os.defpath, "PYTHONPATH": str(_ROOT / "usr/lib/python3/dist-packages"), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    found = _MATCHED.search(done.stdout)
    if found is None:
        raise RuntimeError(f"fail2ban-regex says nothing of {name}:\n{done.stdout}{done.stderr}")
    return int(found[2])
