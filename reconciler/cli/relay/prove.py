"""`--prove`: handshakes beside a plan, with the relays that its targets send through."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reconciler.errors import ExitCode, UsageError
from reconciler.model.handshake import Relay, Status

if TYPE_CHECKING:
    from reconciler.model.answers.proof import Proof
    from reconciler.model.landscape import Landscape
    from reconciler.model.plan import Plan
    from reconciler.pipeline.means import Means

F = TypeVar("F", bound=Callable[..., Any])


def option(function: F) -> F:
    return click.option(
        "--prove",
        is_flag=True,
        help="Also prove the relays by handshakes, which opens their passwords: a role like apply's.",
    )(function)


def check(prove: bool, base: str | None) -> None:  # the flag of the command
    """UsageError for files that nobody has reviewed: their relays would get passwords."""
    if prove and base:
        fix = "run it on main; or reconciler verify --base REF, which stops at TLS"
        raise UsageError("--prove is for reviewed files", why="it logs in to the relays that they name", fix=fix)


def proof(made: Plan, land: Landscape, means: Means, select: tuple[str, ...], *, all_of_them: bool) -> Proof:
    """Of the relays of what is selected: of all, or of those that the plan would write to a target."""
    from reconciler.model.answers.proof import Proof  # and the rest: plans without --prove need none of it
    from reconciler.pipeline.verify import relays
    from reconciler.pipeline.verify.ask import USUAL, Asking, by
    from reconciler.smtp.record.log import Timeouts

    uses = relays.users(land, found := relays.chosen(land, select, _as_declared), _as_declared)
    units = {change.address.unit for change in made.changes if all_of_them or change.writes}
    uses = tuple(one for one in uses if one[0] in units)
    wanted = [one for one in found if one.name in {relay for _, _, relay in uses}]
    asking = Asking(timeouts=Timeouts(), parallel=USUAL, hear=None)
    results = asking.results(wanted, land.policy, by(means.engine))
    return Proof(handshakes=tuple(results), declared=relays.places(land), users=land.users, uses=uses)


def exit_code(of_plan: ExitCode, found: Proof | None) -> ExitCode:
    """The first of the table that applies: a failure outside, a check that failed, then what the plan says."""
    statuses = {one.status for one in found.handshakes} if found else set()
    if of_plan is ExitCode.FAILED or Status.INCONCLUSIVE in statuses:
        return ExitCode.FAILED
    return ExitCode.CHECK_FAILED if Status.FAIL in statuses else of_plan


def _as_declared(relay: Relay) -> Relay:
    return relay
