"""Waits of the drivers, on stderr: a line for each long one as it begins, and their sum at the end of the run."""

from __future__ import annotations

import logging

import click

from reconciler.cli import say
from reconciler.drivers import rate

_WORTH_A_LINE = 0.5  # seconds


class _Shown(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        say.aside(record.getMessage())


def show() -> None:
    """From now on, until the command ends."""
    handler, before, level = _Shown(), rate.waited(), rate.WAITS.level
    rate.WAITS.addHandler(handler)
    rate.WAITS.setLevel(logging.INFO)

    def stop() -> None:
        rate.WAITS.removeHandler(handler)
        rate.WAITS.setLevel(level)
        if (seconds := rate.waited() - before) >= _WORTH_A_LINE:
            say.aside(f"{seconds:.1f} s of this run were spent waiting for platforms")

    click.get_current_context().find_root().call_on_close(stop)
