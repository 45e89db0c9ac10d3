"""Whatever is declared and whatever is there: an apply converges, a second one does nothing, and the order of files
and keys does not matter."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lab.servers import fake
from support.site import Site, actions

_NAMES = ("main", "bulk", "spare")
servers = st.fixed_dictionaries(
    {}, optional={"priority": st.integers(1, 99), "tags": st.lists(st.sampled_from(["a", "b"]), max_size=2)}
)
declared = st.dictionaries(st.sampled_from(_NAMES), servers, min_size=1)
landscapes = st.dictionaries(st.sampled_from(["crm", "erp"]), declared, min_size=1)
rows = st.dictionaries(st.sampled_from(_NAMES), st.fixed_dictionaries({"priority": st.integers(1, 99)}))
live = st.fixed_dictionaries({"crm": rows, "erp": rows})
few = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def _installed(world: fake.World) -> None:
    """The kind `fake`, once for all examples."""


def site_of(folder: Path, targets: Mapping[str, Any], there: Mapping[str, Any], world: fake.World) -> Site:
    world.installations.clear()
    for name, found in there.items():
        for key, values in found.items():
            world.of(name).put(f"mail_servers[{key}]", **values)
    site = Site(folder)
    site.stage("dev")
    for name, resources in targets.items():
        text = json.dumps({"platform": "fake", "connection": {"name": name}, "mail_servers": resources})
        site.write(f"dev/{name}.yaml", text)
    return site


def platform(world: fake.World) -> dict[str, list[Any]]:
    """Whatever the platform counted first."""
    return {
        name: sorted(((str(row.key), dict(row.settings), row.archived) for row in one.rows.values()), key=str)
        for name, one in world.installations.items()
    }


@few
@given(targets=landscapes, there=live)
def test_an_apply_converges_and_a_second_one_does_nothing(world: fake.World, targets: Any, there: Any) -> None:
    with tempfile.TemporaryDirectory() as name:
        site = site_of(Path(name), targets, there, world)
        site.apply()
        once = platform(world)
        assert set(actions(site.plan()).values()) == {"none"}
        for one in world.installations.values():
            one.written.clear()
        assert site.apply() == {}
        assert platform(world) == once
        assert [one.written for one in world.installations.values() if one.written] == []


@few
@given(targets=landscapes, there=live)
def test_the_order_of_files_and_keys_does_not_matter(world: fake.World, targets: Any, there: Any) -> None:
    plans = []
    for order in (sorted, lambda names: sorted(names, reverse=True)):
        with tempfile.TemporaryDirectory() as name:
            turned = {
                target: {key: targets[target][key] for key in order(targets[target])} for target in order(targets)
            }
            site = site_of(Path(name), turned, there, world)
            plans.append(
                {str(one.address): (one.action, one.fields and _bare(one.fields)) for one in site.plan().changes}
            )
            site.apply()
            plans.append(sorted(map(str, platform(world).items())))
    assert (plans[0], plans[1]) == (plans[2], plans[3])


def _bare(fields: Any) -> list[Any]:
    """Without the places in the files."""
    return sorted((one.field, str(one.kind), str(one.before), str(one.after)) for one in fields)


@few
@given(targets=landscapes, there=live, fails=st.sampled_from(_NAMES))
def test_what_failed_once_is_made_right_by_the_next_apply(
    world: fake.World, targets: Any, there: Any, fails: str
) -> None:
    def refuse(change: Any) -> None:
        if change.address.resource.key == fails:
            raise OSError("gone")

    with tempfile.TemporaryDirectory() as name:
        site = site_of(Path(name), targets, there, world)
        for one in world.installations.values():
            one.on_write = refuse
        site.apply()
        for one in world.installations.values():
            one.on_write = lambda change: None
        site.apply()
        assert set(actions(site.plan()).values()) == {"none"}
