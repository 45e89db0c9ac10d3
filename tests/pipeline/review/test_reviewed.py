"""What `apply --reviewed` refuses: whatever it would touch otherwise than the reviewed plan."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.plans import LOST, MAIN, NEW, SYNC, plan

from reconciler.model.change import Action
from reconciler.model.difference import fingerprint, fingerprints
from reconciler.model.plan import Plan
from reconciler.pipeline.review import reviewed

SEEN = plan(*SYNC, MAIN, NEW, LOST)
OTHER = replace(MAIN, fields=(replace(MAIN.fields[0], after="evil.example.net"), *MAIN.fields[1:]))
ADDRESSES = (str(MAIN.address), str(NEW.address))


def others(now: Plan, *, known: bool = True) -> tuple[str, ...]:
    found = fingerprints(SEEN.changes)
    return reviewed.others(now, fingerprint(found), found if known else None)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (SEEN, ()),
        (plan(NEW), ()),  # somebody has applied the rest
        (plan(*SYNC), ()),
        (plan(OTHER, NEW), ADDRESSES[:1]),
        (plan(MAIN, replace(NEW, action=Action.ADOPT)), ADDRESSES[1:]),
        (plan(MAIN, replace(SYNC[0], action=Action.RELEASED)), (str(SYNC[0].address),)),
        (plan(replace(MAIN, applied_run="9"), NEW), ()),  # a reason, and nothing that is done
    ],
    ids=["the same", "less", "nothing", "another value", "another action", "released", "another reason"],
)
def test_only_what_is_done_otherwise_counts(now: Plan, told: tuple[str, ...]) -> None:
    assert others(now) == told


def test_where_only_the_whole_is_known_all_or_nothing_is_as_reviewed() -> None:
    assert others(SEEN, known=False) == ()
    assert others(plan(NEW), known=False) == ADDRESSES[1:]


def test_what_was_not_reviewed_is_named() -> None:
    found = fingerprints(plan(NEW).changes)
    with pytest.raises(reviewed.NotReviewed) as refused:
        reviewed.check(plan(MAIN, replace(NEW, action=Action.ADOPT)), fingerprint(found), found)
    assert (refused.value.what, refused.value.address) == ("2 changes are not as reviewed", None)
    assert refused.value.why == f"{ADDRESSES[0]}: not in it; {ADDRESSES[1]}: planned otherwise"
    assert refused.value.exit_code == 3


def test_one_change_is_told_at_its_address() -> None:
    found = fingerprints(plan(MAIN).changes)
    with pytest.raises(reviewed.NotReviewed) as refused:
        reviewed.check(plan(MAIN, NEW), fingerprint(found), found)
    assert (refused.value.what, refused.value.address) == ("1 change is not as reviewed", ADDRESSES[1])
