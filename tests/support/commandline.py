"""Runs the command line, in this process or in one of its own, and judges what every run must keep.

No secret in any output, no control character, no traceback, and one whole JSON document on stdout, as its schema says,
when that was asked for.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.canary import leaks

from support import documents
from support.outside import annotations, harm

TOP = Path(__file__).parents[2]
MODULE = (sys.executable, "-m", "reconciler")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """`out` and `err` are what was printed; `code` is a signal's negative number when one ended it."""

    arguments: tuple[str, ...]
    code: int
    out: str
    err: str

    def __post_init__(self) -> None:
        assert not leaks(self.out + self.err), f"{' '.join(self.arguments)} shows a secret"
        out = annotations(self.out) if "github" in self.arguments and "init" not in self.arguments else self.out
        assert not harm(out + self.err), f"{' '.join(self.arguments)} acts on who reads it"
        assert "Traceback" not in self.out + self.err, self.err
        if as_json(self.arguments):
            assert documents.faults(self.arguments, self.json) == []

    @property
    def json(self) -> Any:
        """Fails when stdout is not one document, from its first character to its last."""
        return json.loads(self.out)

    @property
    def text(self) -> str:
        return self.out + self.err


def as_json(arguments: Sequence[str]) -> bool:
    words = " ".join(arguments)
    return "--format json" in words or "--format=json" in words


def inside(*arguments: str, encoding: str = "utf-8") -> Ran:
    """In this process: starts at once, reads os.environ and the current folder."""
    from reconciler.cli import main

    out, err = io.BytesIO(), io.BytesIO()
    with (
        io.TextIOWrapper(out, encoding=encoding, write_through=True) as stdout,
        io.TextIOWrapper(err, encoding=encoding, errors="backslashreplace", write_through=True) as stderr,
        contextlib.redirect_stdout(stdout),
        contextlib.redirect_stderr(stderr),
    ):
        code = main.run(list(arguments))
        told = [stream.getvalue().decode(encoding) for stream in (out, err)]
    return Ran(arguments=arguments, code=int(code), out=told[0], err=told[1])


def spawned(*arguments: str, folder: Path, environment: Mapping[str, str], seconds: float = 60) -> Ran:
    """In a process of its own, with neither a terminal nor the caller's environment."""
    done = subprocess.run(
        [*MODULE, *arguments],
        cwd=folder,
        env=surroundings(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=seconds,
        check=False,
    )
    out, err = (stream.decode("utf-8", "strict") for stream in (done.stdout, done.stderr))
    return Ran(arguments=arguments, code=done.returncode, out=out, err=err)


def surroundings(more: Mapping[str, str]) -> dict[str, str]:
    """The least that a process needs, and `more`."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "PYTHONPATH": str(TOP), **more}
