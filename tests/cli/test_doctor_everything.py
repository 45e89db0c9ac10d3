"""`doctor` without a target: beside the stores, this machine and every target, one line each with its fix."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from lab.servers import fake
from support.site import Site

from reconciler.engine import local
from reconciler.errors import PlatformDenied
from reconciler.model.checkup import Checkup, Examined
from reconciler.pipeline import declaration
from reconciler.pipeline.observe import everything
from reconciler.secrets.stores import Secrets


def nowhere(host: str) -> None:
    raise OSError(-2, "Name or service not known")


def found(site: Any, resolve: Callable[[str], object] = len, ahead: float = 0) -> Checkup:
    folder = site.folder
    land = declaration.declared(folder / "environments", base=folder).landscape
    assert land is not None
    with Secrets(land.stores, base=folder) as secrets:
        return everything.checkup(land, local.means(secrets), now=time.time() + ahead, resolve=resolve)


def lines(made: Checkup, part: str) -> dict[str, Examined]:
    return {one.what: one for one in next(it for it in made.parts if it.unit == part).examined}


@pytest.fixture
def dev(fake_site: Site) -> Site:
    relay = "relays: {out: {host: smtp.example.com, port: 25, encryption: none, auth: none}}\n"
    fake_site.stage("dev", text=relay)
    for name in ("crm", "shop"):
        fake_site.target(f"dev/{name}", "")
    return fake_site


@pytest.mark.parametrize(("ahead", "ok"), [(0, True), (-3600, False), (120, False)])
def test_a_clock_that_is_wrong_is_told_with_how_far(shop: Any, ahead: float, ok: bool) -> None:
    os.environ["VAULT_TOKEN"] = shop.tokens["plan"]
    clock = lines(found(shop, ahead=ahead), "this machine")["clock"]
    assert clock.ok is ok
    if not ok:
        told = int(clock.said.partition(" s apart")[0])
        assert abs(told - abs(ahead)) < 60  # both clocks go on while this runs
        assert "timedatectl" in str(clock.fix)


def test_without_a_store_nobody_can_tell_the_clock(dev: Site) -> None:
    assert lines(found(dev), "this machine")["clock"].ok is None


def test_a_name_without_an_address_is_told_with_the_relay_that_has_it(dev: Site) -> None:
    assert lines(found(dev), "this machine")["dns"].ok is True
    made = found(dev, nowhere)
    told = lines(made, "this machine")["dns"]
    assert (told.ok, told.said) == (False, "smtp.example.com: name or service not known")
    assert "relay dev/out" in str(told.fix)
    assert not made.ok


def test_what_a_jump_host_looks_up_is_not_looked_up_here(dev: Site) -> None:
    dev.stage(
        "dev",
        text="""\
        relays: {out: {host: smtp.example.com, port: 25, encryption: none, auth: none}}
        verify: {via: "ssh://jump"}
        """,
    )
    assert "dns" not in lines(found(dev, nowhere), "this machine")


@pytest.mark.parametrize("there", [True, False])
def test_ssh_is_looked_for_where_something_is_reached_through_it(
    dev: Site, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    assert "ssh" not in lines(found(dev), "this machine")
    dev.stage("dev", text='verify: {via: "ssh://jump"}\nrelays: {out: {host: smtp.example.com, port: 25}}\n')
    monkeypatch.setattr(everything.shutil, "which", lambda name: f"/usr/bin/{name}" if there else None)
    told = lines(found(dev), "this machine")["ssh"]
    assert (told.ok, told.said) == (
        (True, "/usr/bin/ssh, for 1 host") if there else (False, "there is no ssh here, and ssh://jump needs it")
    )
    assert there or "openssh-client" in str(told.fix)


def test_a_line_says_what_the_login_may_do(dev: Site, world: fake.World, monkeypatch: pytest.MonkeyPatch) -> None:
    ok = [("reached", "a host"), ("login", "as it"), ("read", "all"), ("write", "all"), ("version", "9")]
    examined = tuple(Examined(what=what, ok=True, said=said) for what, said in ok)
    made = Checkup(unit="dev/crm", kind="fake", examined=examined)
    monkeypatch.setattr(everything.doctor, "checkup", lambda spec, secrets, trace: made)
    assert lines(found(dev), "targets")["dev/crm"].said == "a host; as it; may read and write; 9"
    untold = tuple(replace(one, ok=None) if one.what == "write" else one for one in examined)
    monkeypatch.setattr(everything.doctor, "checkup", lambda spec, secrets, trace: replace(made, examined=untold))
    assert lines(found(dev), "targets")["dev/crm"].said == "a host; as it; may read, write: see doctor TARGET; 9"


def test_every_target_has_one_line(dev: Site, world: fake.World) -> None:
    def denied() -> None:
        raise PlatformDenied("the login is refused", fix="give it a new password")

    world.of("dev-shop").on_read = denied
    told = lines(found(dev), "targets")
    assert {unit: one.ok for unit, one in told.items()} == {"dev/crm": True, "dev/shop": False}
    assert (told["dev/shop"].said, told["dev/shop"].fix) == ("connect: the login is refused", "give it a new password")


def test_a_state_that_cannot_be_written_is_a_problem(dev: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    state = dev.folder / ".reconciler"
    assert lines(found(dev), "this machine")["state"].ok is None
    state.mkdir()
    assert lines(found(dev), "this machine")["state"].ok is True
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # tests may run as root, who may write everywhere
    assert lines(found(dev), "this machine")["state"].ok is False


def test_on_the_screen_each_part_has_its_name(shop: Any) -> None:
    told = shop.run("doctor").out.splitlines()
    assert [line.partition(" (")[0] for line in told if line and line[0] != " "] == [
        "secret stores",
        "this machine",
        "targets",
        "No problems.",
    ]


def test_a_rejected_token_is_told_once_for_all_targets(site: Any) -> None:
    first = site.folder / "environments/dev/openspp.yaml"
    text = first.read_text("utf-8")
    (first.parent / "other.yaml").write_text(text.replace("/dev#", "/other#"), encoding="utf-8")
    site.tokens["plan"] = "s.nobody"
    told = site.run("doctor").out.partition("\ntargets (")[2]
    assert told.count("does not accept the token") == 1
    assert re.search(r"FAIL  dev/\w+ and \d more .*\n        also: .*\n        fix: log in again", told)
