"""Which secrets the workers of zones open for a plan, and what a plan of zones says and keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from lab.servers import fake
from support.site import Site

from reconciler.model import codec
from reconciler.model.landscape import Landscape
from reconciler.model.plan import ZoneOpens
from reconciler.model.secret import SecretRef
from reconciler.pipeline.plan import assemble
from reconciler.pipeline.review import openers
from reconciler.pipeline.validate import schemas

CENTRAL = """\
version: 1
secret_stores: {default: {type: vault, address: https://vault.example.com}}
engine:
  type: celery
  broker: amqps://coordinator@rabbit.example.com/reconciler
  signing_key: {vault: reconciler/engine#key}
  zones: {dmz: {key: keys/dmz.pub}, plant: {key: keys/plant.pub}}
"""
RELAY = """\
relays:
  main: {host: smtp.example.com, port: 587, encryption: starttls, auth: basic, username: me, password: {vault: m#p}}
"""


class Engine:
    """Of which the workers of dmz have said who they are."""

    roles: Mapping[str, Mapping[str, str]] = {"dmz": {"default": "approle mail-writer"}}


def ref(zone: str, path: str, key: str) -> SecretRef:
    return SecretRef(store="default", path=path, key=key, zone=zone)


def landscape(site: Site) -> Landscape:
    site.write("reconciler.yaml", CENTRAL)
    site.stage("prod", text=RELAY)
    for name, zone in (("crm", "zone: dmz\n"), ("erp", "zone: plant\n"), ("web", "")):
        connection = "connection: {name: crm, token: {vault: t#k}}"
        site.write(
            f"prod/{name}.yaml", f"platform: fake\n{zone}{connection}\nmail_servers: {{main: {{relay: main}}}}\n"
        )
    return site.land()


def test_two_zones_and_none_are_three_installations_of_one_address(fake_site: Site, world: fake.World) -> None:
    found = {target.unit: target.installation for target in landscape(fake_site).targets}
    plain = found["prod/web"]
    assert "!" not in plain
    assert found == {"prod/crm": f"dmz!{plain}", "prod/erp": f"plant!{plain}", "prod/web": plain}


def test_each_zone_has_what_it_opens_to_read_and_to_write(fake_site: Site, world: fake.World) -> None:
    land = landscape(fake_site)
    changes = [change for change in fake_site.planned(land).changes if change.address.unit != "prod/erp"]
    written = [replace(change, action=fake.Action.CREATE) for change in changes]

    found = openers.opens(land, land.by_unit.keys(), written, Engine())

    assert found == (
        ZoneOpens(
            zone="dmz",
            store_roles={"default": "approle mail-writer"},
            connection=(ref("dmz", "t", "k"),),
            mail=(ref("dmz", "m", "p"),),
        ),
        ZoneOpens(zone="plant", connection=(ref("plant", "t", "k"),)),
    )


def test_a_zone_of_which_nothing_is_read_opens_nothing(fake_site: Site, world: fake.World) -> None:
    land = landscape(fake_site)
    assert [one.zone for one in openers.opens(land, {"prod/erp"}, (), object())] == ["plant"]
    assert openers.opens(land, {"prod/web"}, (), object()) == ()


def test_a_saved_plan_keeps_it_and_one_without_zones_has_no_word_of_it(fake_site: Site, world: fake.World) -> None:
    land = landscape(fake_site)
    plain = fake_site.planned(land)
    made = replace(plain, zones=openers.opens(land, land.by_unit.keys(), plain.changes, Engine()))

    document = json.loads(json.dumps(codec.plan(made)))

    assert codec.plan_from(document) == made
    assert [error.message for error in schemas.ours("plan").iter_errors(document)] == []
    assert "zones" not in codec.plan(plain)


def test_a_plan_was_made_from_the_zone_and_from_who_answers_there(fake_site: Site, world: fake.World) -> None:
    land = landscape(fake_site)
    digest = assemble.digest(land, ())
    moved = tuple(replace(one, zone="plant") if one.zone else one for one in land.targets)
    assert land.engine is not None
    zones = {**land.engine.zones, "dmz": replace(land.engine.zones["dmz"], key="/evil.pub")}

    assert assemble.digest(replace(land, targets=moved), ()) != digest
    assert assemble.digest(replace(land, engine=replace(land.engine, zones=zones)), ()) != digest
    assert assemble.digest(replace(land, engine=replace(land.engine, deadline=1.0)), ()) == digest
