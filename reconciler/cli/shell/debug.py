"""What a run remembers of its secrets, and `--debug`."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

import click

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
    """The callback of the option."""
    if wanted:
        from reconciler.cli.shell import logs  # logging takes a tenth of --version

        root = ctx.find_root()
        logs.everything(root, root.ensure_object(Kept).redactor)
