"""What leases and the journal cost: `apply` of 100 installations at 100 ms a call against the build before them, in
turns; and `history` of 10,000 runs."""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import landscapes
from measured import CHECKOUT, Command, Figure, medians
from runs import fleet_command

BEFORE = "08d8b52"  # the last commit without a journal
MOST = 1.10  # times as long as the build before
HISTORY = 0.5  # seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", default=BEFORE, metavar="COMMIT")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--runs", type=int, default=10_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reconciler-bench-") as name:
        folder = Path(name).resolve()
        ok = _apply(folder / "fleet", arguments.against, arguments.repeat)
        ok &= _history(folder / "history", arguments.runs, arguments.repeat)
    return 0 if ok else 1


def _apply(folder: Path, against: str, repeat: int) -> bool:
    landscapes.slow(folder / "ours", 100)
    ours = fleet_command(folder / "ours", folder)
    with _checkout(folder / "before", against) as before:
        path = f"{before}:{ours.environ['PYTHONPATH']}"
        theirs = replace(ours, environ={**ours.environ, "PYTHONPATH": path})
        ours = replace(ours, environ={**ours.environ, "PYTHONPATH": f"{CHECKOUT}:{ours.environ['PYTHONPATH']}"})
        now, then = medians([ours, theirs], repeat)
    ratio = now.seconds / then.seconds
    print(f"plan + apply, 100 installations, 100 ms a call, {repeat} turns")
    print(f"  before   {_told(then)}   {against}")
    print(f"  now      {_told(now)}   {ratio:.2f} times as long, at most {MOST}: {'ok' if ratio <= MOST else 'MISSED'}")
    return ratio <= MOST


def _history(folder: Path, count: int, repeat: int) -> bool:
    (folder / "environments/dev").mkdir(parents=True)
    (folder / "environments/reconciler.yaml").write_text("version: 1\nstate: {backend: file, path: .reconciler}\n")
    (folder / "environments/dev/environment.yaml").write_text("order: 1\n")
    journal = folder / ".reconciler/journal"
    journal.mkdir(parents=True)
    (journal / "index.jsonl").write_text("".join(_index(count)))
    show = Command(
        arguments=(sys.executable, "-m", "reconciler", "history"),
        folder=folder,
        environ={"PYTHONPATH": str(CHECKOUT)},
        says=f"run-{count - 1}",
    )
    [figure] = medians([show], repeat)
    ok = figure.seconds <= HISTORY
    print(f"history of {count} runs\n  now      {_told(figure)}   at most {HISTORY} s: {'ok' if ok else 'MISSED'}")
    return ok


def _index(count: int) -> Iterator[str]:
    """As runs leave it: two lines for each, chained."""
    last = ""
    for number in range(count):
        name = f"2026{number:010}-{number:08x}"
        begin = {"event": "begin", "run": f"run-{number}", "owner": "github@runner (https://ci.example.com/runs/1)"}
        end = {"event": "end", "head": "0" * 64, "counts": {"updated": 3}, "complete": True, "units": ["prod/erp"]}
        for record in ({**begin, "commit": "0" * 40, "plan": "0" * 64}, end):
            line = json.dumps({"at": "2026-11-29T08:00:00.000Z", "journal": name, **record, "previous": last})
            last = hashlib.sha256(line.encode()).hexdigest()
            yield f"{line}\n"


@contextmanager
def _checkout(folder: Path, commit: str) -> Iterator[Path]:
    git = ["git", "-C", str(CHECKOUT), "worktree"]
    subprocess.run([*git, "add", "--quiet", "--detach", str(folder), commit], check=True)
    try:
        yield folder
    finally:
        subprocess.run([*git, "remove", "--force", str(folder)], check=True)


def _told(figure: Figure) -> str:
    return f"{figure.seconds:6.2f} s, {figure.busy:5.2f} s of the processor"


if __name__ == "__main__":
    sys.exit(main())
