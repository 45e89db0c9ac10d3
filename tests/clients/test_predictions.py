"""What real clients did at relays of all shapes, and what we predict of them: the same, but for what is listed."""

from __future__ import annotations

import pytest

from clients import agreement, said
from clients.agreement import Case

CASES = tuple(agreement.cases())
SAID = tuple(said.all_said())
EXCEPTIONS = agreement.exceptions()


def test_of_many_cases_nearly_all_are_predicted_right() -> None:
    right = sum(case.agrees for case in CASES)
    assert len(CASES) >= 300
    assert right / len(CASES) >= 0.98, f"{right} of {len(CASES)}"


@pytest.mark.parametrize("client", sorted({case.client for case in CASES}))
def test_a_client_does_what_is_predicted(client: str) -> None:
    listed = EXCEPTIONS.get(client, {})
    wrong = [_told(case) for case in CASES if case.client == client and not case.agrees and case.shape not in listed]
    assert wrong == []


def test_each_exception_is_still_one_and_has_a_reason() -> None:
    differ = {(case.client, case.shape) for case in CASES if not case.agrees}
    listed = {(client, shape): reason for client, shapes in EXCEPTIONS.items() for shape, reason in shapes.items()}
    assert all(listed.values())
    assert set(listed) - differ == set(), "these are predicted right now: take them off the list"


def test_one_session_tells_all_clients_right_but_at_listed_shapes() -> None:
    wrong = {one.shape for one in SAID if not one.session}
    assert wrong == {*said.UNSEEN}
    assert all(said.UNSEEN.values())


def test_no_other_way_to_ask_is_as_often_right() -> None:
    ours, session, swaks = (sum(getattr(one, who) for one in SAID) for who in ("ours", "session", "swaks"))
    buttons = [one for one in SAID if one.button is not None]
    assert ours > session > swaks
    assert sum(one.ours for one in buttons) > sum(bool(one.button) for one in buttons)


def _told(case: Case) -> str:
    return f"{case.client} at {case.shape}: predicted {case.predicted}, seen {case.seen}; {case.outcome.reason}"
