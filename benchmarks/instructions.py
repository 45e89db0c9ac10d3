"""Instructions of `--version`, `validate`, `plan` and `apply`: this checkout, and an earlier one given by its path.

python benchmarks/instructions.py --against CHECKOUT

Counted by valgrind's callgrind, so that it does not matter what else runs on the machine. Both read the same files and
import compiled modules. Exits with 1 where this checkout needs over 2 % more.
"""

from __future__ import annotations

import argparse
import compileall
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import landscapes
from measured import CHECKOUT

LIMIT = 1.02
_START = "import sys; from reconciler.cli.main import main; sys.argv[0] = 'reconciler'; main()"
_COUNT = re.compile(r"Collected : (\d+)")
RUNS = {
    "version": ("--version", "reconciler "),
    "validate 1,000 targets": ("validate", "1005 files are valid"),
    "plan 1,000 resources": ("plan", "Apply with: reconciler apply"),
    "apply 1,000 resources": ("apply --auto-approve --allow unverified", "Applied 1000, failed 0"),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, required=True, help="a checkout of an earlier build")
    against = parser.parse_args().against.resolve()
    if not shutil.which("valgrind"):
        sys.exit("error: valgrind is not installed\n    fix: on Debian: apt-get install valgrind")
    missed = False
    with tempfile.TemporaryDirectory(prefix="reconciler-bench-") as folder:
        for name, (command, says) in RUNS.items():
            place = Path(folder).resolve() / command.strip("-").partition(" ")[0]
            _files(place, command)
            before, now = (_counted(place, build, command, says) for build in (against, CHECKOUT))
            missed |= now > LIMIT * before
            print(
                f"{name:24} {before / 1e6:8.1f} M before, {now / 1e6:8.1f} M now: {now / before - 1:+.1%}", flush=True
            )
    print("limit: +2 %")
    return 1 if missed else 0


def _files(folder: Path, command: str) -> None:
    folder.mkdir()
    if command == "validate":
        landscapes.single(folder, 1000)
    if command.startswith(("plan", "apply")):
        landscapes.mailers(folder, 100)


def _counted(folder: Path, build: Path, command: str, says: str) -> int:
    compileall.compile_dir(build / "reconciler", quiet=2)
    if command.startswith(("plan", "apply")):
        landscapes.by_hand(folder, 100)
    environ = {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": str(build), "PYTHONHASHSEED": "0"}
    environ["BENCH_PASSWORD"] = "not-a-secret"
    counting = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
    said = subprocess.run(  # noqa: PLW1510  # what it said is looked at
        (*counting, sys.executable, "-c", _START, *command.split()),
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
    )
    found = _COUNT.search(said.stderr)
    if says not in said.stdout or found is None:
        sys.exit(f"error: {command} of {build} did not say {says!r}:\n{said.stdout[-2000:]}{said.stderr[-2000:]}")
    return int(found[1])


if __name__ == "__main__":
    sys.exit(main())
