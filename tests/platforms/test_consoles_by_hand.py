"""Both consoles with `driver: guided`: a person types what the page map says, and no browser is started."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from lab.servers.netbrain import NetBrainStandIn
from lab.servers.netbrain import map as own_map
from support.site import Site

from reconciler.cli.main import run
from reconciler.drivers.admin_page import executable
from reconciler.errors import PlatformError
from reconciler.model.attestation import Line
from reconciler.model.secret import SecretRef
from reconciler.platforms import netbrain as netbrain_platform
from reconciler.platforms import outsystems_o11

PASSWORD = SecretRef(store="env", path="PW")
O11 = {"driver": "guided", "url": "https://o11.example.com"}
EMAIL = {
    "host": "192.0.2.25",
    "port": 587,
    "encryption": "starttls",
    "auth": "basic",
    "username": "mail",
    "password": {"env": "PW", "version": 1},
    "verify": {"from": "nowhere"},
}


@pytest.fixture(autouse=True)
def _no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(named: str | None) -> None:
        raise PlatformError("a browser was asked for")

    monkeypatch.setattr(executable, "found", found)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("USER", "anna")


def test_a_driver_that_writes_has_no_guide() -> None:
    assert outsystems_o11.guide({"url": "https://o11.example.com"}) is None
    assert netbrain_platform.guide({"url": "https://netbrain.example.com", "driver": "admin_page"}) is None


def test_a_work_order_of_service_center_has_its_pages_labels_and_words() -> None:
    guide = outsystems_o11.guide({**O11, "attestation_days": 90})
    assert guide
    assert (guide.days, guide.url) == (90, "https://o11.example.com")
    changes = {
        "hostname": "apps.example.com",
        "auth": "oauth2",
        "oauth2.client_secret": PASSWORD,
        "ssl_on_connect": True,
    }
    assert guide.lines(changes) == (
        Line(page="Email Configuration", label="Authentication", value="Exchange Online (OAuth 2.0)"),
        Line(page="Email Configuration", label="Use SSL On Connect", value="checked"),
        Line(page="Email Configuration", label="Client Secret", value=PASSWORD),
        Line(page="Environment Configuration", label="Hostname", value="apps.example.com"),
    )


def test_a_work_order_says_what_service_center_needs_after_saving() -> None:
    guide = outsystems_o11.guide(O11)
    assert guide
    assert guide.then({"host": "a.example.com"}) is None
    assert "Save and Apply Settings to the Factory" in (guide.then({"sender.address": "a@example.com"}) or "")


def test_a_work_order_is_that_of_the_declared_release() -> None:
    guide = outsystems_o11.guide({**O11, "version": "11.33.0"})
    assert guide
    assert "11.10 to 11.33" in guide.product
    (box,) = guide.lines({"test_list.active": True})
    assert box.label == "Redirect Emails To Test List"  # and not "or" what another release has
    assert guide.lines({"auth": "basic", "username": "mail"}) == (
        Line(page="Email Configuration", label="Username", value="mail"),
    )


def test_a_work_order_of_netbrain_says_both_halves_of_auth() -> None:
    guide = netbrain_platform.guide(
        {"driver": "guided", "url": "https://n.example.com", "page_map": own_map.page_map()}
    )
    assert guide
    page = "Outgoing Email Server Settings"
    assert guide.lines({"auth": "basic", "encryption": "tls"}) == (
        Line(page=page, label="Authentication", value="Basic Authentication"),
        Line(page=page, label="Encryption", value="SSL"),
        Line(page=page, label="SMTP Authentication", value="checked"),
    )


@pytest.fixture
def netbrain(fake_site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[NetBrainStandIn]:
    """A console that people look at, whose audit log is read with an OAuth client."""
    with NetBrainStandIn() as found:
        monkeypatch.setenv("CLIENT", found.rest.client_secret)
        own_map.copied(fake_site.folder / "own.yaml")
        client = {"client_id": found.rest.client_id, "client_secret": {"env": "CLIENT"}}
        connection: dict[str, Any] = {"driver": "guided", "url": found.url, "page_map": "own.yaml", "audit_log": client}
        fake_site.stage("prod")
        target = {"platform": "netbrain", "connection": connection, "email": EMAIL}
        fake_site.write("prod/netbrain.yaml", yaml.safe_dump(target))
        yield found


def test_netbrain_from_work_order_to_drift(netbrain: NetBrainStandIn, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate"]) == 0
    assert run(["plan", "--detailed-exitcode"]) == 2
    assert run(["apply", "--auto-approve", "--allow", "unverified"]) == 5
    said = capsys.readouterr().out
    assert f"to do by hand in NetBrain R12.3 System Management, {netbrain.url}\n" in said
    assert "SMTP Server" in said
    assert "the secret env PW" in said
    assert "s3cr3t-canary" not in said
    assert netbrain.writes == 0
    netbrain.edit(by="anna", server="192.0.2.25", port="587", at=datetime.now(UTC) - timedelta(minutes=1))
    assert run(["attest", "prod/netbrain:email", "--test", "passed"]) == 0
    assert [run(["plan", "--detailed-exitcode"]), run(["drift"])] == [0, 0]
    netbrain.edit(by="mallory", port="2525")
    assert run(["drift"]) == 2
    assert "mallory (127.0.0.1) changed Email Server Settings on" in capsys.readouterr().out


def test_doctor_looks_at_the_log_alone(netbrain: NetBrainStandIn, capsys: pytest.CaptureFixture[str]) -> None:
    netbrain.edit(by="anna", port="26")
    assert run(["doctor", "prod/netbrain", "--trace"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  !     by hand   only people look at this console: no login is declared",
        "  ok    audit     the log can be read: 1 event of Email Server Settings",
        "  !     trace     nothing to list: no page of a console was read in a browser",
        "",
        "No problems.",
    ]
    netbrain.rest.client_secret = "another"
    assert run(["doctor", "prod/netbrain"]) == 0
    assert "!     audit     who changes the settings is not told: " in capsys.readouterr().out


def test_what_only_people_look_at_is_not_adopted(netbrain: NetBrainStandIn, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["adopt", "prod/netbrain"]) == 1
    assert "nobody reads it, because connection.driver is guided" in capsys.readouterr().err
    assert netbrain.seen == []


def test_an_audit_log_without_a_login_says_what_is_missing(
    netbrain: NetBrainStandIn, fake_site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    connection = {"driver": "guided", "url": netbrain.url, "page_map": "own.yaml", "audit_log": {"days": 3}}
    target = {"platform": "netbrain", "connection": connection, "email": EMAIL}
    fake_site.write("prod/netbrain.yaml", yaml.safe_dump(target))
    run(["attest", "prod/netbrain:email"])
    assert run(["plan"]) == 0
    assert "is not known: connection has no login for NetBrain's audit log" in capsys.readouterr().out
