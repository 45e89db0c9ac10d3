"""An error in a file that nothing selected needs stops nobody; one that is needed stops as before."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab.servers import fake
from support.site import TODAY, Site

from reconciler.model.finding import Severity
from reconciler.pipeline import declaration

SOUND = "farm: {priority: 10}"


@pytest.fixture
def two(site: Site, world: fake.World) -> Site:
    site.stage("dev")
    site.stage("prod", 20)
    for unit in ("dev/shop", "dev/erp", "prod/shop"):
        site.target(unit, SOUND)
    return site


def judged(site: Site, *select: str) -> declaration.Judged:
    return declaration.judged(site.root, base=site.folder, today=TODAY, select=select)


BROKEN = {
    "a key of a target": ("dev/erp.yaml", "platform: fake\nconnection: {name: erp}\nfrm: {}\n"),
    "no YAML": ("dev/erp.yaml", "platform: [\n"),
    "a merge conflict": ("dev/erp.yaml", "<<<<<<< HEAD\nplatform: fake\n=======\n>>>>>>> x\n"),
    "a suffix": ("dev/erp.yml", "platform: fake\n"),
    "an unknown relay": ("dev/erp.yaml", "platform: fake\nconnection: {name: erp}\nfarm: {relay: nobody}\n"),
    "an environment": ("dev/environment.yaml", "ordre: 10\n"),
    "a folder's name": ("Dev/environment.yaml", "order: 10\n"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_selected_elsewhere_goes_on_and_tells(two: Site, case: str) -> None:
    two.write(*BROKEN[case])

    found = judged(two, "prod")

    assert found.landscape is not None, found.findings
    told = [one for one in found.findings if one.rule == "left-out"]
    assert [one.severity for one in told] == [Severity.WARNING]
    assert told[0].where is not None
    assert found.landscape.left_out == (told[0].where.file,)
    assert [one.unit for one in found.landscape.targets if one.environment == "prod"] == ["prod/shop"]


@pytest.mark.parametrize("pattern", ["", "dev", "dev/erp", "*shop", "dev/*", "d*", "dev/erp:farm"])
def test_an_error_that_the_selection_may_need_stops_it(two: Site, pattern: str) -> None:
    two.write("dev/environment.yaml", "ordre: 10\n")
    found = judged(two, *filter(None, [pattern]))
    assert found.landscape is None
    assert "left-out" not in [one.rule for one in found.findings]


def test_a_neighbour_in_the_same_environment_is_needed_by_nobody(two: Site) -> None:
    two.write(*BROKEN["a key of a target"])
    found = judged(two, "dev/shop")
    assert found.landscape is not None
    assert [one.unit for one in found.landscape.targets] == ["dev/shop", "prod/shop"]
    assert judged(two, "dev/shop", "dev/erp").landscape is None


def test_what_everybody_needs_stops_everybody(two: Site) -> None:
    two.write("reconciler.yaml", "version: 1\npolicies: {}\n")
    assert judged(two, "prod").landscape is None


def test_two_declarations_of_one_object_stop_both(two: Site) -> None:
    two.target("prod/zoo", SOUND, installation="dev-shop")
    assert [one.rule for one in judged(two).findings] == ["declared-twice"]
    assert judged(two, "dev/shop").landscape is None
    assert judged(two, "prod/zoo").landscape is None
    assert judged(two, "prod/shop").landscape is not None


def test_with_one_error_that_is_needed_all_are_told(two: Site) -> None:
    two.write(*BROKEN["no YAML"])
    two.write("prod/shop.yaml", "platform: fake\nconnection: {name: shop}\nfrm: {}\n")
    files = {one.where.file for one in judged(two, "prod").findings if one.where}
    assert {Path(file).name for file in files} == {"erp.yaml", "shop.yaml"}


def test_what_a_left_out_file_declares_is_not_released(two: Site, world: fake.World) -> None:
    two.apply()
    two.write(*BROKEN["no YAML"])
    left = judged(two, "prod")
    assert left.landscape is not None
    assert [str(one.action) for one in two.planned(left.landscape).changes] == ["none", "none"]


def test_a_page_map_is_needed_by_the_targets_that_name_it(two: Site) -> None:
    (two.folder / "console.yaml").write_text("product: [\n", encoding="utf-8")
    two.write("dev/erp.yaml", "platform: fake\nconnection: {name: erp, page_map: console.yaml}\n")
    assert judged(two, "prod").landscape is not None
    assert judged(two, "dev/erp").landscape is None


def test_the_digest_of_a_plan_does_not_depend_on_what_was_left_out(two: Site) -> None:
    from reconciler.pipeline.plan import assemble

    whole = judged(two, "prod").landscape
    two.write(*BROKEN["an environment"])
    left = judged(two, "prod").landscape
    assert whole is not None
    assert left is not None
    assert assemble.digest(whole, ["prod"]) == assemble.digest(left, ["prod"])


def test_a_stage_that_left_the_files_stays_where_it_was(two: Site, world: fake.World) -> None:
    two.stage("test", 15)
    two.target("test/shop", SOUND)
    two.apply()
    for file in (two.root / "test").iterdir():
        file.unlink()
    (two.root / "test").rmdir()

    made = two.plan()

    assert [(one.name, one.order) for one in made.stages] == [("dev", 10), ("test", 15), ("prod", 20)]
    assert [one.address.environment for one in made.changes] == ["dev", "dev", "test", "prod"]
