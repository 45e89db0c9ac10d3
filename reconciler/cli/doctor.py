"""`reconciler doctor`"""

from __future__ import annotations

import socket
import time
from pathlib import Path

import click

from reconciler.cli.shell import completing, console, context, options
from reconciler.cli.shell import target as named
from reconciler.cli.shell.endings import InvalidFiles
from reconciler.errors import ExitCode
from reconciler.model.checkup import Checkup
from reconciler.model.landscape import Landscape
from reconciler.pipeline import declaration
from reconciler.pipeline.means import Means
from reconciler.pipeline.observe import doctor, everything, targets
from reconciler.pipeline.review import pull_request


@click.command("doctor")
@click.argument("target", required=False, shell_complete=completing.targets)
@options.root
@click.option("--trace", is_flag=True, help="List the requests of a console's pages: paths and JSON keys, no values.")
@options.form("doctor")
@options.progress
def command(*, target: str | None, root: Path, trace: bool, form: str) -> int:
    """Examine TARGET (`prod/o11`): is it reachable, does the login work, which version, does the page map fit?

    Without TARGET, examine all that a run needs, one line each: the secret stores (token, time left, rights), this
    machine (clock, DNS, state), and every target.

    Reads only, and opens only the connection's secrets. Exits with 1 when something is wrong.

    \b
    Examples:
      reconciler doctor
      reconciler doctor prod/openspp
      reconciler doctor prod/o11 --trace
    """
    pull_request.refuse("doctor")
    found = declaration.declared(root, base=context.base(root), select=[target] if target else [])
    if found.landscape is None:
        raise InvalidFiles(found.findings, found.files)
    with context.means(found.landscape, root) as means:
        made = _looked(found.landscape, target, root, means, trace)
    console.show("doctor", form, made)
    return ExitCode.DONE if made.ok else ExitCode.FAILED


def _looked(land: Landscape, target: str | None, root: Path, means: Means, trace: bool) -> Checkup:
    if target is None:
        return everything.checkup(land, means, now=time.time(), resolve=_resolve)
    (spec,) = targets.specs(land, [named.declared(land, target, root).unit])
    return doctor.checkup(spec, means, trace=trace)


def _resolve(host: str) -> object:
    """OSError for a name without an address."""
    return socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
