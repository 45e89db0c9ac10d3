"""The contract that every platform keeps, for the tests of ours and of third parties. Needs pytest for nothing.

@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_contract(case, tmp_path):
    with acme_subject(tmp_path / "acme") as subject:
        case(subject, tmp_path / "contract")

A case raises AssertionError when a promise is broken, and unittest.SkipTest (which pytest knows) where it does not
apply. See docs/testing-a-platform.md.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from reconciler.testing.converging import (
    applying_twice_writes_once,
    converges_from_empty,
    converges_from_foreign_state,
    converges_to_a_second_declaration,
)
from reconciler.testing.logins import a_login_does_not_follow_the_host
from reconciler.testing.looking import (
    a_plan_writes_nothing,
    doctor_looks_and_writes_nothing,
    unreadable_is_not_absent,
)
from reconciler.testing.network import a_rate_limit_is_honoured, latency_and_failing_calls_change_the_time_only
from reconciler.testing.ownership import (
    a_foreign_object_is_adopted_by_name,
    drift_is_named_and_healed,
    unmanaged_settings_survive,
    what_leaves_the_files_is_archived_or_released,
)
from reconciler.testing.restoring import earlier_settings_are_restored, what_was_created_is_taken_back
from reconciler.testing.secrecy import secrets_are_never_echoed
from reconciler.testing.subject import Limiting, Subject, Typist
from reconciler.testing.trial import Trial

Case = Callable[[Subject, Path], None]
CASES: tuple[Case, ...] = (
    converges_from_empty,
    converges_from_foreign_state,
    converges_to_a_second_declaration,
    applying_twice_writes_once,
    unmanaged_settings_survive,
    a_plan_writes_nothing,
    unreadable_is_not_absent,
    doctor_looks_and_writes_nothing,
    secrets_are_never_echoed,
    a_login_does_not_follow_the_host,
    a_rate_limit_is_honoured,
    latency_and_failing_calls_change_the_time_only,
    earlier_settings_are_restored,
    what_was_created_is_taken_back,
    drift_is_named_and_healed,
    what_leaves_the_files_is_archived_or_released,
    a_foreign_object_is_adopted_by_name,
)

__all__ = [
    "CASES",
    "Case",
    "Limiting",
    "Subject",
    "Trial",
    "Typist",
    "a_foreign_object_is_adopted_by_name",
    "a_login_does_not_follow_the_host",
    "a_plan_writes_nothing",
    "a_rate_limit_is_honoured",
    "applying_twice_writes_once",
    "converges_from_empty",
    "converges_from_foreign_state",
    "converges_to_a_second_declaration",
    "doctor_looks_and_writes_nothing",
    "drift_is_named_and_healed",
    "earlier_settings_are_restored",
    "latency_and_failing_calls_change_the_time_only",
    "secrets_are_never_echoed",
    "unmanaged_settings_survive",
    "unreadable_is_not_absent",
    "what_leaves_the_files_is_archived_or_released",
    "what_was_created_is_taken_back",
]
