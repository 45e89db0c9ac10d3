"""`reconciler explain`"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from reconciler.cli.shell import completing, console, context, options
from reconciler.errors import ExitCode
from reconciler.model.address import Address
from reconciler.model.finding import Finding
from reconciler.model.handshake import OAUTH2_FIELDS
from reconciler.model.landscape import Landscape
from reconciler.model.settings import Connection, Desired
from reconciler.pipeline import guard, selection
from reconciler.pipeline.resolve import relays as effective
from reconciler.smtp.catalogue.checks import CATALOGUE


@click.command("explain")
@click.argument("pattern", nargs=-1, shell_complete=completing.addresses)
@options.root
@options.form("explain")
def command(*, pattern: tuple[str, ...], root: Path, form: str) -> int:
    """Show every effective setting of the resources and relays that PATTERN selects, and the place it comes from.

    Without PATTERN: all resources, and the relays as a count.

    \b
    Examples:
      reconciler explain 'prod/openspp:mail_servers[main]'
      reconciler explain prod/submission                      a relay
      reconciler explain prod
    """
    land, _ = context.landscape(root)
    known = [one.address for one in land.relays] + [str(desired.address) for desired in land.desired]
    selection.check(pattern, known, [target.unit for target in land.targets], option=False)
    chosen = [desired for desired in land.desired if selection.matches(str(desired.address), pattern)]
    relays = [effective.explained(one) for one in land.relays if selection.matches(one.address, pattern)]
    shown, counted = (relays, []) if pattern else ([], [one.address for one in relays])
    console.show(
        "explain",
        form,
        chosen,
        unmanaged=_unmanaged(land, chosen),
        relays=shown,
        all_relays=relays,
        counted=counted,
        base=land.base,
        severities={name: str(check.severity) for name, check in CATALOGUE.items()},
    )
    return ExitCode.DONE


def _unmanaged(land: Landscape, chosen: Sequence[Desired]) -> dict[Address, list[str]]:
    """The settings that the platform could express beside these; none, where it raises."""
    connections = {target.unit: target.connection for target in land.targets}
    found: dict[Address, list[str]] = {}
    for one in chosen:
        fields = guard.answer_or_finding(str(one.address), partial(_fields, one, connections[one.address.unit]))
        idle = frozenset() if one.handshake.get("auth") == "oauth2" else OAUTH2_FIELDS
        known = frozenset() if isinstance(fields, Finding) else fields
        found[one.address] = sorted(known - set(one.handshake) - set(one.settings) - idle)
    return found


def _fields(one: Desired, connection: Connection) -> frozenset[str]:
    return guard.platform(one.kind).fields(one.address.resource.collection, connection)
