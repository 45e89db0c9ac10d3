"""What real clients did at relays of all shapes, and what we predict of them: the same, but for what is listed."""

from __future__ import annotations

import pytest

from clients import agreement
from clients.agreement import Case

CASES = tuple(agreement.cases())
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


def _told(case: Case) -> str:
    return f"{case.client} at {case.shape}: predicted {case.predicted}, seen {case.seen}; {case.outcome.reason}"
