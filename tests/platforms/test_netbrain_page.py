"""NetBrain in a real browser, on the stand-in: files to page and back, its Test, its audit log, hostile pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml
from lab.servers.console import browser
from lab.servers.netbrain import NetBrainStandIn
from lab.servers.netbrain import map as own_map
from support import consoles
from support.consoles import Target
from support.site import Site, changed

from reconciler.model.change import Action, Cause
from reconciler.model.handshake import Status
from reconciler.model.outcome import OutcomeStatus

pytestmark = pytest.mark.consoles


@pytest.fixture(scope="module", autouse=True)
def _browser() -> None:
    browser.needed()


@pytest.fixture
def netbrain(monkeypatch: pytest.MonkeyPatch) -> Iterator[NetBrainStandIn]:
    with consoles.netbrain(monkeypatch) as found:
        yield found


@pytest.fixture
def target(fake_site: Site, netbrain: NetBrainStandIn) -> Target:
    return consoles.netbrain_target(fake_site, netbrain)


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
        netbrain.edit(**consoles.NETBRAIN_BEGIN)
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
