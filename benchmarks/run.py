"""`make bench`: the numbers, side by side with peers, on this machine. Exits with 1 when a limit is missed."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from runs import RUNS, Row

_HEAD = ("run", "ours", "cpu", "limit", "peer", "theirs", "cpu", "ratio", "at least", "")


def main() -> int:
    arguments = _arguments()
    print(f"{_machine()}; medians of {arguments.repeat}\n", flush=True)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="reconciler-bench-") as folder:
        for name in arguments.run:
            print(f"… {name}", file=sys.stderr)
            rows += RUNS[name](Path(folder).resolve() / name, arguments.repeat)
    lines = [line for row in rows for line in _lines(row)]
    _print([_HEAD, *lines])
    missed = sum(line[-1] == "MISSED" for line in lines)
    print(f"\n{missed} missed." if missed else "\nAll limits met.")
    return 1 if missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", nargs="*", metavar="RUN", help=f"of {', '.join(RUNS)}; all of them unless named")
    parser.add_argument("--repeat", type=int, default=5, help="how often each command runs; the median counts")
    arguments = parser.parse_args()
    if unknown := set(arguments.run) - RUNS.keys():
        parser.error(f"no run is named {', '.join(sorted(unknown))}; there are {', '.join(RUNS)}")
    arguments.run = arguments.run or list(RUNS)
    return arguments


def _machine() -> str:
    """Nothing that names it; the load tells how far to trust the figures."""
    cores, load = os.cpu_count(), os.getloadavg()[0]
    return (
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {cores} cores, load {load:.1f}"
    )


def _lines(row: Row) -> list[tuple[str, ...]]:
    """One for the row and its first peer, one for each other peer."""
    lines = []
    for peer in row.peers:
        ratio = peer.value / row.value
        fast = peer.at_least is None or ratio >= peer.at_least
        at_least = f"{peer.at_least:g}x" if peer.at_least else ""
        theirs = _shown(peer.value, row.unit), _cpu(peer.busy, row.unit)
        lines.append([peer.name, *theirs, f"{ratio:.1f}x", at_least, "ok" if fast else "MISSED"])
    head, *rest = lines or [["", "", "", "", "", "ok"]]
    if row.value > row.limit:
        head[-1] = "MISSED"
    return [
        (row.what, _shown(row.value, row.unit), _cpu(row.busy, row.unit), _shown(row.limit, row.unit), *head),
        *(("", "", "", "", *line[:-1], line[-1] if line[-2] else "") for line in rest),
    ]


def _cpu(busy: float, unit: str) -> str:
    return _shown(busy, "ms" if unit == "ms" else "s")


def _shown(value: float, unit: str) -> str:
    return f"{value:.2f} {unit}" if unit == "s" else f"{value:.0f} {unit}"


def _print(table: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


if __name__ == "__main__":
    sys.exit(main())
