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
LEAST = {"file": 30, "openspp": 40, "outsystems-odc": 40}


@pytest.mark.parametrize("name", SUBJECTS)
def test_killed_at_every_point_the_next_run_converges(make_site: Callable[..., Any], name: str) -> None:
    site = make_site(SUBJECTS[name])
    states = (site.subject.first, site.subject.second)
    site.declare(states[0])
    done = site.apply()
    assert done.code == 0, done.said
    last = 0
    for point in range(1, 500):
        site.declare(states[point % 2])
        killed = site.apply(kill=point)
        if not killed.killed:
            break
        check(site, point)
        last = point
    proven = site.run("history", "--verify", "--limit", "0", "--format", "json")
    assert proven.code == 0, proven.said
    assert "cut off" in proven.said.replace("_", " ")
    assert last >= LEAST[name]
    sys.stdout.write(f"{name}: {last} points\n")  # make test-crash shows it with -rP


def check(site: Any, point: int) -> None:
    told = site.run("drift")
    again = site.apply()
    assert again.code == 0, f"point {point}: {again.said}"
    left = site.run("plan", "--detailed-exitcode")
    assert left.code == 0, f"point {point}: {left.said}"
    assert site.leftovers() == [], f"point {point}"
    assert site.leaked() == [], f"point {point}"
    for ran in (told, again, left):
        assert not any(secret in ran.said for secret in site.subject.environ.values()), f"point {point}"
