"""OutSystems 11 in a real browser, on the stand-in: from files to the page and back, and hostile pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import pytest
from lab.servers.console import browser
from lab.servers.console.variation import Variation
from lab.servers.o11 import LifeTimeStandIn, O11StandIn
from support.consoles import Target
from support.site import Site, changed

from reconciler.model.change import Action, Cause
from reconciler.model.finding import Severity
from reconciler.model.outcome import OutcomeStatus
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.platforms import outsystems_o11

BEGIN = {"server": "old.example.com", "port": "25", "sender": "old@example.com", "sender_name": "Old"}
EMAIL = "/ServiceCenter/Email_Configuration.aspx"
ENDED = "/ServiceCenter/Login.aspx: the login page came instead of the page asked for: the session has ended"

pytestmark = pytest.mark.consoles


@pytest.fixture(scope="module", autouse=True)
def _browser() -> None:
    browser.needed()


@pytest.fixture
def o11(monkeypatch: pytest.MonkeyPatch) -> Iterator[O11StandIn]:
    with O11StandIn() as found:
        found.edit(**BEGIN)
        monkeypatch.setenv("O11", found.secret)
        yield found


@pytest.fixture
def target(fake_site: Site, o11: O11StandIn) -> Target:
    connection = {"url": o11.url, "username": o11.user, "password": {"env": "O11"}, "timeout": 15}
    email = {
        "host": "smtp.example.com",
        "port": 587,
        "encryption": "starttls",
        "auth": "basic",
        "username": "mail",
        "password": {"env": "PW", "version": 1},
        "verify": {"from": "nowhere"},
    }
    return Target(fake_site, "outsystems-o11", connection, email)


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
    assert outcome.status is OutcomeStatus.PENDING
    assert (o11.environment.pending, o11.environment.applied) == ({"sender", "hostname"}, 0)


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
        o11.edit(**BEGIN)
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
        o11.edit(**BEGIN)
        monkeypatch.setenv("O11", o11.secret)
        monkeypatch.setenv("LT", lifetime.token)
        told = {"url": lifetime.url, "token": {"env": "LT"}, "environment": o11.name}
        connection = {"url": o11.url, "username": o11.user, "password": {"env": "O11"}, "lifetime": told}
        email = {"host": "smtp.example.com", "port": 465, "auth": "none", "encryption": "tls"}
        change = Target(fake_site, "outsystems-o11", connection, email | {"verify": {"from": "nowhere"}}).change()
    assert change.action is Action.BLOCKED
    assert "release-ssl-hidden" in [finding.rule for finding in change.findings]


# what each hostile page leads to: the exact words, and nothing written
REFUSALS = {
    Variation.DUPLICATE_LABEL: f"{EMAIL}: the label 'SMTP Port' leads to 2 controls (text, text)",
    Variation.RENAMED_LABEL: f"{EMAIL}: the label 'SMTP Server' leads to no control",
    Variation.SECOND_LOGIN: (
        "/ServiceCenter/Login.aspx: after the login, the console asks to sign in again; nothing was saved"
    ),
}


@pytest.mark.parametrize("variation", REFUSALS)
def test_a_page_that_is_not_the_mapped_one_is_unreadable(variation: Variation, target: Target, o11: O11StandIn) -> None:
    with o11.hostile(variation):
        todo = target.plan()
        target.apply()
    told = [finding.what for finding in todo.findings] + [one.what for c in todo.changes for one in c.findings]
    assert REFUSALS[variation] in told
    assert not todo.complete
    _nothing_written(o11)


SAVES = {
    Variation.CUT_VALUE: f"{EMAIL}: 'SMTP Server' was given 'smtp.example.com' and holds 'smtp.exa'; nothing was saved",
    Variation.FIELD_CHANGES_ANOTHER: (
        f"{EMAIL}: while SMTP Server, SMTP Port, Authentication, Username, Password was typed, "
        "the page changed sender too; nothing was saved"
    ),
    Variation.SESSION_ENDS: ENDED,
    Variation.SAVE_DOES_NOTHING: (
        f"{EMAIL} was saved without an error, but shows other values when reopened: "
        "'SMTP Server' shows 'old.example.com' instead of 'smtp.example.com'; 'SMTP Port' shows 25 instead of 587; "
        "'Username' shows None instead of 'mail'"
    ),
    Variation.ERROR_WITH_200: f"{EMAIL} shows no sign that it was saved",
}


@pytest.mark.parametrize("variation", SAVES)
def test_a_save_that_is_none_fails_and_nothing_is_written(
    variation: Variation, target: Target, o11: O11StandIn
) -> None:
    with o11.hostile(variation):
        told = target.refusal()
    assert told == SAVES[variation]
    _nothing_written(o11)


def test_a_save_that_changes_another_field_is_told(target: Target, o11: O11StandIn) -> None:
    with o11.hostile(Variation.SAVE_CHANGES_ANOTHER):
        told = target.refusal()
    assert (
        told
        == f"{EMAIL}: saving changed other settings too: 'Default Sender Name' went from 'Old' to 'Changed by the page'"
    )


def test_a_slow_page_is_waited_for(target: Target, o11: O11StandIn) -> None:
    with o11.hostile(Variation.SLOW_PAGE, slow=0.3):
        assert target.apply().status is OutcomeStatus.UPDATED


def test_a_page_that_sends_in_the_background_reaches_nobody_while_it_is_read(target: Target, o11: O11StandIn) -> None:
    with o11.hostile(Variation.SENDS_IN_BACKGROUND):
        told = target.told()
    assert [one.path for one in o11.seen if one.path.startswith("/sent/")] == []
    assert told["page-request-refused"].severity in (Severity.WARNING, Severity.NOTE)
    _nothing_written(o11)


def _nothing_written(o11: O11StandIn) -> None:
    now = {name: value for name, value in asdict(o11.settings).items() if name in BEGIN}
    assert now == BEGIN
    assert o11.settings.password == ""


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("11.43.0", "11.43.0"),
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
