"""As an ordinary user, the browser runs in Chromium's own sandbox; without it for root alone, where none starts."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from lab.servers.console import browser

from reconciler.drivers.admin_page.browser import sandboxed

TOP = Path(__file__).parents[3]
_VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
_RUN = """
import json, os
from pathlib import Path
from lab.servers.admin_page import console as form_console
from lab.servers.admin_page.console import FormConsole
from support.admin_page import form, reading

def below(parent):
    table = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            said = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            words = (status.parent / "cmdline").read_text()
        except OSError:
            continue
        table[int(status.parent.name)] = (int(said["PPid"]), said.get("Seccomp", "").strip(), words)
    found, new = set(), {parent}
    while new:
        found |= new
        new = {pid for pid, (above, *_) in table.items() if above in found} - found
    return [table[pid] for pid in found - {parent} if pid in table]

page = form("<label for=h>Host</label><input id=h name=host value=smtp.example.com>")
with form_console.running(FormConsole(body=page)) as console:
    session = reading(console, {"host": {"label": "Host", "type": "text"}})
    values = session.read().values
    processes = below(os.getpid())
    session.close()
renderers = [seccomp for _, seccomp, words in processes if "--type=renderer" in words]
without = any("--no-sandbox" in words for *_, words in processes)
print(json.dumps({"user": os.geteuid(), "values": values, "renderers": renderers, "without": without}))
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """Not below pytest's own folder, which is for one user."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


def ordinary(home: Path) -> dict[str, Any]:
    """What `Popen` wants to run as an ordinary user: this one, or nobody where this one is root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": ()}


def interpreter(who: dict[str, Any]) -> str:
    """Of this version: root's own may be closed to others."""
    tried = [sys.executable, *filter(None, [shutil.which(_VERSION, path="/usr/bin:/usr/local/bin")])]
    for program in tried:
        try:
            subprocess.run([program, "-c", ""], cwd="/", check=True, capture_output=True, **who)
        except (OSError, subprocess.CalledProcessError):
            continue
        return program
    pytest.skip(f"no {_VERSION} that an ordinary user may run; tried {', '.join(tried)}")


def test_a_page_is_read_in_the_sandbox(home: Path) -> None:
    if reason := browser.missing():
        pytest.skip(f"no browser: {reason}")
    who = ordinary(home)
    paths = (TOP, TOP / "examples", TOP / "tests", sysconfig.get_path("purelib"))
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home)}
    ran = subprocess.run(
        [interpreter(who), "-c", _RUN],
        env={**environment, "PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **who,
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["user"] != 0
    assert found["values"] == {"host": "smtp.example.com"}
    assert found["without"] is False
    assert found["renderers"]
    assert set(found["renderers"]) == {"2"}  # the system filters their calls
    assert list(home.iterdir()) == []


def test_only_root_goes_without() -> None:
    assert [sandboxed(user) for user in (0, 1, 1000, 65534)] == [False, True, True, True]
