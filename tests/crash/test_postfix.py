"""A write to a real Postfix whose script is killed before each of its commands: the next run puts it right."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lab.servers.postfix import Postfix
from lab.subjects import postfix
from support.shims import Shims

pytestmark = [
    pytest.mark.crash,
    pytest.mark.skipif(bool(Postfix.missing()), reason=f"no real Postfix: {Postfix.missing()}"),
]
LEAST, EVERY = 15, 2  # points; every second one


def test_killed_at_every_command_of_its_script_the_next_run_converges(
    make_site: Callable[..., Any], tmp_path: Path
) -> None:
    site = make_site(postfix.subject)
    shims = Shims(tmp_path / "shims")
    site.extra = {"PATH": f"{shims.folder}:{site.path}"}
    states = (site.subject.first, site.subject.second)
    right = {}
    for number in (1, 0):
        site.declare(states[number])
        done = site.apply()
        assert done.code == 0, done.said
        right[number] = site.subject.settings()
    last = 0
    for turn, point in enumerate(range(1, 100, EVERY), start=1):
        wanted = turn % 2
        site.declare(states[wanted])
        shims.kill_at(point)
        killed = site.apply()
        if shims.count < point:
            break
        assert killed.code != 0, f"point {point}: {killed.said}"
        shims.kill_at(0)
        check(site, point, right[wanted])
        last = turn
    sys.stdout.write(f"postfix: {last} points\n")
    assert last >= LEAST


def check(site: Any, point: int, right: Any) -> None:
    folder = Path(site.subject.relay.directory)
    left = [path.name for path in folder.iterdir() if path.name.startswith(".") or ".new" in path.name]
    assert left == [], f"point {point}"
    again = site.apply()
    assert again.code == 0, f"point {point}: {again.said}"
    assert site.subject.settings() == right, f"point {point}: {again.said}"
    assert site.leftovers() == [], f"point {point}"
    assert site.leaked() == [], f"point {point}"


@pytest.mark.parametrize("point", [3, 9, 14])
def test_when_the_tool_is_killed_too_the_next_apply_settles_it_alone(
    make_site: Callable[..., Any], tmp_path: Path, point: int
) -> None:
    site = make_site(postfix.subject)
    shims = Shims(tmp_path / "shims", tool=True)
    site.extra = {"PATH": f"{shims.folder}:{site.path}"}
    site.declare(site.subject.first)
    assert site.apply().code == 0
    site.declare(site.subject.second)
    shims.kill_at(point)
    assert site.apply().killed
    shims.kill_at(0)
    assert site.run("drift").code == 2
    again = site.apply()
    assert again.code == 0, again.said
    assert "was cut off here" in again.said
    assert site.run("plan", "--detailed-exitcode").code == 0
    assert site.leftovers() == []
