"""Whether a plan has anything that the reviewed one had not. Pure.

It only ever forbids: who may edit the comment of a pull request can change what counts as reviewed there.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.errors import InvalidError
from reconciler.model.change import Action
from reconciler.model.difference import fingerprint, fingerprints
from reconciler.model.plan import Plan

_NAMED = 3


class NotReviewed(InvalidError):
    """The plan would do what nobody has seen in the review."""

    rule = "not-reviewed"


def others(plan: Plan, digest: str, resources: Mapping[str, str] | None) -> tuple[str, ...]:
    """The addresses that apply would touch otherwise than reviewed, in the order of the plan.

    `digest` is of the reviewed plan as a whole, `resources` those of each; where these are not known, all or none.
    """
    found = fingerprints(plan.changes)
    touched = [str(one.address) for one in plan.changes if one.writes or one.action is Action.RELEASED]
    if resources is None:
        return () if fingerprint(found) == digest else tuple(touched)
    return tuple(address for address in touched if resources.get(address) != found[address])


def check(plan: Plan, digest: str, resources: Mapping[str, str] | None) -> None:
    """Raises NotReviewed, which names the first of them."""
    if not (found := others(plan, digest, resources)):
        return
    known = resources or {}
    told = [f"{one}: planned otherwise" if one in known else f"{one}: not in it" for one in found[:_NAMED]]
    more = f"; and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    single = len(found) == 1
    raise NotReviewed(
        "1 change is not as reviewed" if single else f"{len(found)} changes are not as reviewed",
        address=found[0] if single else None,  # a count stands before no address
        why=f"{'; '.join(told)}{more}",
        fix="have this plan reviewed, then apply it without --reviewed; reconciler show PLAN shows it",
    )
