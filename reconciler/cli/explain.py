"""`reconciler explain`"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from reconciler.cli import build, options, say
from reconciler.errors import ExitCode, UsageError
from reconciler.model import codec
from reconciler.model.address import Address
from reconciler.model.handshake import OAUTH2_FIELDS
from reconciler.model.landscape import Landscape
from reconciler.model.settings import Desired
from reconciler.pipeline import fleet
from reconciler.pipeline import select as selection
from reconciler.views import explain as view


@click.command("explain")
@click.argument("pattern", nargs=-1)
@options.root
@options.form
def command(*, pattern: tuple[str, ...], root: Path, form: str) -> int:
    """Show every effective setting of the resources that PATTERN selects, and the place it comes from.

    \b
    Examples:
      reconciler explain 'prod/openspp:mail_servers[main]'
      reconciler explain prod
    """
    land, _ = build.landscape(root)
    try:
        selection.check(
            pattern, [str(desired.address) for desired in land.desired], [target.unit for target in land.targets]
        )
    except UsageError as error:  # here a pattern is an argument
        fix = (
            (error.fix or "").replace("--select is repeatable: --select", "reconciler explain").replace(" --select", "")
        )
        raise UsageError(error.what.removeprefix("--select "), why=error.why, fix=fix) from None
    chosen = [desired for desired in land.desired if selection.matches(str(desired.address), pattern)]
    if form == "json":
        say.document({"resources": [_json(desired) for desired in chosen]})
    else:
        say.result(view.text(chosen, _unmanaged(land, chosen), say.paper(), base=land.base))
    return ExitCode.DONE


def _unmanaged(land: Landscape, chosen: Sequence[Desired]) -> dict[Address, list[str]]:
    connections = {target.unit: target.connection for target in land.targets}
    return {
        one.address: sorted(
            fleet.platform(one.kind).fields(one.address.resource.collection, connections[one.address.unit])
            - set(one.handshake)
            - set(one.settings)
            - (frozenset() if one.handshake.get("auth") == "oauth2" else OAUTH2_FIELDS)
        )
        for one in chosen
    }


def _json(desired: Desired) -> codec.Json:
    return {
        "address": str(desired.address),
        "settings": {
            field: {
                "value": codec.value(value),
                "through": desired.origin[field].through if field in desired.origin else None,
                "where": codec.position(desired.origin[field].position) if field in desired.origin else None,
            }
            for field, value in desired.handshake.items()
        },
    }
