"""Applications' files, this checkout beside an earlier one given by its path: `apply` of many resources in few files,
and of as many in many, and a plan of very many.

python benchmarks/files.py [--against CHECKOUT] [--repeat 3]

Exits with 1 when a limit is missed. Of this build alone: the processor's time per resource at 400 a file is at most 1.5
times that at 10 a file. Beside the earlier build, in turns: 4 files x 400 take at most a hundredth of its processor's
time, 1,000 resources in 100 files at most a fourth and no more memory; a plan of 16,000 resources in 1,600 files, also
as JSON, is no slower and takes at most half of the memory that the earlier one needs as JSON.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import landscapes
from measured import CHECKOUT, Command, Figure, medians, tool

APPLIED = ((160, 10), (4, 400), (100, 10))  # files, resources in each
PLANNED = 1600
FORMS = ("text", "json")
Figures = Mapping[str, Figure]  # by build


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, help="a checkout of an earlier build")
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    builds = {"this": CHECKOUT, **({"earlier": arguments.against} if arguments.against else {})}
    with tempfile.TemporaryDirectory(prefix="reconciler-bench-") as folder:
        top = Path(folder).resolve()
        applied = {shape: _applied(top, builds, shape, arguments.repeat) for shape in APPLIED}
        planned = _planned(top / "plan", builds, arguments.repeat)
    ratio = applied[4, 400]["this"].busy / applied[160, 10]["this"].busy
    kept = [_kept(f"per resource, 400 a file over 10 a file: {ratio:.2f}", ratio <= 1.5, "at most 1.5")]
    if arguments.against:
        kept += _beside(applied[4, 400], applied[100, 10], planned)
    return 0 if all(kept) else 1


def _beside(few: Figures, many: Figures, planned: Mapping[str, Figures]) -> list[bool]:
    """What has to hold beside the earlier build."""
    times = few["earlier"].busy / few["this"].busy
    faster = many["earlier"].busy / many["this"].busy
    more = many["this"].megabytes / many["earlier"].megabytes
    kept = [
        _kept(f"apply of 4 x 400, earlier over this: {times:.0f}", times >= 100, "at least 100"),
        _kept(f"apply of 100 x 10, earlier over this: {faster:.1f}", faster >= 4, "at least 4"),
        _kept(f"apply of 100 x 10, memory: {more:.2f}", more <= 1, "at most 1"),
    ]
    whole = planned["json"]["earlier"].megabytes
    for form, found in planned.items():
        slower = found["this"].busy / found["earlier"].busy
        share = found["this"].megabytes / whole
        kept.append(_kept(f"plan of {PLANNED} x 10 as {form}: {slower:.2f} of the time", slower <= 1, "at most 1"))
        kept.append(_kept(f"plan of {PLANNED} x 10 as {form}: {share:.2f} of the memory", share <= 0.5, "at most 0.5"))
    return kept


def _kept(said: str, kept: bool, limit: str) -> bool:
    print(f"{said} ({limit}){'' if kept else ': MISSED'}", flush=True)
    return kept


def _applied(top: Path, builds: Mapping[str, Path], shape: tuple[int, int], repeat: int) -> Figures:
    """One apply of everything, plan included."""
    files, each = shape
    commands = [_apply(top / f"{name}-{files}-{each}", build, files, each) for name, build in builds.items()]
    turns = 1 if shape == (4, 400) and len(builds) > 1 else repeat  # the earlier one takes minutes there
    return _shown(f"apply {files:4} x {each:3}", dict(zip(builds, medians(commands, turns), strict=True)))


def _apply(folder: Path, build: Path, files: int, each: int) -> Command:
    landscapes.mailers(folder, files, each)
    return Command(
        arguments=(tool("reconciler"), "apply", "--auto-approve", "--allow", "unverified"),
        folder=folder,
        environ={"PYTHONPATH": str(build), "BENCH_PASSWORD": "not-a-secret"},
        before=lambda: landscapes.by_hand(folder, files, each),
        says=f"Applied {files * each}, failed 0",
    )


def _planned(folder: Path, builds: Mapping[str, Path], repeat: int) -> Mapping[str, Figures]:
    landscapes.mailers(folder, PLANNED)
    landscapes.by_hand(folder, PLANNED)
    return {form: _plan(folder, builds, form, repeat) for form in FORMS}


def _plan(folder: Path, builds: Mapping[str, Path], form: str, repeat: int) -> Figures:
    commands = [
        Command(
            arguments=(tool("reconciler"), "plan", "--format", form),
            folder=folder,
            environ={"PYTHONPATH": str(build), "BENCH_PASSWORD": "not-a-secret"},
            says=f"Plan: {PLANNED * 10} to update" if form == "text" else '"applyable": true',
        )
        for build in builds.values()
    ]
    return _shown(f"plan {PLANNED} x 10, {form}", dict(zip(builds, medians(commands, repeat), strict=True)))


def _shown(what: str, found: Figures) -> Figures:
    for name, figure in found.items():
        print(
            f"{what}, {name}: {figure.busy:8.2f} s of CPU, {figure.seconds:8.2f} s, {figure.megabytes:4.0f} MiB",
            flush=True,
        )
    return found


if __name__ == "__main__":
    sys.exit(main())
