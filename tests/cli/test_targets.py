"""What a run says of targets that it is not about, that declare nothing, or that are paused."""

from __future__ import annotations

import json

from lab.servers import fake
from support.commandline import inside
from support.site import Site

PAUSED = "paused: {reason: moving, until: 2999-01-01}\n"
ROUTE = "host: localhost, port: 2525, encryption: none, auth: none, verify: {from: nowhere}"


def test_a_target_without_resources_that_cannot_be_read_is_told(fake_site: Site, world: fake.World) -> None:
    fake_site.stage("dev")
    fake_site.target("dev/crm", "", "crm")
    world.of("crm").on_read = fake.unreachable

    plan, drift = inside("plan"), inside("drift")

    assert (plan.code, drift.code) == (1, 1)
    assert "? dev/crm: not readable. no answer from the fake" in plan.out
    assert "Cannot plan: 1 not readable." in plan.out
    assert "? dev/crm   not readable: no answer from the fake" in drift.out
    assert "Cannot tell what drifted: 1 not readable." in drift.out


def test_where_nothing_could_be_read_there_are_no_changes_to_deny_and_nothing_to_apply(
    fake_site: Site, world: fake.World
) -> None:
    fake_site.stage("dev")
    fake_site.target("dev/crm", f"mail_servers: {{main: {{{ROUTE}}}}}", "crm")
    fake_site.target("dev/old", f"mail_servers: {{main: {{{ROUTE}}}}}", "old")
    fake_site.apply()
    (fake_site.root / "dev/old.yaml").unlink()
    world.of("crm").on_read = fake.unreachable

    told, data = inside("plan"), inside("plan", "--format", "json")

    assert told.out.endswith("Cannot plan: 1 not readable; 1 released.\n")
    assert (data.json["complete"], data.json["applyable"]) == (False, False)


def test_findings_of_other_targets_are_not_told(fake_site: Site, world: fake.World) -> None:
    fake_site.stage("dev")
    for name in ("crm", "shop"):
        fake_site.target(f"dev/{name}", "", name, PAUSED)

    assert "dev/shop is paused" in inside("plan").out
    assert "dev/shop" not in inside("plan", "--select", "dev/crm").out


def test_a_paused_target_asks_for_nothing(fake_site: Site, world: fake.World) -> None:
    fake_site.stage("dev")
    fake_site.target("dev/crm", f"mail_servers: {{main: {{{ROUTE}}}}}", "crm", PAUSED)

    assert inside("apply", "--auto-approve").code == 0
    assert world.of("crm").written == []


def test_a_relay_with_many_users_is_one_row(fake_site: Site, world: fake.World) -> None:
    relay = "relays: {dead: {host: 127.0.0.1, port: 1, encryption: none, auth: none}}"
    fake_site.stage("dev", text=relay)
    for name in ("crm", "shop"):
        fake_site.target(
            f"dev/{name}", f"mail_servers: {{main: {{relay: dead, sender: {{address: {name}@example.com}}}}}}"
        )

    ran = inside("verify", "--format", "json")

    assert [one["relay"] for one in json.loads(ran.out)["handshakes"]] == ["dev/dead"]
