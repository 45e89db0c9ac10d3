"""Runs commands in turns and takes medians. A command that does not say what it should is an error, not a figure."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

CHECKOUT = Path(__file__).resolve().parents[1]
_BIN = Path(sys.executable).parent
_UNITS_PER_MIB = 1024 * 1024 if sys.platform == "darwin" else 1024  # of ru_maxrss


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`before` restores what the command changed, outside the measured time; `says` must be in its output."""

    arguments: Sequence[str]
    folder: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], None] = lambda: None
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    seconds: float
    busy: float  # seconds of the processor: what they would be with the machine to itself, without waiting
    megabytes: float  # MiB, the largest resident size


def medians(commands: Sequence[Command], repeat: int) -> list[Figure]:
    """In turns, so that noise of the machine meets all alike; the first turn warms caches and is not counted."""
    turns = [[once(command) for command in commands] for _ in range(repeat + 1)][1:]
    return [
        Figure(
            seconds=median(one.seconds for one in figures),
            busy=median(one.busy for one in figures),
            megabytes=median(one.megabytes for one in figures),
        )
        for figures in zip(*turns, strict=True)
    ]


def once(command: Command) -> Figure:
    command.before()
    environ = {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": str(command.folder), **command.environ}
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command.arguments, cwd=command.folder, env=environ, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)  # the only way to one child's own peak
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read().decode(errors="replace")
    if process.returncode or command.says not in said:
        name = " ".join(command.arguments[:4])
        sys.exit(f"error: {name} … ended with {process.returncode}, expected {command.says!r} in:\n{said[-2000:]}")
    return Figure(seconds=seconds, busy=usage.ru_utime + usage.ru_stime, megabytes=usage.ru_maxrss / _UNITS_PER_MIB)


def tool(name: str) -> str:
    """A command that is installed beside the interpreter that runs this."""
    if not (path := _BIN / name).exists():
        sys.exit(f"error: {name} is not installed beside {sys.executable}\n    fix: make bench installs all it needs")
    return str(path)
