"""An apply that is killed before each of its writes, and after each of its requests: the next one converges."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from lab import canary
from lab.servers.odc import OdcStandIn
from lab.subjects import file, openspp, outsystems_odc

pytestmark = pytest.mark.crash


@contextmanager
def unlimited(folder: Path) -> Iterator[outsystems_odc.OdcSubject]:
    """Without the vendor's limit of calls a minute, in which a hundred applies would wait."""
    with OdcStandIn(limits=None) as odc:
        odc.routes.polls_until_finished = 0
        secrets = {name: canary.token() for name in ("MAIL_PASSWORD", "OTHER_PASSWORD")}
        yield outsystems_odc.OdcSubject(odc=odc, environ={"ODC_SECRET": odc.secret, **secrets})


SUBJECTS = {
    "file": file.VARIANTS["dotenv"],
    "openspp": openspp.VARIANTS["19-json2"],
    "outsystems-odc": unlimited,
}
THOROUGH = 8  # every so many points
MOST = 40  # about so many of a kind: where a run has more, every second one, or third
LEAST = 36


@pytest.mark.parametrize("name", SUBJECTS)
def test_killed_at_every_point_the_next_run_converges(make_site: Callable[..., Any], name: str) -> None:
    site = make_site(SUBJECTS[name])
    states = (site.subject.first, site.subject.second)
    right, total = {}, 0
    for number in (1, 0, 1, 0):
        site.declare(states[number])
        done = site.apply()
        assert done.code == 0, done.said
        right[number], total = site.subject.settings(), done.points
    tried = 0
    for point in range(1, total + 1, max(1, total // MOST)):
        tried += 1
        site.declare(states[tried % 2])
        if site.apply(kill=point).killed:
            check(site, point, right[tried % 2], thorough=tried % THOROUGH == 0)
    proven = site.run("history", "--verify", "--limit", "0", "--format", "json")
    assert proven.code == 0, proven.said
    assert '"cut_off": true' in proven.said
    sys.stdout.write(f"{name}: {tried} of {total} points\n")  # make test-crash shows it with -rP
    assert tried >= LEAST


def check(site: Any, point: int, right: Any, *, thorough: bool) -> None:
    """The next run makes it right, and leaves nothing behind; now and then all that tells of it is asked too."""
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
