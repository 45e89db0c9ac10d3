"""NetBrain: what the files mean for its page, and what its audit log tells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lab.servers.netbrain import NetBrainStandIn
from lab.servers.netbrain import map as own_map
from support.consoles import Target
from support.site import Site

from reconciler.errors import PlatformBusy, PlatformError
from reconciler.model.finding import Holds, Severity
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Connection, Value
from reconciler.platforms.netbrain import audit_log, page_map
from reconciler.platforms.netbrain.audit_log import Event
from reconciler.platforms.netbrain.settings import FIELDS, normalised, shown, typed

US = {"reconciler"}
REF = SecretRef(store="env", path="X")


@pytest.fixture
def target(fake_site: Site) -> Target:
    connection = {"url": "https://netbrain.example.com", "username": "reconciler", "password": {"env": "PW"}}
    email = {"host": "192.0.2.25", "port": 25, "encryption": "none", "auth": "none", "verify": {"from": "nowhere"}}
    return Target(fake_site, "netbrain", connection, email)


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({"auth": "none", "username": "u", "oauth2.client_id": "c"}, {"auth": "none"}),
        ({"auth": "basic", "username": "u", "oauth2.client_id": "c"}, {"auth": "basic", "username": "u"}),
        (
            {"auth": "oauth2", "host": "h", "username": "u", "oauth2.client_secret": REF, "oauth2.scope": "s"},
            {"auth": "oauth2", "oauth2.client_secret": REF, "credential": "secret"},
        ),
        (
            {"auth": "oauth2", "oauth2.certificate": REF},
            {"auth": "oauth2", "oauth2.certificate": REF, "credential": "certificate"},
        ),
        ({"oauth2.authority_host": "login.microsoftonline.com"}, {"oauth2.authority_host": "AzurePublicCloud"}),
        ({"oauth2.authority_host": None}, {"oauth2.authority_host": "AzurePublicCloud"}),
        (
            {"port": None, "frequency": None, "enabled": None, "encryption": None},
            {"port": 25, "frequency": 5, "enabled": False, "encryption": "none"},
        ),
    ],
)
def test_what_is_declared_has_the_form_in_which_the_page_shows_it(
    declared: dict[str, Value], told: dict[str, Value]
) -> None:
    assert normalised(declared) == told


@pytest.mark.parametrize(
    ("page", "auth"),
    [
        ({"mode": "basic", "login": False}, "none"),
        ({"mode": "basic"}, "none"),
        ({"mode": "basic", "login": True}, "basic"),
        ({"mode": "oauth2"}, "oauth2"),
        ({"mode": "SAML"}, "SAML"),
    ],
)
def test_basic_authentication_means_a_login_only_where_it_is_ticked(page: dict[str, Value], auth: str) -> None:
    assert shown(page) == {"auth": auth}


@pytest.mark.parametrize(
    ("auth", "page"),
    [
        ("none", {"mode": "basic", "login": False}),
        ("basic", {"mode": "basic", "login": True}),
        ("oauth2", {"mode": "oauth2"}),
    ],
)
def test_auth_is_typed_as_a_form_and_a_box(auth: str, page: dict[str, Value]) -> None:
    assert typed({"auth": auth, "port": 25}) == {**page, "port": 25}


def test_every_control_of_the_map_is_a_setting_or_half_of_auth() -> None:
    assert page_map({}).settings - FIELDS == {"mode"}
    assert page_map({"page_map": own_map.page_map()}).settings - FIELDS == {"mode", "login"}


def test_no_login_needs_no_label_that_the_help_does_not_name(target: Target) -> None:
    assert not [found for found in target.findings().values() if found.severity is Severity.ERROR]


def test_a_login_needs_a_map_with_labels_that_the_help_does_not_name(target: Target) -> None:
    target.email |= {"auth": "basic", "username": "u", "password": {"env": "PW", "version": 1}, "encryption": "tls"}
    found = target.findings()["not-on-page"]
    assert (found.severity, found.what) == (
        Severity.ERROR,
        "login, password, username: the page map has no control for them",
    )
    own_map.copied(target.site.folder / "maps" / "netbrain.yaml")
    target.connection["page_map"] = "maps/netbrain.yaml"
    assert "not-on-page" not in target.findings()


def test_a_certificate_needs_a_map_too(target: Target) -> None:
    entra = {"provider": "entra", "tenant_id": "t", "client_id": "c", "certificate": {"env": "PW", "version": 1}}
    route = {"host": "smtp.office365.com", "port": 587, "encryption": "starttls"}
    target.email |= {"auth": "oauth2", "username": "u@example.com", "oauth2": entra, **route}
    assert target.findings()["not-on-page"].what.startswith("oauth2.certificate:")


@pytest.mark.parametrize(
    ("oauth2", "rule"),
    [
        (
            {"provider": "client_credentials", "token_url": "https://t.example.com", "client_id": "c"},
            "oauth2-provider",
        ),
        ({"provider": "entra", "tenant_id": "t", "client_id": "c", "federated": "github"}, "oauth2-credential"),
    ],
)
def test_another_way_to_a_token_makes_the_files_invalid(target: Target, oauth2: dict[str, Any], rule: str) -> None:
    secret = {"client_secret": {"env": "PW", "version": 1}} if rule == "oauth2-provider" else {}
    target.email |= {"auth": "oauth2", "username": "u@example.com", "oauth2": {**oauth2, **secret}}
    target.email |= {"host": "smtp.office365.com", "port": 587, "encryption": "starttls"}
    assert target.findings()[rule].severity is Severity.ERROR


def test_a_host_name_is_a_note(target: Target) -> None:
    target.email["host"] = "smtp.example.com"
    assert target.findings()["host-name"].severity is Severity.NOTE


def event(user: str, minute: int) -> Event:
    return Event(at=f"2026-11-20T08:{minute:02}:00.000Z", user=user, address="192.0.2.7", message="")


def test_what_others_saved_since_we_did_is_possibly_drift() -> None:
    found = [event("alice", 44), event("bob", 30), event("reconciler", 20), event("carol", 10)]
    told = audit_log.possibly_drifted(found, US, "prod/netbrain:email")
    assert told is not None
    assert (told.holds, told.what) == (
        Holds.UNTIL_USED,
        "alice (192.0.2.7) saved the email settings at 2026-11-20T08:44:00.000Z, and 1 more time before",
    )


@pytest.mark.parametrize("found", [[], [event("reconciler", 44), event("alice", 30)]], ids=["nobody", "we were last"])
def test_what_we_saved_last_is_in_sync(found: list[Event]) -> None:
    assert audit_log.possibly_drifted(found, US, "x") is None


class Opener:
    """By the name of the variable."""

    def __init__(self, **secrets: str) -> None:
        self.secrets = secrets

    def open(self, ref: SecretRef) -> SecretValue:
        return SecretValue(self.secrets[ref.path])


@pytest.fixture
def netbrain() -> Iterator[NetBrainStandIn]:
    with NetBrainStandIn() as found:
        yield found


def events(netbrain: NetBrainStandIn, audit: dict[str, Any] | None = None) -> list[str]:
    """Who, newest first."""
    login = {"username": netbrain.user, "password": SecretRef(store="env", path="PW")}
    connection: Connection = {"url": netbrain.url, **login, "audit_log": audit or {}}
    opener = Opener(PW=netbrain.secret, CLIENT=netbrain.rest.client_secret)
    return [one.user for one in audit_log.events(connection, opener, datetime.now(UTC) + timedelta(seconds=5))]


def test_without_an_audit_log_nobody_is_asked() -> None:
    assert audit_log.events({}, Opener(), datetime.now(UTC)) == ()


def test_the_log_is_read_in_a_session_that_is_ended(netbrain: NetBrainStandIn) -> None:
    netbrain.edit(by="alice", port="2525")
    netbrain.log.add("bob", "User Accounts", "Add")
    assert events(netbrain) == ["alice"]
    assert not netbrain.rest.tokens


def test_the_log_is_read_with_an_oauth_client_too(netbrain: NetBrainStandIn) -> None:
    netbrain.edit(by="alice", port="2525")
    client = {"client_id": netbrain.rest.client_id, "client_secret": SecretRef(store="env", path="CLIENT")}
    assert events(netbrain, client) == ["alice"]


def test_more_rows_than_one_answer_holds_are_read(netbrain: NetBrainStandIn) -> None:
    begin = datetime.now(UTC) - timedelta(hours=5)
    for minute in range(130):
        netbrain.edit(by=f"user{minute}", port="2525", at=begin + timedelta(minutes=minute))
    assert events(netbrain) == [f"user{minute}" for minute in reversed(range(130))]


def test_what_failed_is_no_change(netbrain: NetBrainStandIn) -> None:
    netbrain.log.add("alice", audit_log.MODULE, "Edit", status=1)
    assert events(netbrain) == []


def test_older_events_than_asked_for_are_left_out(netbrain: NetBrainStandIn) -> None:
    netbrain.edit(by="alice", at=datetime.now(UTC) - timedelta(days=3))
    assert (events(netbrain, {"days": 2}), events(netbrain, {"days": 4})) == ([], ["alice"])


def test_a_refused_login_says_what_to_do_and_not_the_password(netbrain: NetBrainStandIn) -> None:
    netbrain.rest.secret = "another"
    with pytest.raises(PlatformError) as told:
        events(netbrain)
    assert "Authentication failed." in told.value.what
    assert netbrain.secret not in f"{told.value.what}{told.value.why}{told.value.fix}"


def test_a_limit_on_calls_that_lasts_is_busy(netbrain: NetBrainStandIn) -> None:
    refusal = audit_log._refusal(795011, "API calls exceeded the limit.")
    assert isinstance(refusal, PlatformBusy)
