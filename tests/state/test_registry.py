"""The document of leases: who gets what, and who is in the way. Values in, values out."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from reconciler.errors import StateError
from reconciler.model.runs.lease import Held
from reconciler.state import registry
from reconciler.state.registry import Registry


def asked(nonce: str, *names: str, fence: int = 100) -> Held:
    return Held(
        nonce=nonce, owner=nonce, run="r", installations=names, fence=fence, since="2026-11-20T12:00:00Z", pid=1
    )


def alive(*nonces: str):
    return lambda one: one.nonce in nonces


def test_the_first_lease_begins_to_count_where_it_is_said() -> None:
    taken = registry.taken(Registry(), asked("a", "x"), alive())
    assert taken.held is not None
    assert (taken.held.fence, taken.registry.fence, taken.refused) == (101, 101, {})


def test_each_lease_has_a_higher_number_than_all_before_it() -> None:
    first = registry.taken(Registry(), asked("a", "x"), alive())
    second = registry.taken(registry.without(first.registry, "a"), asked("b", "x", fence=5), alive())
    assert second.held is not None
    assert second.held.fence == 102


def test_what_a_live_run_holds_is_refused_and_the_rest_is_given() -> None:
    first = registry.taken(Registry(), asked("a", "x", "y"), alive())
    second = registry.taken(first.registry, asked("b", "y", "z"), alive("a"))
    assert second.held is not None
    assert second.held.installations == ("z",)
    assert {name: one.nonce for name, one in second.refused.items()} == {"y": "a"}


def test_nothing_is_written_where_nothing_is_free() -> None:
    first = registry.taken(Registry(), asked("a", "x"), alive())
    second = registry.taken(first.registry, asked("b", "x"), alive("a"))
    assert (second.held, second.registry) == (None, first.registry)


def test_a_dead_run_is_taken_over_and_stays_until_what_it_left_is_dealt_with() -> None:
    first = registry.taken(Registry(), asked("a", "x", "y"), alive())
    second = registry.taken(first.registry, asked("b", "x"), alive())
    left = registry.by_nonce(second.registry, "a")
    assert left is not None
    assert left.lost == "taken over by b"
    after = registry.settled(second.registry, ["a"], ["x"])
    assert [one.installations for one in after.leases] == [("y",), ("x",)]
    assert [one.nonce for one in registry.settled(after, ["a"], ["y"]).leases] == ["b"]


def test_it_comes_back_from_json() -> None:
    found = registry.taken(Registry(), replace(asked("a", "x"), expires="2026-11-20T12:01:30Z"), alive()).registry
    assert registry.from_document(json.loads(json.dumps(registry.document(found))), "here") == found


@pytest.mark.parametrize("found", [[], "text", {}, {"format_version": 2, "fence": 1, "leases": []}, {"leases": [{}]}])
def test_what_is_not_ours_is_refused(found: object) -> None:
    with pytest.raises(StateError, match="some/where has no leases of reconciler") as caught:
        registry.from_document(found, "some/where")
    assert caught.value.why == "it would be overwritten"
