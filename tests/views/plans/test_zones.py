"""Which secrets each zone's worker opens for a plan, and as who; and what one zone that keeps silent looks like."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.documents import faults
from support.plans import LOST, MAIN, plan

from reconciler.model import codec
from reconciler.model.address import Address
from reconciler.model.finding import Finding, Severity
from reconciler.model.plan import ZoneOpens
from reconciler.model.secret import SecretRef
from reconciler.views.paper import Paper
from reconciler.views.plans import drift, markdown, text


def ref(path: str, key: str, store: str = "default") -> SecretRef:
    return SecretRef(store=store, path=path, key=key, zone="dmz")


MAIL, API = ref("mail/prod", "password"), ref("odoo/prod", "api_key")
MANY = tuple(ref(f"odoo/{number}", "api_key") for number in range(500))
DMZ = ZoneOpens(zone="dmz", store_roles={"default": "approle reconciler-dmz"}, connection=(API,), mail=(MAIL,))


@pytest.mark.parametrize(
    ("zone", "says"),
    [
        (DMZ, "mail/prod#password (write), odoo/prod#api_key (read) as approle reconciler-dmz"),
        (replace(DMZ, store_roles={}), "mail/prod#password (write), odoo/prod#api_key (read)"),
        (replace(DMZ, connection=(API, API), mail=()), "odoo/prod#api_key (read) as approle reconciler-dmz"),
        (replace(DMZ, connection=(), mail=()), "no secret"),
        (
            replace(DMZ, connection=MANY),
            "mail/prod#password (write), odoo/0#api_key (read), odoo/1#api_key (read), odoo/2#api_key (read),"
            " 497 more (read) as approle reconciler-dmz",
        ),
        (
            replace(DMZ, mail=(MAIL, ref("mail/a", "password", "ops"))),
            "mail/prod#password (write), odoo/prod#api_key (read) as approle reconciler-dmz;"
            " ops:mail/a#password (write)",
        ),
    ],
    ids=["both", "a role that nobody told", "to read only", "nothing", "many", "two stores"],
)
def test_the_plan_says_who_opens_what_in_a_zone(zone: ZoneOpens, says: str) -> None:
    shown = text.text(plan(MAIN, zones=(zone,)), Paper())
    assert f"\n\nZone dmz: its worker opens {says}\n\nPlan: 1 to update." in shown


def test_markdown_has_a_line_for_each_zone() -> None:
    shown = markdown.text(plan(MAIN, zones=(DMZ, ZoneOpens(zone="plant"))), next_command=None)
    opens = "`mail/prod#password` (write), `odoo/prod#api_key` (read) as `approle reconciler-dmz`"
    assert f"\n\n- Zone `dmz`: its worker opens {opens}\n- Zone `plant`: its worker opens no secret\n\n" in shown


def test_what_a_worker_calls_its_role_stays_text() -> None:
    zone = replace(DMZ, store_roles={"default": "x` <b>**bold**\n# y\x1b[2J"})
    assert "\x1b" not in text.text(plan(MAIN, zones=(zone,)), Paper())
    assert "\n# y" not in markdown.text(plan(MAIN, zones=(zone,)), next_command=None)


def test_json_has_the_zones_and_a_saved_plan_keeps_them() -> None:
    made = plan(MAIN, zones=(DMZ,), config_digest="sha256:" + 64 * "0")
    document = json.loads(json.dumps(text.document(made)))
    assert document["zones"] == [
        {
            "zone": "dmz",
            "store_roles": {"default": "approle reconciler-dmz"},
            "connection": [codec.value(API)],
            "mail": [codec.value(MAIL)],
        }
    ]
    assert (faults(["plan"], document), codec.plan_from(document).zones) == ([], (DMZ,))


def test_a_plan_of_one_network_says_nothing_of_zones() -> None:
    made = plan(MAIN)
    shown = (text.text(made, Paper()), markdown.text(made, next_command=None), json.dumps(text.document(made)))
    assert not any("zone" in one.lower() for one in shown)


@pytest.mark.parametrize("view", [text.text, drift.text])
def test_a_zone_that_nobody_works_in_is_one_cause(view: object) -> None:
    why = Finding(severity=Severity.ERROR, rule="zone-without-worker", what="zone dmz has no worker")
    lost = [
        replace(
            LOST,
            address=Address.parse(f"prod/odoo-{number}:mail_servers[main]"),
            findings=(replace(why, address=f"prod/odoo-{number}"),),
        )
        for number in range(500)
    ]
    shown = view(plan(*lost), Paper())  # type: ignore[operator]
    assert (shown.count("zone dmz has no worker"), "500 targets" in shown) == (1, True)
