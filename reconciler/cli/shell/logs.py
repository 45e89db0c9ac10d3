"""The log on stderr: every secret that this run knows is taken out, and so is whatever a terminal or a CI system would
act on. Apart from `debug`, because `--version` and completion need no logging."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import click

from reconciler.views import printable

if TYPE_CHECKING:
    from reconciler.secrets.redact import Redactor


class _Clean(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(printable.line(one) for one in super().format(record).split("\n"))


def everything(ctx: click.Context, redactor: Redactor) -> None:
    """All that the libraries log, until the run ends: one process can have several."""
    _logged(ctx, redactor, logging.getLogger(), "%(name)s: %(message)s", logging.DEBUG)


def running(ctx: click.Context, redactor: Redactor) -> None:
    """What a command that does not end by itself tells of its work, with the time: journald and files want lines."""
    if not logging.getLogger().handlers:  # --debug tells this and more
        form = "%(asctime)s %(levelname)s %(message)s"
        _logged(ctx, redactor, logging.getLogger("reconciler"), form, logging.INFO)


def _logged(ctx: click.Context, redactor: Redactor, root: logging.Logger, form: str, level: int) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Clean(form))
    handler.addFilter(redactor)
    before = root.level
    root.addHandler(handler)
    root.setLevel(level)

    def stop() -> None:
        root.removeHandler(handler)
        root.setLevel(before)

    ctx.call_on_close(stop)


def warnings(ctx: click.Context, redactor: Redactor) -> None:
    """What nobody handles Python prints itself: as it is, if this did not clean it until the run ends."""
    if (handler := logging.lastResort) is None:
        return
    before = handler.formatter
    handler.setFormatter(_Clean("%(message)s"))
    handler.addFilter(redactor)

    def stop() -> None:
        handler.setFormatter(before)
        handler.removeFilter(redactor)

    ctx.call_on_close(stop)
