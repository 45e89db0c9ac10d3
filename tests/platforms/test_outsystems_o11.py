"""OutSystems 11: what the files mean for its pages, what its release cannot do, and what LifeTime tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from lab.servers.o11 import LifeTimeStandIn, O11StandIn
from support.consoles import Target
from support.site import Site

from reconciler.errors import PlatformError
from reconciler.model.address import Address
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.finding import Severity
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Present, Reading, Value
from reconciler.platforms.outsystems_o11 import lifetime, pages, releases
from reconciler.platforms.outsystems_o11.reader import RESOURCE, refusals
from reconciler.platforms.outsystems_o11.settings import FIELDS, normalised, shown, typed

ALL = pages.page_map({}).settings
SENDER = {"address": "no-reply@example.com", "name": "Example"}
BASIC = {
    "host": "smtp.example.com",
    "port": 587,
    "encryption": "starttls",
    "auth": "basic",
    "username": "mail",
    "password": {"env": "PW", "version": 1},
    "sender": SENDER,
    "verify": {"from": "nowhere"},
}
TLS = {"port": 465, "encryption": "tls"}
EXCHANGE = {
    "host": "smtp.office365.com",
    "port": 587,
    "encryption": "starttls",
    "auth": "oauth2",
    "username": "no-reply@example.com",
    "oauth2": {"provider": "entra", "tenant_id": "t", "client_id": "c", "client_secret": {"env": "PW", "version": 1}},
    "sender": SENDER,
    "verify": {"from": "nowhere"},
}


@pytest.fixture
def target(fake_site: Site) -> Target:
    connection = {"url": "https://o11.example.com", "username": "reconciler", "password": {"env": "PW"}}
    return Target(fake_site, "outsystems-o11", connection, dict(BASIC))


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({"encryption": "tls"}, {"ssl_on_connect": True}),
        ({"encryption": "starttls"}, {"ssl_on_connect": False}),
        ({"encryption": "starttls", "ssl_on_connect": True}, {"ssl_on_connect": True}),
        ({"encryption": "tls", "auth": "oauth2", "username": "u"}, {"auth": "oauth2"}),
        ({"auth": "none", "username": "u"}, {"auth": "none", "username": None}),
        ({"auth": None}, {"auth": "none", "username": None}),
        ({"auth": "basic", "oauth2.tenant_id": "t"}, {"auth": "basic"}),
        ({"port": None, "host": " SMTP.Example.com "}, {"port": 25, "host": "smtp.example.com"}),
        ({"test_list.active": False, "test_list.addresses": ("a@b.c",)}, {"test_list.active": False}),
        ({"oauth2.provider": "entra", "oauth2.scope": "s"}, {}),
    ],
)
def test_what_is_declared_has_the_form_in_which_the_pages_show_it(
    declared: dict[str, Value], told: dict[str, Value]
) -> None:
    assert normalised(declared) == told


@pytest.mark.parametrize(
    ("page", "ours"),
    [
        ({"auth": "basic", "username": None}, {"auth": "none", "username": None}),
        ({"auth": "basic", "username": "u"}, {"auth": "basic", "username": "u"}),
        ({"username": "u"}, {"auth": "basic", "username": "u"}),  # a page without the choice
        ({"auth": "oauth2"}, {"auth": "oauth2"}),
        ({"port": None}, {"port": 25}),
        (
            {"test_list.active": False, "test_list.addresses": ("a@b.c",)},
            {"test_list.active": False, "test_list.addresses": None},
        ),
    ],
)
def test_what_the_pages_show_is_told_in_the_words_of_the_files(page: dict[str, Value], ours: dict[str, Value]) -> None:
    assert shown(page, ALL) == ours


def test_no_login_is_basic_with_empty_fields() -> None:
    assert typed({"auth": "none"}, ALL) == {"auth": "basic", "username": None, "password": None}


def test_a_page_without_the_choice_of_authentication_is_not_asked_for_it() -> None:
    old = pages.page_map({"version": "11.33.0"}).settings
    assert typed({"auth": "basic", "username": "u"}, old) == {"username": "u"}


def test_a_box_that_a_release_does_not_show_counts_as_off_and_is_not_ticked() -> None:
    old = pages.page_map({"version": "11.37.0"}).settings
    assert shown({"auth": "basic", "username": "u"}, old)["ssl_on_connect"] is False
    assert shown({"auth": "oauth2"}, old) == {"auth": "oauth2"}
    assert typed({"ssl_on_connect": True, "host": "h"}, old) == {"host": "h"}


@pytest.mark.parametrize(
    ("version", "missing"),
    [("11.10.0", {"auth"}), ("11.33.9", {"auth"}), ("11.34", {"ssl_on_connect"}), ("11.37.0", {"ssl_on_connect"})],
)
def test_a_release_has_the_map_of_its_page(version: str, missing: set[str]) -> None:
    known = pages.page_map({"version": version}).settings
    assert {"auth", "ssl_on_connect"} - known == missing


@pytest.mark.parametrize("version", ["11.38.0", "11.43.0", "11.99", None])
def test_a_newer_or_unknown_release_has_the_newest_map(version: str | None) -> None:
    connection = {} if version is None else {"version": version}
    assert pages.page_map(connection) == pages.page_map({"version": "11.38.0"})


def test_every_control_of_the_maps_is_a_setting() -> None:
    for version in ("11.10", "11.34", "11.38"):
        assert pages.page_map({"version": version}).settings <= FIELDS


@pytest.mark.parametrize(
    ("version", "email", "rules"),
    [
        (
            "11.9.0",
            {**BASIC, "port": 465, "encryption": "tls"},
            {"release-port-465", "release-auth", "release-rfc5321"},
        ),
        ("11.12.0", BASIC, {"release-auth", "release-rfc5321"}),
        ("11.12.1", BASIC, {"release-rfc5321"}),
        ("11.33.0", EXCHANGE, {"release-oauth2", "release-rfc5321"}),
        ("11.36.0", BASIC, {"release-login-hidden", "release-rfc5321"}),
        ("11.37.0", {**BASIC, **TLS}, {"release-ssl-hidden", "release-rfc5321"}),
        ("11.38.0", {**BASIC, **TLS}, {"release-rfc5321"}),
        ("11.38.0", EXCHANGE, {"release-bcc", "release-rfc5321"}),
        ("11.42.0", EXCHANGE, {"release-rfc5321"}),
        ("11.15.0", {**BASIC, "host": "smtp.office365.com"}, {"release-recipients", "release-rfc5321"}),
        ("11.43.0", EXCHANGE, set()),
        ("11.43.0", BASIC, set()),
    ],
)
def test_the_declared_release_says_what_it_cannot_do(
    target: Target, version: str, email: dict[str, Any], rules: set[str]
) -> None:
    target.connection["version"], target.email = version, dict(email)
    found = target.findings()
    assert {rule for rule in found if rule.startswith("release-")} == rules


def test_a_release_without_oauth2_makes_the_files_invalid(target: Target) -> None:
    target.connection["version"], target.email = "11.33.2", dict(EXCHANGE)
    found = target.findings()["release-oauth2"]
    assert (found.severity, found.what, found.fix) == (
        Severity.ERROR,
        "auth: oauth2 (Exchange Online) needs Platform Server 11.34.0 or later; this is 11.33.2",
        "upgrade the Platform Server to 11.34.0 or later",
    )


@pytest.mark.parametrize(
    ("port", "said"),
    [
        (25, "port: 25 may be throttled"),
        (465, "port: 465 is outdated, says OutSystems"),
        (2525, "port: 2525 is not supported by OutSystems"),
    ],
)
def test_a_port_that_is_not_recommended_is_a_warning(target: Target, port: int, said: str) -> None:
    target.email |= {"port": port, "encryption": "tls" if port == 465 else "none", "auth": "none"}
    del target.email["username"], target.email["password"]
    found = target.findings()[f"port-{port}"]
    assert (found.severity, found.what) == (Severity.WARNING, said)


def test_a_sender_of_outsystems_own_domain_is_a_warning(target: Target) -> None:
    target.email["sender"] = {"address": "no-reply@acme.outsystemsenterprise.com", "name": "Acme"}
    assert "DMARC" in str(target.findings()["sender-of-outsystems"].why)


def test_a_protected_stage_refuses_the_redirect(target: Target) -> None:
    target.email["test_list"] = {"active": True, "addresses": ["qa@example.com"]}
    assert "protected-test-list" not in target.findings()
    target.protected = True
    assert target.findings()["protected-test-list"].severity is Severity.ERROR


@pytest.mark.parametrize(
    ("email", "rule"),
    [
        ({**BASIC, "test_list": {"active": True, "addresses": None}}, "test-list-empty"),
        ({**BASIC, "sender": {"address": "a@b.c", "name": None}}, "mandatory"),
        ({**EXCHANGE, "oauth2": {**EXCHANGE["oauth2"], "federated": "github"}}, "oauth2-credential"),  # type: ignore[dict-item]
    ],
    ids=["test list", "sender", "credential"],
)
def test_what_the_page_cannot_take_makes_the_files_invalid(target: Target, email: dict[str, Any], rule: str) -> None:
    target.email = email
    assert target.findings()[rule].severity is Severity.ERROR


def test_a_setting_that_no_label_leads_to_makes_the_files_invalid(target: Target) -> None:
    own = {
        "page_map": 1,
        "product": "ours",
        "login": {"page": "/login", "steps": [{"fill": {"User": "username"}, "press": "Go"}]},
        "pages": {"mail": {"address": "/mail", "controls": {"host": {"label": "H", "type": "text"}}, "save": "S"}},
    }
    (target.site.folder / "own.yaml").write_text(yaml.safe_dump(own), encoding="utf-8")
    target.connection["page_map"] = "own.yaml"
    assert target.findings()["not-on-page"].severity is Severity.ERROR


class Opener:
    def __init__(self, secret: str) -> None:
        self.secret = secret

    def open(self, ref: SecretRef) -> SecretValue:
        return SecretValue(self.secret)


@pytest.fixture
def landscape() -> Iterator[LifeTimeStandIn]:
    with O11StandIn("Prod", release="11.37.0") as prod, LifeTimeStandIn([prod]) as found:
        yield found


def asked(found: LifeTimeStandIn, environment: str = "Prod", token: str | None = None) -> str | None:
    ref = SecretRef(store="env", path="LT")
    connection = {"lifetime": {"url": found.url, "token": ref, "environment": environment}}
    return lifetime.release(connection, Opener(token or found.token))


def test_lifetime_tells_the_release(landscape: LifeTimeStandIn) -> None:
    assert asked(landscape) == "11.37.0.1234"


def test_without_lifetime_nobody_is_asked() -> None:
    assert lifetime.release({}, Opener("")) is None


def test_an_environment_that_lifetime_does_not_know_is_named_with_those_that_it_knows(
    landscape: LifeTimeStandIn,
) -> None:
    with pytest.raises(PlatformError) as told:
        asked(landscape, "Production")
    assert (told.value.what, told.value.why) == (
        "LifeTime knows no environment Production with an OSVersion",
        "it knows Prod",
    )


def test_two_environments_of_one_name_are_none() -> None:
    with O11StandIn("Prod") as one, O11StandIn("Prod") as two, LifeTimeStandIn([one, two]) as found:
        with pytest.raises(PlatformError) as told:
            asked(found)
        assert told.value.what == "LifeTime knows more than one environment Prod with an OSVersion"
        assert asked(found, two.key) == "11.43.0.1234"


def test_a_token_that_lifetime_refuses_is_an_error_without_the_token(landscape: LifeTimeStandIn) -> None:
    with pytest.raises(PlatformError) as told:
        asked(landscape, token="t0ken-canary")
    assert "t0ken-canary" not in f"{told.value.what}{told.value.why}{told.value.fix}"


def test_what_the_release_of_lifetime_cannot_do_is_refused_before_it_is_typed() -> None:
    live = Present(settings={"auth": "basic", "ssl_on_connect": False}, beside={"release": "11.37.0.1234"})
    reading = Reading(unit="prod/o11", resources={RESOURCE: live})
    change = _change("ssl_on_connect", before=False, after=True)
    assert [found.rule for found in refusals([change], reading)] == ["release-ssl-hidden"]
    assert not list(refusals([_change("port", before=25, after=587)], reading))


def test_a_build_number_makes_no_other_release() -> None:
    assert releases.same("11.37.0", "11.37.0.1234")
    assert releases.same("11.37", "11.37.2.1234")
    assert not releases.same("11.37.0", "11.38.0.1")


def _change(field: str, *, before: Value, after: Value) -> Change:
    one = FieldChange(field=field, kind=FieldKind.SET, before=before, after=after, cause=Cause.UNKNOWN)
    address = Address(environment="prod", target="o11", resource=RESOURCE)
    return Change(address=address, kind="outsystems-o11", installation="o11:x", action=Action.UPDATE, fields=(one,))
