"""`apply` of many resources in few files, and of as many in many: this checkout, and an earlier one given by its path.

python benchmarks/files.py [--against CHECKOUT] [--repeat 3]

Exits with 1 when a limit is missed: the processor's time per resource at 400 a file is at most 1.5 times that at 10 a
file, and 4 files with 400 each take at most a hundredth of what the earlier build takes for its writes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

import landscapes
from measured import CHECKOUT, Command, once, tool

SHAPES = ((160, 10), (4, 400))  # files, resources in each: 1,600 both times


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, help="a checkout of an earlier build")
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    builds = {"this": CHECKOUT, **({"earlier": arguments.against} if arguments.against else {})}
    busy = {}
    with tempfile.TemporaryDirectory(prefix="reconciler-bench-") as folder:
        for files, each in SHAPES:
            for name, build in builds.items():
                place = Path(folder).resolve() / f"{name}-{files}"
                busy[name, each] = _apply(place, build, files, each, arguments.repeat if name == "this" else 1)
                print(f"{name:8} {files:4} files x {each:3}: {busy[name, each]:8.2f} s of CPU", flush=True)
    ratio = busy["this", 400] / busy["this", 10]
    print(f"per resource, 400 a file over 10 a file: {ratio:.2f} (limit 1.5)")
    if arguments.against:
        print(f"4 x 400, earlier over this: {busy['earlier', 400] / busy['this', 400]:.0f}")
    return 1 if ratio > 1.5 else 0


def _apply(folder: Path, build: Path, files: int, each: int, repeat: int) -> float:
    """Seconds of the processor of one apply of everything, plan included: the median."""
    landscapes.mailers(folder, files, each)
    command = Command(
        arguments=(tool("reconciler"), "apply", "--auto-approve", "--allow", "unverified"),
        folder=folder,
        environ={"PYTHONPATH": str(build), "BENCH_PASSWORD": "not-a-secret"},
        before=lambda: landscapes.by_hand(folder, files, each),
        says=f"Applied {files * each}, failed 0",
    )
    return median(once(command).busy for _ in range(repeat))


if __name__ == "__main__":
    sys.exit(main())
