"""`reconciler zones`"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.shell import console, context, options
from reconciler.errors import EngineError, ExitCode, UsageError
from reconciler.pipeline.review import pull_request

if TYPE_CHECKING:
    from reconciler.model.landscape import EngineSpec


@click.command("zones")
@click.option(
    "--definitions", is_flag=True, help="Print what RabbitMQ has to declare, with the least rights, and ask nobody."
)
@options.root
@options.form("zones")
def command(*, definitions: bool, root: Path, form: str) -> int:
    """Show who works in which zone, and whether they answer.

    Exit code 1 where a zone has no worker.

    \b
    Examples:
      reconciler zones
      reconciler zones --definitions >definitions.json
    """
    pull_request.refuse("zones")
    land, _ = context.landscape(root, context.STORES)
    if (spec := land.engine) is None:
        why, fix = "reconciler.yaml has no engine", "see docs/zones.md"
        raise UsageError("there are no zones", why=why, fix=fix)
    if definitions:
        return _definitions(spec)
    try:
        from reconciler.engine.celery.standing import standings
    except ModuleNotFoundError as error:
        why, fix = f"{error.name} is not installed", "pip install 'mail-reconciler[celery]'"
        raise EngineError("zones are reached by Celery", why=why, fix=fix) from None
    with context.secrets(land, root) as secrets:
        found = standings(spec, secrets)
    console.show("zones", form, found)
    return ExitCode.FAILED if any(one.error for one in found) else ExitCode.DONE


def _definitions(spec: EngineSpec) -> int:
    from urllib.parse import unquote, urlsplit

    from reconciler.engine.celery.definitions import definitions
    from reconciler.views.printable import Printable

    broker = urlsplit(spec.broker)
    user, vhost = unquote(broker.username or ""), unquote(broker.path[1:]) or "/"
    made = definitions(sorted(spec.zones), vhost=vhost, coordinator=user)
    console.result(Printable(f"{json.dumps(made, indent=2)}\n"))
    users = ", ".join([user, *sorted(spec.zones)])
    console.note(
        f"Users first, each with a password of its own: rabbitmqctl add_user NAME, for {users}",
        "Then: rabbitmqctl import_definitions <definitions.json",
    )
    return ExitCode.DONE
