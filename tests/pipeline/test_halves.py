"""Files are read and checked in two processes as in one. Each test is a process of its own: a copy of one with several
threads is no copy."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="copies are made on Linux only")
TARGET = """\
platform: file
connection: {path: /srv/shop/.env, format: dotenv, keys: {host: H, port: P, encryption: E, auth: null}}
settings: {host: smtp.example.com, port: PORT, encryption: starttls, auth: none}
"""
SAME = """\
from pathlib import Path
from reconciler.pipeline import declaration, halves
from reconciler.pipeline.load import documents as load

root = Path("environments")
halves._can_copy = lambda: True
several, one = halves.documents(root, Path.cwd(), many=2), load.documents(root, Path.cwd())
assert several.documents == one.documents and several.findings == one.findings and several.files == one.files
assert sorted(several.checked) == sorted(document.file for document in one.documents)
of = lambda loaded: declaration.of(loaded, root, base=Path.cwd(), today="2026-11-29")
assert of(several) == of(one)
print(*(finding.rule for finding in of(several).findings))
"""
MAPPED = """\
import os, signal, sys
from reconciler.pipeline import halves

here = os.getpid()

def work(items):
    if os.getpid() != here and sys.argv[1] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if os.getpid() != here and sys.argv[1] == "fails":
        raise ValueError
    return [(item, os.getpid()) for item in items]

found = halves.mapped(work, list(range(7)))
print([item for item, _ in found], len({process for _, process in found}))
"""


def said(script: str, *words: str, folder: Path) -> str:
    command = [sys.executable, "-c", script, *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize(("how", "processes"), [("well", 2), ("killed", 1), ("fails", 1)])
def test_the_second_half_is_done_here_where_the_copy_fails(how: str, processes: int, tmp_path: Path) -> None:
    assert said(MAPPED, how, folder=tmp_path) == f"[0, 1, 2, 3, 4, 5, 6] {processes}\n"


def test_what_is_found_is_the_same_and_in_the_same_order(tmp_path: Path) -> None:
    files = {
        "reconciler.yaml": "version: 1\nstate: {backend: file, path: .reconciler, persistent: true}\n",
        "dev/environment.yaml": "order: 10\nverify: {from: nowhere}\n",
        "dev/good.yaml": TARGET.replace("PORT", "587"),
        "dev/schema.yaml": TARGET.replace("PORT", "ninety"),
        "dev/twice.yaml": TARGET.replace("PORT", "587, port: 25"),
        "prod/broken.yaml": "a: [1\n",
        "prod/environment.yaml": "order: 20\nverify: {from: nowhere}\n",
        "prod/last.yaml": TARGET.replace("settings", "setings").replace("PORT", "587"),
        "prod/deeper/odd.yaml": "a: 1\n",
    }
    for name, text in files.items():
        file = tmp_path / "environments" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
    rules = said(SAME, folder=tmp_path).split()
    assert len(rules) >= 5
    assert {"wrong-type", "unknown-key"} <= set(rules)
