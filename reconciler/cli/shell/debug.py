"""What is logged, on stderr: warnings, and with `--debug` all that the libraries log. Every secret that this run knows
is taken out, and so is whatever a terminal or a CI system would act on."""

from __future__ import annotations

import logging
import os
import sys
from functools import cached_property
from typing import TYPE_CHECKING

import click

from reconciler.views import printable

if TYPE_CHECKING:
    from reconciler.secrets.redact import Redactor

# tokens that come by environment; all other secrets are told by the store that opens them
_TOKENS = ("BAO_TOKEN", "VAULT_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")


class Kept:
    """What a run remembers of its secrets; made when it is first needed, since --help needs none."""

    @cached_property
    def redactor(self) -> Redactor:
        from reconciler.model.secret import SecretValue
        from reconciler.secrets.redact import Redactor

        made = Redactor()
        for name in _TOKENS:
            if token := os.environ.get(name):
                made.add(SecretValue(token))
        return made


def redactor() -> Redactor:
    """The one of this run, which belongs to the command line's outermost context."""
    return click.get_current_context().find_root().ensure_object(Kept).redactor


def start(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    """The callback of the option. Logging ends with the run, so that one process can have several."""
    if wanted:
        _log(ctx)


def warnings() -> None:
    """What nobody handles Python prints itself: as it is, if this did not clean it until the run ends."""
    if (handler := logging.lastResort) is None:
        return
    ctx = click.get_current_context().find_root()
    kept, before = ctx.ensure_object(Kept).redactor, handler.formatter
    handler.setFormatter(_Clean("%(message)s"))
    handler.addFilter(kept)

    def stop() -> None:
        handler.setFormatter(before)
        handler.removeFilter(kept)

    ctx.call_on_close(stop)


class _Clean(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(printable.line(one) for one in super().format(record).split("\n"))


def _log(ctx: click.Context) -> None:
    root = logging.getLogger()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Clean("%(name)s: %(message)s"))
    handler.addFilter(ctx.find_root().ensure_object(Kept).redactor)
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)

    def stop() -> None:
        root.removeHandler(handler)
        root.setLevel(before)

    ctx.find_root().call_on_close(stop)
