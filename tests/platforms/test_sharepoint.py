"""SharePoint farms on loopback: the traps of its cmdlets, and what a write leaves."""

from __future__ import annotations

import pytest
from lab.servers.windows.farm import CENTRAL, VERSIONS
from lab.subjects.sharepoint import INTRANET, TEAMS
from support.sharepoint_site import KEY, LOGIN, ROUTE, THERE, Made, rules

from reconciler.errors import PlatformBusy, PlatformRefused
from reconciler.model.outcome import OutcomeStatus
from reconciler.model.settings import Present


@pytest.mark.parametrize("tls", [True, False, None])
def test_a_change_of_one_setting_leaves_all_others(made: Made, tls: bool | None) -> None:
    """SharePointDsc drops TLS and the port here; the cmdlet by itself would turn TLS on."""
    site = made(**{**THERE, "tls": tls})
    before, central = dict(site.app()), dict(site.farm.application(CENTRAL))
    site.written(INTRANET, reply_to="new@example.com")
    assert site.app() == {**before, "tls": tls or False, "reply_to": "new@example.com"}
    assert site.farm.application(CENTRAL) == central


def test_an_empty_reply_to_is_sent_and_kept(made: Made) -> None:
    """An export of SharePointDsc writes an asterisk for it."""
    site = made(**THERE)
    site.written(INTRANET, reply_to=None)
    assert site.app()["reply_to"] == ""
    site.written(INTRANET, **{"sender.address": "new@example.com"})
    assert (site.app()["reply_to"], site.app()["from"]) == ("", "new@example.com")


def test_another_user_keeps_the_password_that_is_there(made: Made) -> None:
    site = made(**THERE)
    site.farm.server("127.0.0.1")["key"] = "a key"
    site.written(INTRANET, username="CONTOSO\\other")
    assert (site.app()["user"], site.app()["password"]) == ("CONTOSO\\other", "pw-old")


@pytest.mark.parametrize("version", VERSIONS)
def test_only_what_is_declared_changes_in_each_version(made: Made, version: str) -> None:
    site = made(version)
    central = dict(site.farm.application(CENTRAL))
    site.apply(intranet={**ROUTE, "sender": {"address": "a@example.com"}})
    assert (site.app()["host"], site.app()["from"], site.app()["tls"]) == (
        "smtp.example.com",
        "a@example.com",
        None if version == "2013" else False,
    )
    assert site.farm.application(CENTRAL) == central
    assert site.app(TEAMS)["host"] is None


def test_farm_and_web_application_are_never_taken_for_each_other(made: Made) -> None:
    site = made()
    todo = site.plan(intranet={**ROUTE})
    site.app()["id"], site.farm.application(CENTRAL)["id"] = site.farm.application(CENTRAL)["id"], site.app()["id"]
    outcomes = site.trial.write(todo.changes)
    assert (outcomes[0].status, "web application would have been confused" in str(outcomes[0].error)) == (
        OutcomeStatus.FAILED,
        True,
    )
    assert site.farm.application(CENTRAL)["host"] is None


def test_credentials_are_kept_when_nothing_is_said_and_cleared_by_none(made: Made) -> None:
    site = made(**THERE)
    central = site.farm.application(CENTRAL)
    site.written(None, port=588)
    assert (central["user"], central["password"], central["port"]) == ("old", "pw-old", 588)
    site.apply(farm={**ROUTE, "host": "old.example.com", "auth": "none"})
    assert (central["user"], central["password"]) == (None, None)


def test_the_key_is_on_every_server_before_a_password(made: Made) -> None:
    site = made(servers=("127.0.0.1", "127.0.0.2"))
    order: list[str] = []
    for server in site.site.servers:
        server.before = lambda call: order.extend(name for name in ("Key", "Auth") if name in call.parameters)
    route = {**ROUTE, "encryption": "starttls", "port": 587}
    assert set(site.apply(farm={**route, **LOGIN, **KEY}).values()) == {"created"} or site.errors == []
    assert order == ["Key", "Key", "Auth"]
    assert {one["key"] for one in site.farm.state["servers"]} == {"canary-key-4711"}
    assert site.farm.application(CENTRAL)["password"] == "canary-password-4711"


def test_without_one_of_the_servers_no_password_is_written(made: Made) -> None:
    site = made(servers=("127.0.0.1", "127.0.0.2"))
    site.site.servers[1].endpoint.users = set()
    route = {**ROUTE, "encryption": "starttls", "port": 587}
    site.apply(farm={**route, **LOGIN, **KEY})
    assert "127.0.0.2" in site.errors[0].what
    assert site.farm.application(CENTRAL)["host"] is None


def test_a_login_without_the_key_says_what_is_missing(made: Made) -> None:
    site = made()
    site.apply(farm={**ROUTE, "encryption": "starttls", "port": 587, **LOGIN})
    assert "credential key" in str(site.errors[0].fix)


def test_an_update_conflict_is_tried_three_times_and_no_more(made: Made) -> None:
    site = made()
    site.farm.state["conflicts"] = 2
    assert list(site.apply(farm={**ROUTE}).values()) == ["updated"]
    site.farm.state["conflicts"] = 5
    site.apply(farm={**ROUTE, "port": 26})
    assert (site.errors[0].rule, "restart" in str(site.errors[0].fix)) == (PlatformBusy.rule, True)
    assert (site.farm.state["conflicts"], site.farm.application(CENTRAL)["port"]) == (2, 25)


def test_a_mail_server_is_cleared_by_subscription_edition_only(made: Made) -> None:
    cleared = {"host": None, "port": None, "encryption": None, "auth": None}
    assert "not-in-this-version" in rules(made(host="old.example.com").plan(farm=cleared))
    site = made("SE", host="old.example.com")
    site.apply(farm=cleared)
    assert site.farm.application(CENTRAL)["host"] is None


def test_tls_is_switched_on_only_when_the_server_itself_trusts_the_relay(made: Made) -> None:
    site = made(**{**THERE, "tls": False, "user": None, "password": None})
    site.site.relay = {"stage": "tls", "message": "name mismatch"}
    declared = {**ROUTE, "encryption": "starttls", "port": 587}
    site.apply(farm=declared)
    assert (site.errors[0].rule, "name mismatch" in str(site.errors[0].why)) == (PlatformRefused.rule, True)
    assert site.farm.application(CENTRAL)["tls"] is False
    assert site.site.probed == [{"MailHost": "smtp.example.com", "Port": 587, "Seconds": 20}]
    site.site.relay = {"stage": "done", "message": ""}
    assert list(site.apply(farm=declared).values()) == ["updated"]


def test_an_apply_sends_only_what_differs(made: Made) -> None:
    site = made()
    declared = {"farm": {**ROUTE}, "intranet": {**ROUTE}, "teams": {**ROUTE}}
    site.apply(**declared)
    site.app()["port"] = 26
    site.site.servers[0].ran.clear()
    site.apply(**declared)
    assert site.site.ran == ["read.ps1"] * 3 + ["write.ps1", "read.ps1"]  # plan, apply, is TLS on; read back
    assert site.calls("Create") == 1


def test_character_sets_have_names(made: Made) -> None:
    site = made()
    site.apply(farm={**ROUTE, "character_set": "iso-2022-jp"})
    assert site.farm.application(CENTRAL)["code_page"] == 50220
    site.farm.application(CENTRAL)["code_page"] = 20000
    live = site.trial.read().live(site.plan(farm={**ROUTE, "character_set": 20000}).changes[0].address.resource)
    assert isinstance(live, Present)
    assert live.settings["character_set"] == 20000


def test_a_new_key_saves_every_declared_password_again(made: Made) -> None:
    site = made(servers=("127.0.0.1", "127.0.0.2"))
    declared = {**ROUTE, "encryption": "starttls", "port": 587, **LOGIN, **KEY}
    site.apply(farm=declared, intranet=declared)
    for one in site.farm.applications:
        one["password"] = "unreadable with the new key" if one["user"] else None
    rotated = {**declared, "credential_key": {"env": "OTHER_PASSWORD", "version": 2}}
    todo = site.plan(farm=rotated, intranet=rotated)
    assert {tuple(sorted(field.field for field in one.fields)) for one in todo.changes} == {
        ("credential_key", "password")
    }
    assert {field.why for one in todo.changes for field in one.fields} >= {"written again with credential_key"}
    site.trial.apply(todo)
    assert {one["key"] for one in site.farm.state["servers"]} == {"canary-other_password-4711"}
    assert {one["password"] for one in site.farm.applications} == {"canary-password-4711", None}
    assert not any(one.fields for one in site.trial.plan().changes)
