"""An apply that is killed before each of its writes, and after each of its requests: the next one converges."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from lab.subjects import file, openspp, outsystems_odc

pytestmark = pytest.mark.crash

SUBJECTS = {
    "file": file.VARIANTS["dotenv"],
    "openspp": openspp.VARIANTS["19-json2"],
    "outsystems-odc": outsystems_odc.subject,
}
THOROUGH = 8  # every so many points
LEAST = {"file": 30, "openspp": 40, "outsystems-odc": 40}


@pytest.mark.parametrize("name", SUBJECTS)
def test_killed_at_every_point_the_next_run_converges(make_site: Callable[..., Any], name: str) -> None:
    site = make_site(SUBJECTS[name])
    states = (site.subject.first, site.subject.second)
    right = {}
    for number in (1, 0):
        site.declare(states[number])
        done = site.apply()
        assert done.code == 0, done.said
        right[number] = site.subject.settings()
    last = 0
    for point in range(1, 500):
        site.declare(states[point % 2])
        if not site.apply(kill=point).killed:
            break
        check(site, point, right[point % 2])
        last = point
    proven = site.run("history", "--verify", "--limit", "0", "--format", "json")
    assert proven.code == 0, proven.said
    assert '"cut_off": true' in proven.said
    sys.stdout.write(f"{name}: {last} points\n")  # make test-crash shows it with -rP
    assert last >= LEAST[name]


def check(site: Any, point: int, right: Any) -> None:
    """The next run makes it right, and leaves nothing behind; now and then all that tells of it is asked too."""
    thorough = point % THOROUGH == 0
    told = [site.run("drift")] if thorough else []
    again = site.apply()
    assert again.code == 0, f"point {point}: {again.said}"
    assert site.subject.settings() == right, f"point {point}: {again.said}"
    assert site.leftovers() == [], f"point {point}: {again.said}"
    assert site.leaked() == [], f"point {point}"
    if thorough:
        left = site.run("plan", "--detailed-exitcode")
        assert left.code == 0, f"point {point}: {left.said}"
        told.append(left)
    for ran in (again, *told):
        assert not any(secret in ran.said for secret in site.subject.environ.values()), f"point {point}"
