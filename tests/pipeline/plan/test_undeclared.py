"""`prune: true`: what nobody declares is archived, visibly, after everything that comes instead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.servers.odoo import OdooStandIn
from support.site import Site, actions
from support.values import desired, present, reading

from reconciler.model.address import Address
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.settings import Adopt, Stranger
from reconciler.pipeline.plan import compare

UNIT = "prod/crm"


def stranger(name: str, number: int, *, archived: bool = False) -> Stranger:
    live = present({"host": "a"}, mark=False, id=number, archived=archived)
    return Stranger(collection="mail_servers", name=name, id=number, live=live)


def planned(wants: list, *strangers: Stranger, live=None, pruned=(UNIT,)) -> dict[str, Change]:  # type: ignore[no-untyped-def, type-arg]
    changes = compare.changes(wants, reading(live or {}, *strangers), {}, {}, pruned=pruned)
    return {str(change.address): change for change in changes}


def test_nothing_is_pruned_unless_it_is_asked_for() -> None:
    assert planned([], stranger("other", 7), pruned=()) == {}


def test_what_nobody_declares_is_archived_under_its_id() -> None:
    found = planned([], stranger("other", 7))["prod/crm:mail_servers[id 7]"]
    assert (found.action, found.id, found.fields, found.kind) == (Action.ARCHIVE, 7, (), "fake")
    assert [one.what for one in found.findings] == ["“other”, a: not declared, and prune is on"]
    assert Address.parse(str(found.address)) == found.address


def test_what_is_out_of_use_stays_as_it_is() -> None:
    assert planned([], stranger("other", 7, archived=True)) == {}


@pytest.mark.parametrize("adopt", [None, Adopt(id=7), Adopt(name="main")], ids=["by its name", "by id", "by name"])
def test_what_a_resource_takes_over_is_not_pruned(adopt: Adopt | None) -> None:
    found = planned([desired(adopt=adopt, host="b")], stranger("main", 7))
    assert {address: change.action for address, change in found.items()} == {
        "prod/crm:mail_servers[main]": Action.ADOPT
    }


def test_what_somebody_has_to_decide_is_not_pruned() -> None:
    found = planned([desired(host="b")], stranger("main", 7), stranger("main", 8), stranger("other", 9))
    assert {str(change.action) for change in found.values()} == {"blocked", "archive"}
    assert found["prod/crm:mail_servers[id 9]"].action is Action.ARCHIVE


def test_a_twin_of_ours_is_pruned() -> None:
    ours = {"mail_servers[main]": present({"host": "b"}, id=3)}
    found = planned([desired(host="b")], stranger("main", 7), live=ours)
    assert set(found) == {"prod/crm:mail_servers[main]", "prod/crm:mail_servers[id 7]"}


def test_what_another_target_of_the_installation_declares_is_not_pruned() -> None:
    elsewhere = desired("dev/other:mail_servers[main]", host="b")
    assert planned([elsewhere], stranger("main", 7)) == {}


def test_ids_of_two_collections_are_not_one_claim() -> None:
    live = {name: present({"host": "b"}, id=7) for name in ("mail_servers[main]", "other[main]")}
    wants = [desired(f"prod/crm:{name}", host="b") for name in live]
    assert {str(change.action) for change in planned(wants, live=live).values()} == {"none"}


def test_an_error_about_a_setting_that_does_not_change_is_not_told() -> None:
    error = Finding(severity=Severity.ERROR, rule="x", what="x", field="port")
    live = {"mail_servers[main]": present({"host": "a", "port": 1, "username": None}, findings=(error,))}
    (quiet,) = planned([desired(host="b")], live=live).values()
    (told,) = planned([desired(port=2)], live=live).values()
    assert (quiet.action, quiet.findings) == (Action.UPDATE, ())
    assert (told.action, told.findings) == (Action.BLOCKED, (error,))


def test_what_only_a_person_can_do_is_manual_once_nothing_else_is_left() -> None:
    note = Finding(severity=Severity.WARNING, rule="x", holds=Holds.UNTIL_DONE_BY_HAND, what="x", field="auth")
    live = {"mail_servers[main]": present({"host": "a"}, findings=(note,))}
    (done,) = planned([desired(host="a")], live=live).values()
    (other,) = planned([desired(host="b")], live=live).values()
    assert (done.action, done.differs, other.action) == (Action.MANUAL, True, Action.UPDATE)


# --- with an Odoo: nothing but the pipeline and the platform


@pytest.fixture
def odoo() -> Iterator[OdooStandIn]:
    with OdooStandIn(19) as running:
        yield running


@pytest.fixture
def site(tmp_path: Path, odoo: OdooStandIn, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("ODOO", odoo.api_key)
    site = Site(tmp_path)
    site.stage("prod", text="verify: {platform_test: false, from: nowhere}")
    declare(site, odoo, "main: {host: smtp.example.com, port: 25, encryption: starttls, auth: none}")
    return site


def declare(site: Site, odoo: OdooStandIn, *servers: str, extra: str = "") -> None:
    lines = "".join(f"  {server}\n" for server in servers)
    connection = f"{{url: '{odoo.url}', database: lab, username: admin, api_key: {{env: ODOO}}}}"
    text = f"platform: openspp\nprune: true\nconnection: {connection}\nmail_servers:\n{lines}{extra}"
    (site.root / "prod/odoo.yaml").write_text(text, encoding="utf-8")


def active(odoo: OdooStandIn) -> list[str]:
    return [row["name"] for row in odoo.records("ir.mail_server") if row["active"]]


def test_pruning_an_odoo_archives_after_it_created(site: Site, odoo: OdooStandIn) -> None:
    odoo.add("ir.mail_server", name="by hand", smtp_host="h")
    odoo.add("ir.mail_server", name="mine", owner_user_id=2)
    assert actions(site.plan()) == {
        "prod/odoo:mail_servers[main]": "create",
        "prod/odoo:mail_servers[id 1]": "archive",
    }
    done = {address: str(outcome.status) for address, outcome in site.apply().items()}
    assert done == {"prod/odoo:mail_servers[main]": "created", "prod/odoo:mail_servers[id 1]": "archived"}
    assert active(odoo) == ["mine", "main"]
    assert actions(site.plan()) == {"prod/odoo:mail_servers[main]": "none"}


def test_a_protected_stage_asks_before_it_prunes(site: Site, odoo: OdooStandIn) -> None:
    odoo.add("ir.mail_server", name="by hand")
    site.stage("prod", text="protected: true\nverify: {platform_test: false, from: nowhere}")
    [pruned] = [change for change in site.plan().changes if change.action is Action.ARCHIVE]
    assert [risk.rule for risk in pruned.risks] == ["archive"]


def test_what_is_put_out_of_use_comes_last_whatever_the_file_says(site: Site, odoo: OdooStandIn) -> None:
    site.apply()
    old = "main: {host: smtp.example.com, port: 25, encryption: starttls, auth: none, active: false}"
    declare(site, odoo, old, "new: {host: new.example.com, port: 25, encryption: starttls, auth: none}")
    assert {str(outcome.status) for outcome in site.apply().values()} == {"updated", "created"}
    assert active(odoo) == ["new"]


def test_the_last_one_is_not_pruned_and_the_plan_says_so(site: Site, odoo: OdooStandIn) -> None:
    odoo.add("ir.mail_server", name="by hand")
    declare(site, odoo, "main: {host: smtp.example.com, port: 25, encryption: starttls, auth: none, active: false}")
    todo = site.plan()
    assert actions(todo)["prod/odoo:mail_servers[id 1]"] == "blocked"
    [blocked] = [change for change in todo.changes if change.waits]
    assert [one.rule for one in blocked.findings] == ["pruned", "last-active-server"]
    assert todo.complete
    site.apply()
    assert active(odoo) == ["by hand"]


def test_the_last_one_that_left_the_files_is_named_and_blocked(site: Site, odoo: OdooStandIn) -> None:
    site.apply()
    declare(site, odoo, "{}")
    [change] = site.plan().changes
    assert (change.action, [one.rule for one in change.findings]) == (
        Action.BLOCKED,
        ["archived", "last-active-server"],
    )
    assert change.findings[0].what == "“main”, smtp.example.com: the files no longer declare it"


def test_of_several_that_would_go_the_last_one_stays(site: Site, odoo: OdooStandIn) -> None:
    for name in ("one", "two"):
        odoo.add("ir.mail_server", name=name)
    odoo.add("ir.mail_server", name="mine", owner_user_id=2)  # sends for one user only
    declare(site, odoo, "main: {host: smtp.example.com, port: 25, encryption: starttls, auth: none, active: false}")
    found = actions(site.plan())
    assert (found["prod/odoo:mail_servers[id 1]"], found["prod/odoo:mail_servers[id 2]"]) == ("archive", "blocked")


def test_the_last_one_is_not_put_out_of_use_by_the_files(site: Site, odoo: OdooStandIn) -> None:
    site.apply()
    declare(site, odoo, "main: {host: smtp.example.com, port: 25, encryption: starttls, auth: none, active: false}")
    assert actions(site.plan()) == {"prod/odoo:mail_servers[main]": "blocked"}


def test_settings_without_a_relay_are_no_risk_of_the_unverified(site: Site, odoo: OdooStandIn) -> None:
    declare(
        site,
        odoo,
        "main: {host: smtp.example.com, port: 25, encryption: starttls, auth: none}",
        extra="parameters: {force_send_limit: 5}\nalias_domains: {example.com: {default_from: x}}\n",
    )
    found = {str(change.address): [risk.rule for risk in change.risks] for change in site.plan().changes}
    assert found == {
        "prod/odoo:mail_servers[main]": ["unverified"],
        "prod/odoo:alias_domains[example.com]": [],
        "prod/odoo:parameters": [],
    }
    outcomes = site.apply()
    assert {str(outcome.status) for outcome in outcomes.values()} == {"created", "updated"}
    assert outcomes["prod/odoo:parameters"].notes == ()
    assert set(actions(site.plan()).values()) == {"none"}


def test_a_plan_tells_of_the_switch(site: Site, odoo: OdooStandIn) -> None:
    text = (site.root / "prod/odoo.yaml").read_text()
    (site.root / "prod/odoo.yaml").write_text(text.replace("username: admin", "username: admin, switch: blue_green"))
    site.stage("prod", text="verify: {from: nowhere}")
    [change] = site.plan().changes
    assert [finding.rule for finding in change.findings] == ["blue-green"]


@pytest.mark.parametrize(
    ("holds", "wanted", "told"),
    [
        (Holds.IF_CHANGED, {"port": 2}, True),
        (Holds.IF_CHANGED, {"host": "b"}, False),
        (Holds.UNTIL_CHANGED, {"port": 2}, False),
        (Holds.UNTIL_CHANGED, {"port": None}, True),
        (Holds.UNTIL_CHANGED, {"host": "b"}, True),
        (Holds.ALWAYS, {"port": 2}, True),
        (Holds.ALWAYS, {"host": "b"}, True),
    ],
)
def test_a_finding_about_a_value_goes_by_what_becomes_of_it(
    holds: Holds, wanted: dict[str, object], told: bool
) -> None:
    warning = Finding(severity=Severity.WARNING, rule="x", holds=holds, what="x", field="port")
    live = {"mail_servers[main]": present({"host": "a", "port": 1}, findings=(warning,))}
    (found,) = planned([desired(**wanted)], live=live).values()
    assert found.findings == ((warning,) if told else ())
