"""`reconciler explain`"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from reconciler.cli.files import clients, rules
from reconciler.cli.shell import completing, console, context, options
from reconciler.cli.shell.endings import InvalidFiles
from reconciler.errors import ExitCode, UsageError
from reconciler.model.address import Address
from reconciler.model.answers.route import Route
from reconciler.model.finding import Finding
from reconciler.model.handshake import OAUTH2_FIELDS
from reconciler.model.landscape import Landscape
from reconciler.model.settings import Connection, Desired
from reconciler.pipeline import guard, selection
from reconciler.pipeline.resolve import relays as effective
from reconciler.smtp.catalogue.checks import CATALOGUE


@click.command("explain")
@click.argument("pattern", nargs=-1, shell_complete=completing.explained)
@options.root
@click.option("--from", "author", metavar="ADDRESS", help="Tell which mail server a mail from ADDRESS takes, and why.")
@click.option("--company", metavar="NAME", help="The company that sends it: beside --from.")
@options.verified
@options.form("explain")
def command(
    *,
    pattern: tuple[str, ...],
    root: Path,
    author: str | None,
    company: str | None,
    verified: Path | None,
    form: str,
) -> int:
    """Show every effective setting of the resources and relays that PATTERN selects, and the place it comes from.

    Without PATTERN: all resources, and the relays as a count.

    \b
    Examples:
      reconciler explain 'prod/openspp:mail_servers[main]'
      reconciler explain prod/submission                      a relay
      reconciler explain prod
      reconciler explain relay-host SMTP206                   what a rule or a check means
      reconciler explain prod/openspp --from info@example.com --company 'My Company'
    """
    if pattern and (told := rules.named(pattern)):
        console.show("explain RULE", form, told)
        return ExitCode.DONE
    land = _landscape(root, pattern)
    _check(land, pattern)
    if company is not None and author is None:
        raise UsageError(
            "--company: without --from", why="it says who sends a mail", fix="--from ADDRESS --company NAME"
        )
    if author is not None:
        console.show("explain --from", form, _routes(land, pattern, author, company))
        return ExitCode.DONE
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
        users=land.users,
        base=land.base,
        severities={name: str(check.severity) for name, check in CATALOGUE.items()},
        clients=clients.told(land, chosen, verified),
        zoned={target.unit: target for target in land.targets if target.zone},
    )
    return ExitCode.DONE


def _landscape(root: Path, pattern: tuple[str, ...]) -> Landscape:
    """Where there are no files at all, a mistyped rule is told before that."""
    try:
        return context.landscape(root, pattern)[0]
    except InvalidFiles as error:
        if pattern and not error.files and (wrong := rules.misspelled(pattern)) is not None:
            raise wrong from None
        raise


def _check(land: Landscape, pattern: tuple[str, ...]) -> None:
    """UsageError for a pattern that selects nothing."""
    known = [one.address for one in land.relays] + [str(desired.address) for desired in land.desired]
    try:
        selection.check(pattern, known, [target.unit for target in land.targets], option=False)
    except UsageError as error:
        raise rules.misspelled(pattern) or error from None


def _routes(land: Landscape, pattern: tuple[str, ...], author: str, company: str | None) -> dict[str, Route]:
    """By target, of platforms that choose between mail servers."""
    if "@" not in author.strip("@"):
        raise UsageError(f"--from: {author} is no address", why="the sender of a mail is one", fix="--from name@domain")
    chosen = [target for target in land.targets if selection.matches(target.unit, pattern)]
    asking = [(target.unit, ask) for target in chosen if (ask := guard.platform(target.kind).route) is not None]
    if not asking:
        raise UsageError(
            "--from: no selected target chooses a mail server by the sender",
            why="their platforms have one route for all mail, or do not tell how they choose",
            fix="select another target, or leave --from out",
        )
    return {unit: guard.answer(unit, partial(ask, author, company, _of(land, unit))) for unit, ask in asking}


def _of(land: Landscape, unit: str) -> Sequence[Desired]:
    return land.by_installation.get(land.by_unit[unit].installation, ())


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
