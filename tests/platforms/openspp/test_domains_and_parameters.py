"""Email domains and parameters: the same behaviour on the stand-in of Odoo 17, 18, 19 and on a real server."""

from __future__ import annotations

from typing import Any

import pytest
from lab.servers.odoo import OdooStandIn
from support import openspp_site
from support.openspp_site import (
    MAIL_PASSWORD,
    PARAMETERS,
    SECRET,
    Lab,
    address,
    change,
    create,
    domain,
    planned,
    resource,
    standin_lab,
)

from reconciler.errors import PlatformRefused
from reconciler.model.change import Action
from reconciler.model.finding import Holds, Severity
from reconciler.model.settings import Absent, Present, Unreadable, Value
from reconciler.platforms import openspp

lab, odoo = openspp_site.lab, openspp_site.odoo

DOMAIN: dict[str, Value] = {"default_from": "No-Reply", "bounce_alias": "bounce", "catchall_alias": "answers"}
SETTINGS: dict[str, Value] = {
    "base_url": "https://openspp.example.com/",
    "base_url_frozen": True,
    "fallback_from_filter": ("Example.com", "a@example.com"),
    "queue_batch_size": 500,
    "session_batch_size": 100,
    "notification_batch_size": 20,
    "force_send_limit": 0,
    "custom_mail_servers": True,
    "gmail.client_id": "me.example.com",
}


def converge(lab: Lab, key: Any, wanted: dict[str, Value]) -> None:
    todo = planned(lab.read(), wanted, key, written=True)
    assert todo is not None
    lab.apply(todo)
    assert planned(lab.read(), wanted, key, written=True) is None


def test_a_domain_converges_from_nothing(lab: Lab) -> None:
    assert isinstance(lab.read().live(domain()), Absent)
    converge(lab, domain(), DOMAIN)
    found = lab.live(domain()).settings
    assert (found["default_from"], found["priority"]) == ("no-reply", 10)


def test_the_first_domain_goes_to_every_company(lab: Lab) -> None:
    converge(lab, domain(), DOMAIN)
    assert lab.live(domain()).settings["companies"] == ("My Company",)


def test_a_domain_converges_from_what_people_left(lab: Lab) -> None:
    values = {"name": "example.org", "default_from": "old@example.net", "bounce_alias": "b", "sequence": 3}
    record = lab.hand("mail.alias.domain", "create", vals_list=[values])[0]
    converge(lab, domain(), DOMAIN)
    live = lab.live(domain())
    assert (live.id, live.settings["priority"]) == (record, 3)


def test_a_default_from_is_cleared_by_null(lab: Lab) -> None:
    converge(lab, domain(), DOMAIN)
    converge(lab, domain(), {"default_from": None, "bounce_alias": None})
    found = lab.live(domain()).settings
    assert (found["default_from"], found["bounce_alias"]) == (None, "bounce")


def test_companies_are_those_that_are_declared(lab: Lab) -> None:
    converge(lab, domain(), DOMAIN)
    converge(lab, domain("example.net"), {**DOMAIN, "companies": ("My Company",)})
    reading = lab.read()
    first, second = (reading.live(domain(name)) for name in ("example.org", "example.net"))
    assert isinstance(first, Present)
    assert isinstance(second, Present)
    assert (first.settings["companies"], second.settings["companies"]) == ((), ("My Company",))
    assert [finding.rule for finding in first.findings] == ["domain-unused"]
    converge(lab, domain("example.net"), {"companies": ()})


def test_an_unknown_company_is_told(lab: Lab) -> None:
    with pytest.raises(PlatformRefused, match="Odoo has no Nobody") as caught:
        lab.apply(change(Action.CREATE, {"companies": ("Nobody",)}, key=domain()))
    assert "My Company" in str(caught.value.why)


def test_a_domain_out_of_use_has_no_company(lab: Lab) -> None:
    converge(lab, domain(), DOMAIN)
    lab.apply(change(Action.ARCHIVE, key=domain(), record=int(lab.live(domain()).id or 0)))
    assert lab.live(domain()).archived


def test_two_domains_of_one_name_need_a_decision(lab: Lab) -> None:
    for alias in ("a", "b"):
        values = {"name": "example.org", "bounce_alias": alias, "catchall_alias": f"c{alias}"}
        lab.hand("mail.alias.domain", "create", vals_list=[values])
    found = lab.read().live(domain())
    assert isinstance(found, Unreadable)
    assert (found.finding.rule, found.finding.holds) == ("ambiguous", Holds.UNTIL_DECIDED)


def test_parameters_converge(lab: Lab) -> None:
    before = lab.live(PARAMETERS).settings["base_url"]
    try:
        converge(lab, PARAMETERS, SETTINGS)
        found = lab.live(PARAMETERS).settings
        assert (found["base_url"], found["base_url_frozen"]) == ("https://openspp.example.com", True)
        assert found["fallback_from_filter"] == ("example.com", "a@example.com")
        cleared = dict.fromkeys(name for name in SETTINGS if name != "base_url")
        converge(lab, PARAMETERS, cleared)
        assert lab.parameter("web.base.url.freeze") is False
    finally:
        lab.set_parameter("web.base.url", before)


def test_parameters_of_later_versions_are_refused_before_anything_is_written(lab: Lab) -> None:
    live = lab.live(PARAMETERS)
    later = {finding.field for finding in live.findings if finding.severity is Severity.ERROR}
    major = 19 if lab.standin is None else lab.standin.version
    personal = {"personal_mail_servers", "personal_limit", "personal_limit_outlook"}
    assert later == {17: personal | {"default_max_email_size"}, 18: personal, 19: set()}[major]
    assert later.isdisjoint(live.settings)
    if later:
        with pytest.raises(PlatformRefused, match=f"Odoo {major} has no personal_limit"):
            lab.apply(change(Action.UPDATE, {"queue_batch_size": 7, "personal_limit": 5}, key=PARAMETERS))
        assert lab.live(PARAMETERS).settings["queue_batch_size"] is None


def test_personal_mail_servers_are_said_the_other_way_round(odoo: Lab) -> None:
    assert odoo.live(PARAMETERS).settings["personal_mail_servers"] is True
    converge(odoo, PARAMETERS, {"personal_mail_servers": False, "default_max_email_size": 12.5})
    assert odoo.parameter("mail.disable_personal_mail_servers") == "True"


def test_the_mail_server_of_mailings_is_named_by_its_key(lab: Lab) -> None:
    record = create(lab, "bulk")
    converge(lab, PARAMETERS, {"mass_mailing_server": "bulk"})
    assert lab.parameter("mass_mailing.mail_server_id") == str(record)
    with pytest.raises(PlatformRefused, match="managed as nobody"):
        lab.apply(change(Action.UPDATE, {"mass_mailing_server": "nobody"}, key=PARAMETERS))
    converge(lab, PARAMETERS, {"mass_mailing_server": None})


def test_the_secret_of_an_app_is_written_and_never_read(lab: Lab) -> None:
    before = lab.live(PARAMETERS)
    assert (before.settings["outlook.client_secret"], before.marker) == (None, None)
    secret = {"outlook.client_id": "me", "outlook.client_secret": MAIL_PASSWORD}
    lab.apply(change(Action.UPDATE, secret, key=PARAMETERS))
    reading = lab.read()
    live = reading.live(PARAMETERS)
    assert isinstance(live, Present)
    assert (live.write_only, bool(live.marker)) == ({"outlook.client_secret"}, True)
    assert SECRET not in repr(reading)
    assert lab.parameter("microsoft_outlook_client_secret") == SECRET


def test_an_account_that_nobody_connected_needs_a_person(lab: Lab) -> None:
    wanted: dict[str, Value] = {"host": "smtp.gmail.com", "port": 587, "encryption": "starttls", "auth": "oauth2"}
    if "gmail" not in str(lab.hand("ir.mail_server", "fields_get", attributes=["selection"])["smtp_authentication"]):
        pytest.skip("google_gmail is not installed")
    wanted["username"] = "a@b.c"
    lab.apply(change(Action.CREATE, openspp.normalised(resource("main"), wanted, {})))
    told = {finding.rule: finding.holds for finding in lab.live().findings}
    assert told["needs-authorization"] is Holds.UNTIL_DONE_BY_HAND
    expires = {"google_gmail_access_token_expiration": 1790000000}
    lab.hand("ir.mail_server", "write", ids=[int(lab.live().id or 0)], vals=expires)
    assert "needs-authorization" not in {finding.rule for finding in lab.live().findings}


CALLS = [(17, "password", 9), (17, "api_key", 9), (19, "password", 9), (19, "api_key", 10)]


@pytest.mark.parametrize(("version", "kind", "most"), CALLS, ids=["17", "17-key", "19-jsonrpc", "19-json2"])
def test_reading_everything_takes_few_calls(version: int, kind: str, most: int) -> None:
    """With all that can cost a call: ten mail servers, marks, two domains, an app with its secret."""
    with OdooStandIn(version) as running:
        lab = standin_lab(running, kind)
        for number in range(10):
            create(lab, f"m{number}")
        for name in ("example.org", "example.net"):
            lab.apply(change(Action.CREATE, dict(DOMAIN), key=domain(name)))
        app: dict[str, Value] = {"gmail.client_id": "me", "gmail.client_secret": MAIL_PASSWORD}
        lab.apply(change(Action.UPDATE, app, key=PARAMETERS))
        for opened in lab.open:
            opened.close()
        lab.open.clear()
        running.forget_calls()
        before = running.requests
        reader = lab.reader()
        assert len(reader.read().resources) == 13
        reader.close()
        assert (running.requests - before, running.writes) == (most, 0)


def test_a_database_without_the_module_mail_has_no_domains(odoo: Lab) -> None:
    assert odoo.standin is not None
    odoo.standin.without_fields("ir.mail_server", "mail_template_ids", "owner_user_id")
    odoo.standin.forget_calls()
    assert isinstance(odoo.read().live(domain()), Absent)
    assert "mail.alias.domain" not in {model for model, _ in odoo.standin.calls}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"companies": ("b", "a")}, {"companies": ("a", "b")}),
        ({"companies": None}, {"companies": ()}),
        ({"default_from": "Info@Example.ORG"}, {"default_from": "info@example.org"}),
        ({"catchall_alias": None, "priority": None}, {"catchall_alias": "catchall", "priority": 10}),
    ],
)
def test_a_domain_has_one_form(given: dict[str, Value], expected: dict[str, Value]) -> None:
    assert openspp.normalised(domain(), given, {}) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"base_url": "https://a.example.com/"}, {"base_url": "https://a.example.com"}),
        ({"fallback_from_filter": ()}, {"fallback_from_filter": None}),
        ({"default_max_email_size": 10.0}, {"default_max_email_size": 10}),
        (
            {"personal_mail_servers": None, "base_url_frozen": None},
            {"personal_mail_servers": True, "base_url_frozen": False},
        ),
        ({"queue_batch_size": None}, {"queue_batch_size": None}),
    ],
)
def test_parameters_have_one_form(given: dict[str, Value], expected: dict[str, Value]) -> None:
    assert openspp.normalised(PARAMETERS, given, {}) == expected


def test_every_setting_is_known_to_its_schema() -> None:
    assert openspp.fields("parameters", {}) >= set(openspp.defaults("parameters", {}))
    assert openspp.fields("alias_domains", {}) >= set(openspp.defaults("alias_domains", {}))
    assert str(address(PARAMETERS)) == "prod/openspp:parameters"
