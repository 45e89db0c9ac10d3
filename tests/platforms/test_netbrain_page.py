"""NetBrain in a real browser, on the stand-in: files to page and back, its Test, its audit log, hostile pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import pytest
import yaml
from lab.servers.console import browser
from lab.servers.console.variation import Variation
from lab.servers.netbrain import NetBrainStandIn
from lab.servers.netbrain import map as own_map
from support.consoles import Target
from support.site import Site, changed

from reconciler.model.change import Action, Cause
from reconciler.model.handshake import Status
from reconciler.model.outcome import OutcomeStatus

BEGIN = {"server": "192.0.2.1", "port": "25", "sender": "old@example.com", "signature": ""}
PAGE = "/admin.html"

pytestmark = pytest.mark.consoles


@pytest.fixture(scope="module", autouse=True)
def _browser() -> None:
    browser.needed()


@pytest.fixture
def netbrain(monkeypatch: pytest.MonkeyPatch) -> Iterator[NetBrainStandIn]:
    with NetBrainStandIn() as found:
        found.edit(by="begin", **BEGIN)
        monkeypatch.setenv("NETBRAIN", found.secret)
        yield found


@pytest.fixture
def target(fake_site: Site, netbrain: NetBrainStandIn) -> Target:
    own_map.copied(fake_site.folder / "maps" / "own.yaml")
    login = {"username": netbrain.user, "password": {"env": "NETBRAIN"}}
    connection = {"url": netbrain.url, **login, "page_map": "maps/own.yaml", "audit_log": {}, "timeout": 15}
    email = {
        "host": "192.0.2.25",
        "port": 587,
        "encryption": "starttls",
        "auth": "basic",
        "username": "mail",
        "password": {"env": "PW", "version": 1},
        "verify": {"from": "nowhere"},
    }
    return Target(fake_site, "netbrain", connection, email)


def test_a_change_by_hand_is_drift_told_with_its_author_and_healed(target: Target, netbrain: NetBrainStandIn) -> None:
    outcome = target.apply()
    assert outcome.status is OutcomeStatus.UPDATED
    assert (netbrain.settings.server, netbrain.settings.password) == ("192.0.2.25", "s3cr3t-canary")
    in_sync = target.change()
    assert (in_sync.action, "possibly-drifted" in {one.rule for one in in_sync.findings}) == (Action.NONE, False)
    netbrain.edit(by="alice", port="2525")
    drift = target.change()
    assert (changed(drift), drift.fields[0].cause) == ({"port": (2525, 587)}, Cause.PLATFORM)
    assert (
        "alice (127.0.0.1) saved the email settings at"
        in {one.rule: one.what for one in drift.findings}["possibly-drifted"]
    )
    target.apply()
    assert netbrain.settings.port == "587"
    assert "possibly-drifted" not in target.told()


def test_a_secret_that_somebody_may_have_changed_is_possibly_drift(target: Target, netbrain: NetBrainStandIn) -> None:
    target.apply()
    netbrain.edit(by="alice", password="another")
    change = target.change()
    assert (change.action, "possibly-drifted" in {one.rule for one in change.findings}) == (Action.NONE, True)


def test_an_audit_log_that_is_away_is_told_and_stops_nothing(target: Target, netbrain: NetBrainStandIn) -> None:
    netbrain.rest.secret = "another"
    assert target.told().keys() >= {"audit-log-unread"}
    assert target.apply().status is OutcomeStatus.UPDATED


def test_the_test_of_the_page_is_pressed_before_the_save_and_told(target: Target, netbrain: NetBrainStandIn) -> None:
    outcome = target.apply()
    assert outcome.test is not None
    assert (outcome.test.status, outcome.test.summary) == (Status.PASS, "NetBrain's own test: Test succeeded.")
    assert netbrain.page.tests == 1


def test_what_fails_the_test_of_the_page_is_not_saved(target: Target, netbrain: NetBrainStandIn) -> None:
    netbrain.page.test_passes = False
    assert target.refusal() == "NetBrain's own test failed: Test failed.; nothing was saved"
    assert netbrain.page.saves == 0
    target.connection["test"] = False
    assert target.apply().status is OutcomeStatus.UPDATED


def test_a_plan_sends_nothing(target: Target, netbrain: NetBrainStandIn) -> None:
    target.plan()
    assert (netbrain.writes, netbrain.page.tests) == (0, 0)


def test_microsoft_365_takes_the_other_form(target: Target, netbrain: NetBrainStandIn) -> None:
    client = {"provider": "entra", "tenant_id": "t", "client_id": "c", "client_secret": {"env": "PW", "version": 1}}
    target.email |= {"auth": "oauth2", "oauth2": client, "host": "smtp.office365.com", "frequency": 10}
    del target.email["password"]
    assert target.apply().status is OutcomeStatus.UPDATED
    now = netbrain.settings
    assert (now.auth, now.tenant_id, now.client_id) == ("OAuth 2.0 for Microsoft Office365", "t", "c")
    assert (now.client_secret, now.frequency, now.server) == ("s3cr3t-canary", "10", "192.0.2.1")
    assert target.change().action is Action.NONE


@pytest.mark.parametrize("lists", ["select", "menu"])
def test_other_kinds_of_list_are_chosen_from(lists: str, fake_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with NetBrainStandIn(lists=lists) as netbrain:  # type: ignore[arg-type]  # a literal
        netbrain.edit(**BEGIN)
        monkeypatch.setenv("NETBRAIN", netbrain.secret)
        own = own_map.page_map()
        for control in own["pages"]["email"]["controls"].values():
            control["type"] = lists if control["type"] == "menu" else control["type"]
        (fake_site.folder / "own.yaml").write_text(yaml.safe_dump(own), encoding="utf-8")
        login = {"username": netbrain.user, "password": {"env": "NETBRAIN"}}
        connection = {"url": netbrain.url, **login, "page_map": "own.yaml", "timeout": 15}
        email = {"host": "192.0.2.25", "port": 465, "encryption": "tls", "auth": "none"}
        target = Target(fake_site, "netbrain", connection, email | {"verify": {"from": "nowhere"}})
        assert target.apply().status is OutcomeStatus.UPDATED
        assert netbrain.settings.encryption == "SSL"


# what each hostile page leads to: the exact words, and nothing written
REFUSALS = {
    Variation.DUPLICATE_LABEL: f"{PAGE}: the label 'SMTP Port' leads to 2 controls (text, text)",
    Variation.RENAMED_LABEL: f"{PAGE}: the label 'SMTP Server' leads to no control",
    Variation.SECOND_LOGIN: (
        f"{PAGE}: after the login, the console shows nothing to press with the text 'Email Settings'; nothing was saved"
    ),
}


@pytest.mark.parametrize("variation", REFUSALS)
def test_a_page_that_is_not_the_mapped_one_is_unreadable(
    variation: Variation, target: Target, netbrain: NetBrainStandIn
) -> None:
    with netbrain.hostile(variation):
        todo = target.plan()
        target.apply()
    told = [finding.what for finding in todo.findings] + [one.what for c in todo.changes for one in c.findings]
    assert REFUSALS[variation] in told
    assert not todo.complete
    _nothing_written(netbrain)


SAVES = {
    Variation.CUT_VALUE: f"{PAGE}: 'SMTP Server' was given '192.0.2.25' and holds '192.0.2.'; nothing was saved",
    Variation.FIELD_CHANGES_ANOTHER: (
        f"{PAGE}: while Authentication, SMTP Server, SMTP Port, Encryption, SMTP Authentication, Username, Password "
        "was typed, the page changed Sender Email Address too; nothing was saved"
    ),
    Variation.SESSION_ENDS: f"{PAGE}: the login page came instead of the page asked for: the session has ended",
    Variation.SAVE_DOES_NOTHING: (
        f"{PAGE} was saved without an error, but shows other values when reopened: "
        "'SMTP Server' shows '192.0.2.1' instead of '192.0.2.25'; 'SMTP Port' shows 25 instead of 587; "
        "'Encryption' shows 'none' instead of 'starttls'; 'SMTP Authentication' shows False instead of True; "
        "'Username' shows None instead of 'mail'"
    ),
    Variation.ERROR_WITH_200: f"{PAGE} refused to save: Save failed. Contact your system administrator.",
}


@pytest.mark.parametrize("variation", SAVES)
def test_a_save_that_is_none_fails_and_nothing_is_written(
    variation: Variation, target: Target, netbrain: NetBrainStandIn
) -> None:
    with netbrain.hostile(variation):
        told = target.refusal()
    assert told == SAVES[variation]
    _nothing_written(netbrain)


def test_a_save_that_changes_another_field_is_told(target: Target, netbrain: NetBrainStandIn) -> None:
    with netbrain.hostile(Variation.SAVE_CHANGES_ANOTHER):
        told = target.refusal()
    moved = "'Email Signature' went from None to 'Changed by the page'"
    assert told == f"{PAGE}: saving changed other settings too: {moved}"


def test_a_page_that_sends_in_the_background_reaches_nobody_while_it_is_read(
    target: Target, netbrain: NetBrainStandIn
) -> None:
    with netbrain.hostile(Variation.SENDS_IN_BACKGROUND):
        target.plan()
    assert [one.path for one in netbrain.seen if one.path.startswith("/sent/")] == []
    _nothing_written(netbrain)


def _nothing_written(netbrain: NetBrainStandIn) -> None:
    now = {name: value for name, value in asdict(netbrain.settings).items() if name in BEGIN}
    assert now == BEGIN
    assert netbrain.settings.password == ""
