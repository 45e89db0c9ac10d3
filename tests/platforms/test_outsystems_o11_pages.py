"""OutSystems 11 in a real browser, on the stand-in: from files to the page and back, and hostile pages."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import pytest
import yaml
from lab.servers.console import browser
from lab.servers.o11 import LifeTimeStandIn, O11StandIn
from support import consoles
from support.consoles import Target
from support.site import Site, changed

from reconciler.model.change import Action, Cause
from reconciler.model.outcome import OutcomeStatus
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.platforms import outsystems_o11

EMAIL = "/ServiceCenter/Email_Configuration.aspx"

pytestmark = pytest.mark.consoles


@pytest.fixture(scope="module", autouse=True)
def _browser() -> None:
    browser.needed()


@pytest.fixture
def o11(monkeypatch: pytest.MonkeyPatch) -> Iterator[O11StandIn]:
    with consoles.o11(monkeypatch) as found:
        yield found


@pytest.fixture
def target(fake_site: Site, o11: O11StandIn) -> Target:
    return consoles.o11_target(fake_site, o11)


def test_a_change_by_hand_is_drift_and_healed(target: Target, o11: O11StandIn) -> None:
    assert target.apply().status is OutcomeStatus.UPDATED
    assert (o11.settings.server, o11.settings.password) == ("smtp.example.com", "s3cr3t-canary")
    assert target.change().action is Action.NONE
    o11.edit(port="2525")
    drift = target.change()
    assert (changed(drift), drift.fields[0].cause) == ({"port": (2525, 587)}, Cause.PLATFORM)
    assert target.apply().status is OutcomeStatus.UPDATED
    assert o11.settings.port == "587"


def test_a_plan_sends_nothing_and_logs_out(target: Target, o11: O11StandIn) -> None:
    target.plan()
    assert o11.writes == 0
    assert (o11.sessions.logins, o11.seen[-1].path) == (1, "/ServiceCenter/Logout.aspx")


def test_a_visit_asks_for_each_script_once(target: Target, o11: O11StandIn) -> None:
    target.plan()
    assert [one.path for one in o11.seen].count("/ServiceCenter/script.js") == 1


def test_what_waits_for_the_factory_is_pending_and_its_button_is_not_pressed(target: Target, o11: O11StandIn) -> None:
    target.email = {"sender": {"address": "new@example.com"}, "hostname": "mail.example.com"}
    outcome = target.apply()
    assert outcome.status is OutcomeStatus.PENDING_BY_HAND
    assert 'to do: press "Save and Apply Settings to the Factory" in Service Center' in outcome.notes[1]
    assert (o11.environment.pending, o11.environment.applied) == ({"sender", "hostname"}, 0)
    (told,) = [one for one in target.plan().findings if one.rule == "pending"]
    assert told.what == "saved, and not in use yet: hostname, sender.address"


def test_exchange_online_takes_its_fields_by_an_ajax_step(target: Target, o11: O11StandIn) -> None:
    client = {"provider": "entra", "tenant_id": "t", "client_id": "c", "client_secret": {"env": "PW", "version": 1}}
    target.email |= {"auth": "oauth2", "oauth2": client, "host": "smtp.office365.com"}
    del target.email["password"]
    assert target.apply().status is OutcomeStatus.UPDATED
    now = o11.settings
    assert (now.auth, now.tenant, now.client_id) == ("Exchange Online (OAuth 2.0)", "t", "c")
    assert now.client_secret == "s3cr3t-canary"
    assert target.change().action is Action.NONE


def test_no_login_empties_user_and_password(target: Target, o11: O11StandIn) -> None:
    o11.edit(username="old", password="old")
    target.email = {"host": "smtp.example.com", "port": 25, "encryption": "none", "auth": "none"}
    target.email["verify"] = {"from": "nowhere"}
    target.apply()
    assert (o11.settings.username, o11.settings.password) == ("", "")
    assert target.change().action is Action.NONE


def test_the_page_refuses_in_its_own_words(target: Target, o11: O11StandIn) -> None:
    target.email = {"test_list": {"active": True}}
    assert target.refusal() == f"{EMAIL} refused to save: Test List Addresses: required field!"


def test_a_wrong_password_is_tried_once(target: Target, o11: O11StandIn) -> None:
    o11.sessions.secret = "another"
    todo = target.plan()
    assert "Invalid username or password." in " ".join(finding.what for finding in todo.findings) + str(todo.changes)
    assert o11.sessions.logins == 1


@pytest.mark.parametrize("release", ["11.33.0", "11.37.0"])
def test_the_page_of_an_older_release_is_read_and_written(
    release: str, fake_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with O11StandIn(release=release) as o11, LifeTimeStandIn([o11]) as lifetime:
        o11.edit(**consoles.O11_BEGIN)
        monkeypatch.setenv("O11", o11.secret)
        monkeypatch.setenv("LT", lifetime.token)
        told = {"url": lifetime.url, "token": {"env": "LT"}, "environment": o11.name}
        connection = {"url": o11.url, "username": o11.user, "password": {"env": "O11"}, "lifetime": told}
        email = {"host": "smtp.example.com", "port": 587, "auth": "none", "encryption": "none"}
        target = Target(fake_site, "outsystems-o11", connection, email | {"verify": {"from": "nowhere"}})
        assert target.apply().status is OutcomeStatus.UPDATED
        assert o11.settings.server == "smtp.example.com"
        assert target.change().action is Action.NONE


def test_a_box_that_lifetimes_release_does_not_show_blocks_the_plan(
    fake_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with O11StandIn(release="11.37.0") as o11, LifeTimeStandIn([o11]) as lifetime:
        o11.edit(**consoles.O11_BEGIN)
        monkeypatch.setenv("O11", o11.secret)
        monkeypatch.setenv("LT", lifetime.token)
        told = {"url": lifetime.url, "token": {"env": "LT"}, "environment": o11.name}
        connection = {"url": o11.url, "username": o11.user, "password": {"env": "O11"}, "lifetime": told}
        email = {"host": "smtp.example.com", "port": 465, "auth": "none", "encryption": "tls"}
        change = Target(fake_site, "outsystems-o11", connection, email | {"verify": {"from": "nowhere"}}).change()
    assert change.action is Action.BLOCKED
    assert "release-ssl-hidden" in [finding.rule for finding in change.findings]


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("11.43.0", "11.43.0; supported: 11.38, 11.39, 11.40, 11.41, 11.42, 11.43"),
        ("12.0.0", "12.0.0; the page map was made for 11.38, 11.39, 11.40, 11.41, 11.42, 11.43"),
    ],
)
def test_doctor_tells_the_release_and_whether_the_map_is_for_it(version: str, said: str, o11: O11StandIn) -> None:
    class Opens:
        def open(self, ref: SecretRef) -> SecretValue:
            return SecretValue(o11.secret)

    login = {"username": o11.user, "password": SecretRef(store="env", path="O11")}
    found = outsystems_o11.doctor("prod/o11", {"url": o11.url, **login, "version": version}, Opens(), False)
    assert [one.said for one in found.examined if one.what == "version"] == [said]


def test_a_page_that_tells_what_waits_is_believed(target: Target, o11: O11StandIn) -> None:
    plain = yaml.safe_load((files(outsystems_o11) / "maps/11.38.yaml").read_text("utf-8"))
    plain["pages"]["email"]["waiting"] = {"css": ".Waiting"}
    target.site.folder.joinpath("own.yaml").write_text(yaml.safe_dump(plain), "utf-8")
    target.connection |= {"page_map": "own.yaml"}
    o11.environment.tells = True

    def waits() -> bool:
        return any(one.rule == "pending" for one in target.plan().findings)

    target.email = {"sender": {"address": "new@example.com"}}
    assert target.apply().status is OutcomeStatus.PENDING_BY_HAND
    assert waits()
    o11.edit()  # somebody applies it to the factory
    assert not waits()
