"""Many targets at once: what it costs, and what the rules refuse of one while the others go on."""

from __future__ import annotations

import cProfile
import pstats
from typing import Any

import yaml
from lab.servers import fake
from support.commandline import inside
from support.site import TODAY, Site

from reconciler.model import adoption as model
from reconciler.pipeline.adopt import whole
from reconciler.pipeline.load import documents as load
from reconciler.pipeline.observe import targets
from reconciler.secrets.stores import Secrets

SOUND = {"host": "smtp.example.com", "port": 587, "encryption": "starttls", "auth": "basic"}


def adopted(site: Site) -> tuple[model.Landscape, int]:
    """And how many calls it took beside reading the platforms."""
    land = site.land()
    loaded = load.documents(site.root, site.folder)
    with Secrets(land.stores, base=site.folder) as secrets:
        readings = targets.readings(targets.specs(land, [one.unit for one in land.targets]), secrets)
    profile = cProfile.Profile()
    found = profile.runcall(whole.landscape, loaded.documents, land, readings, site.folder, TODAY)
    return found, pstats.Stats(profile).total_calls  # type: ignore[attr-defined]


def fleet(site: Site, world: fake.World, count: int) -> None:
    site.stage("dev")
    for number in range(count):
        site.target(f"dev/t{number:03}", "")
        world.of(f"dev-t{number:03}").put("mail_servers[main]", mark=False, **SOUND, username=f"u{number}")


def test_four_times_as_many_targets_cost_four_times_as_much(fake_site: Site, world: fake.World) -> None:
    fleet(fake_site, world, 20)
    adopted(fake_site)  # schemas are read once
    found, few = adopted(fake_site)
    assert len(found.targets) == 20
    fleet(fake_site, world, 80)
    found, many = adopted(fake_site)
    assert len(found.targets) == 80
    assert many < 5 * few


def test_what_the_rules_refuse_of_one_target_is_marked_there_and_nobody_refers_to_its_login(
    fake_site: Site, world: fake.World
) -> None:
    fake_site.stage("dev")
    fake_site.write("reconciler.yaml", "version: 1\npolicy: {relay_hosts: [smtp.example.com]}\n")
    for name, port in (("a", 587), ("b", 2525)):
        fake_site.target(f"dev/{name}", "")
        world.of(f"dev-{name}").put("mail_servers[main]", mark=False, **SOUND | {"port": port}, username="it")
    world.of("dev-a").put("mail_servers[old]", mark=False, **SOUND | {"host": "old.example.net"}, username="it")
    found, _ = adopted(fake_site)
    refused = {f"{one.unit}:{each.resource}" for one in found.targets for each in one.found if each.refused}
    assert refused == {"dev/a:mail_servers[old]"}
    first, second = ({str(each.resource): each for each in one.found} for one in found.targets)
    assert second["mail_servers[main]"].settings["password"] == first["mail_servers[main]"].settings["password"]
    assert second["mail_servers[main]"].notes["password"] == "the login of dev/a:mail_servers[main]"


def test_two_targets_of_one_installation_adopt_nothing_twice(fake_site: Site, world: fake.World) -> None:
    fake_site.stage("dev")
    for name in ("a", "b"):
        fake_site.target(f"dev/{name}", "", installation="crm")
    world.of("crm").put("mail_servers[main]", mark=False, **SOUND, username="it")
    assert inside("adopt", "--all", "--write").code == 0
    files: list[Any] = [yaml.safe_load((fake_site.root / f"dev/{name}.yaml").read_text("utf-8")) for name in "ab"]
    assert ["mail_servers" in one for one in files] == [True, False]
