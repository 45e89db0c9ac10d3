"""Waits of the drivers, on stderr: a line for each long one as it begins, and their sum at the end of the run."""

from __future__ import annotations

import logging

import click

from reconciler.cli.shell import console, debug, logs
from reconciler.drivers.http import rate_limit

_WORTH_A_LINE = 0.5  # seconds


class _Shown(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        console.note(record.getMessage())


def show() -> None:
    """From now on, until the command ends."""
    root = click.get_current_context().find_root()
    logs.warnings(root, debug.redactor())
    handler, before, level = _Shown(), rate_limit.waited(), rate_limit.WAITS.level
    rate_limit.WAITS.addHandler(handler)
    rate_limit.WAITS.setLevel(logging.INFO)

    def stop() -> None:
        rate_limit.WAITS.removeHandler(handler)
        rate_limit.WAITS.setLevel(level)
        if (seconds := rate_limit.waited() - before) >= _WORTH_A_LINE:
            console.note(f"{seconds:.1f} s of this run were spent waiting for platforms")

    root.call_on_close(stop)
