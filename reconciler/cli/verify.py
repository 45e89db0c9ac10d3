"""`reconciler verify`"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from reconciler.cli import build, options
from reconciler.errors import ExitCode
from reconciler.model.handshake import Handshake, Level, Relay, Status
from reconciler.model.landscape import Landscape
from reconciler.pipeline import relays as effective
from reconciler.pipeline import select as selection
from reconciler.pipeline import verify
from reconciler.views import handshake as view


@click.command("verify")
@options.root
@options.select
@click.option(
    "--level",
    type=click.Choice([level.value for level in Level if level is not Level.STATIC]),
    help="How far to go; what the files say otherwise.",
)
@options.form
def command(*, root: Path, select: tuple[str, ...], level: str | None, form: str) -> int:
    """Prove the declared relays by a live SMTP handshake: connect, TLS, one login. Sends nothing below --level message.

    --select takes relays (`prod/submission`) and resources (`prod/openspp:mail_servers[bulk]`).

    \b
    Examples:
      reconciler verify
      reconciler verify --select prod/submission --level tls
    """
    paper = options.paper()
    with build.guarded(form):
        land, _ = build.landscape(root, form, paper)
        wanted = _relays(land, select, Level(level) if level else None)
        with build.secrets(land, root) as secrets:
            refs = {ref for relay in wanted for ref in effective.secrets(relay)}
            found = verify.handshakes(wanted, secrets.opener(refs), land.policy)
    results = [found[relay] for relay in wanted]
    if form == "json":
        build.emit(view.as_json(results))
    else:
        click.echo(paper.finish(view.text(results, width=paper.width, color=paper.color)))
    return exit_code(results)


def _relays(land: Landscape, select: tuple[str, ...], level: Level | None) -> list[Relay]:
    """The environments' relays, and the routes of resources that differ from them; each once."""
    named = [(one.address, one.relay) for one in land.relays]
    routes = [(str(one.address), effective.relay(one.handshake, str(one.address))) for one in land.desired]
    selection.check(select, [address for address, _ in (*named, *routes)])
    chosen: dict[Relay, Relay] = {}
    for address, relay in (*named, *routes):
        if relay is not None and selection.matches(address, select):
            asked = replace(relay, level=level) if level else relay
            chosen.setdefault(replace(asked, name=None), replace(asked, name=address))
    return list(chosen.values())


def exit_code(results: list[Handshake]) -> ExitCode:
    statuses = {result.status for result in results}
    if Status.INCONCLUSIVE in statuses:
        return ExitCode.FAILED
    return ExitCode.CHECK_FAILED if Status.FAIL in statuses else ExitCode.DONE
