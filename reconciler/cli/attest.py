"""`reconciler attest`"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from reconciler.cli.shell import completing, console, context, options, who
from reconciler.errors import ExitCode, InvalidError, UsageError
from reconciler.model.finding import Finding
from reconciler.model.landscape import Landscape
from reconciler.model.ports import State
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Desired
from reconciler.pipeline import attest, selection
from reconciler.pipeline.apply.record import Stamp
from reconciler.pipeline.observe import guided, targets
from reconciler.pipeline.observe.observe import Versions
from reconciler.pipeline.review import pull_request
from reconciler.secrets.stores import Secrets
from reconciler.state import messages
from reconciler.state.choose import open_state


@click.command("attest")
@click.argument("address", nargs=-1, required=True, shell_complete=completing.addresses)
@options.root
@click.option(
    "--test",
    "tested",
    type=click.Choice(["passed", "failed"]),
    help="The result of the product's own test, if somebody ran it.",
)
@click.option("--by", metavar="NAME", help="Who did it. Default: the user of this run.")
@options.form("attest")
def command(*, address: tuple[str, ...], root: Path, tested: str | None, by: str | None, form: str) -> int:
    """Record that the work order of apply for ADDRESS was carried out by hand.

    Nothing is read back, so plan shows it as attested, never as in sync. What reconciler wrote itself, and only a
    person could bring into use (pending by hand), is attested in the same way.

    \b
    Examples:
      reconciler attest prod/o11:email
      reconciler attest prod/netbrain:email --test passed
      reconciler attest test/o11:email --by anna@example.com
    """
    pull_request.refuse("attest")
    name = _name(by)
    land, findings = context.landscape(root, address)
    console.findings([one for one in findings if one.address in address])
    context.check_state(land)
    by_hand, ours = _apart(land, _chosen(land, address))
    if ours and tested is not None:
        raise UsageError(f"--test: {ours[0].address} is tested by reconciler", fix="leave out --test")
    word = attest.Word(
        by=name,
        stamp=Stamp(run=who.run_id(), at=context.now()),
        owner=who.owner(),
        tested=None if tested is None else tested == "passed",
        url=messages.run_url(os.environ),
        git=context.git(root),
    )
    with context.secrets(land, root) as secrets:
        state = open_state(land.state, secrets)
        _check_pending(ours, state)
        versions = _versions(by_hand, secrets)
        entries = (*attest.recorded(by_hand, versions, state, word), *attest.in_use(ours, state, word))
        console.show("attest", form, entries)
    return ExitCode.DONE


def _name(by: str | None) -> str:
    """UsageError for what would not stand in one line wherever the attestation is shown."""
    name = who.user() if by is None else by.strip()
    if not name or not name.isprintable():
        raise UsageError("--by: not a name", why="plan and drift show it on one line", fix="e.g. --by anna")
    return name


def _chosen(land: Landscape, addresses: Sequence[str]) -> tuple[Desired, ...]:
    known = {str(one.address): one for one in land.desired}
    if (wrong := next((one for one in addresses if one not in known), None)) is not None:
        near = selection.nearest(wrong, known)
        raise UsageError(
            f"{wrong or 'the empty address'}: no such resource is declared",
            why="attest takes whole addresses, <environment>/<target>:<resource>",
            fix=f"did you mean {near}?" if near else "reconciler explain lists what is declared",
        )
    return tuple(known[one] for one in dict.fromkeys(addresses))


def _apart(land: Landscape, chosen: Sequence[Desired]) -> tuple[list[Desired], list[Desired]]:
    """Those that a person carries out, and those that reconciler writes itself."""
    guides = guided.guides(targets.specs(land, {one.address.unit for one in chosen}))
    for unit, found in guides.items():
        if isinstance(found, Finding):
            raise InvalidError(found.what, address=unit, why=found.why, fix=found.fix)
    by_hand = [one for one in chosen if one.address.unit in guides]
    return by_hand, [one for one in chosen if one.address.unit not in guides]


def _check_pending(ours: Sequence[Desired], state: State) -> None:
    """InvalidError for one of which nothing waits for a person."""
    if (one := attest.nothing_pending(ours, state)) is not None:
        raise InvalidError(
            f"{one.address}: there is nothing to attest",
            why="reconciler reads and writes this target itself, and nothing of it is pending",
            fix=f"reconciler apply --select {one.address.unit}",
        )


def _versions(chosen: Sequence[Desired], secrets: Secrets) -> Versions:
    """Raises SecretError for a secret that is not there: nobody can have typed it."""
    values = [value for one in chosen for value in one.settings.values()]
    return {ref: secrets.version(ref) for ref in values if isinstance(ref, SecretRef)}
