"""A relative path is part of no checkout, and what was remembered under an absolute one is taken over."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from support.site import Site, actions

from reconciler.model.change import Cause
from reconciler.model.settings import Applied
from reconciler.pipeline.observe import relocated

SHOP = """\
platform: file
connection: {path: app/.env, format: dotenv, keys: {host: H, port: P, encryption: E, auth: null}}
settings: {host: smtp.example.com, port: 587, encryption: starttls, auth: none}
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return made(tmp_path / "one")


def made(folder: Path) -> Site:
    site = Site(folder=folder)
    site.stage("dev", text="verify: {from: nowhere}\n")
    site.write("dev/shop.yaml", SHOP)
    (folder / "app").mkdir()
    (folder / "app/.env").write_text("H=old\n")
    return site


def as_before(site: Site, folder: Path) -> None:
    """The state as earlier builds wrote it: by the absolute path below a checkout."""
    for name, entries in site.state.load(site.state.installations()).items():
        former = f"file:{folder}/app/.env"
        site.state.save(former, [with_name(entry, former) for entry in entries])
        site.state.save(name, ())


def with_name(entry: Applied, installation: str) -> Applied:
    return replace(entry, installation=installation)


def test_another_checkout_is_about_the_same_installation(site: Site, tmp_path: Path) -> None:  # F16
    site.apply()
    other = made(tmp_path / "two")
    shutil.copy(site.folder / "app/.env", other.folder / "app/.env")
    shutil.copytree(site.folder / ".reconciler", other.folder / ".reconciler")
    assert other.land().targets[0].installation == "file:app/.env"
    assert actions(other.plan()) == {"dev/shop:settings": "none"}


def test_a_path_out_of_the_checkout_is_part_of_none(site: Site, tmp_path: Path) -> None:  # F16
    site.write("dev/shop.yaml", SHOP.replace("app/.env", "../app/.env"))
    (tmp_path / "app").mkdir()
    (tmp_path / "app/.env").write_text("H=old\n")
    site.apply()
    assert site.state.installations() == ("file:../app/.env",)
    former = f"file:{tmp_path}/app/.env"  # as earlier builds wrote it
    for name, entries in site.state.load(site.state.installations()).items():
        site.state.save(former, [with_name(entry, former) for entry in entries])
        site.state.save(name, ())
    assert actions(site.plan()) == {"dev/shop:settings": "none"}


def test_a_link_to_the_checkout_is_no_other_one(site: Site, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(site.folder)
    assert Site(folder=tmp_path / "link").land().targets[0].installation == "file:app/.env"


@pytest.mark.parametrize("built", ["same", "elsewhere"])
def test_state_of_an_absolute_path_is_taken_over(site: Site, tmp_path: Path, built: str) -> None:  # F16
    site.apply()
    as_before(site, site.folder if built == "same" else Path("/builds/1234"))
    (site.folder / "app/.env").write_text("H=by-hand\nP=587\nE=starttls\n")
    todo = site.plan()
    assert actions(todo) == {"dev/shop:settings": "update"}  # nothing is released
    assert [field.cause for field in todo.changes[0].fields] == [Cause.PLATFORM]
    assert todo.changes[0].applied_run == "run-1"
    site.apply(todo)
    assert site.state.installations() == ("file:app/.env",)
    assert actions(site.plan()) == {"dev/shop:settings": "none"}


def test_the_state_of_another_target_is_left_alone(site: Site) -> None:
    site.apply()
    as_before(site, Path("/builds/1"))
    site.write("dev/other.yaml", SHOP)
    (site.root / "dev/shop.yaml").unlink()
    loaded = site.state.load(site.state.installations())
    assert relocated.renamed(loaded, site.land().targets) == loaded
