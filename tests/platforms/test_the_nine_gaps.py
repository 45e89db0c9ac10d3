"""What SharePointDsc's SPOutgoingEmailSettings lacks or gets wrong: nine gaps in its published code, one test each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.relay import SmtpRelay
from lab.servers.windows import iis
from lab.servers.windows.farm import CENTRAL, VERSIONS
from lab.servers.windows.smtp_site import SmtpSite
from lab.subjects.sharepoint import INTRANET, TEAMS
from lab.subjects.windows_smtp import WindowsSmtpSubject
from support import powershell_cases, powershell_engine
from support.adopting import adopted
from support.sharepoint_site import KEY, LOGIN, ROUTE, THERE, Made
from support.site import Site as Landscape

from reconciler.model.outcome import OutcomeStatus
from reconciler.pipeline.review import pull_request
from reconciler.platforms.sharepoint import versions
from reconciler.testing.trial import Trial

TLS = {**ROUTE, "encryption": "starttls", "port": 587}
TOP = Path(__file__).parents[2]


def test_gap_1_credentials_key_certificate_and_envelope_sender_are_settings(made: Made) -> None:
    site = made("SE", servers=("127.0.0.1", "127.0.0.2"))
    print_ = site.farm.state["certificates"][0]
    declared = {**TLS, **LOGIN, **KEY, "smtp_certificate": print_, "override_envelope_sender": True}
    site.apply(intranet=declared)
    row = site.app()
    assert (row["user"], row["password"], row["certificate"], row["override_envelope_sender"]) == (
        "CONTOSO\\mail",
        "canary-password-4711",
        print_,
        True,
    )
    assert {one["key"] for one in site.farm.state["servers"]} == {"canary-key-4711"}


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_gap_2_an_omitted_port_or_tls_is_neither_dropped_nor_reset(made: Made, version: str) -> None:
    site = made(version, host="old.example.com", tls=True, port=587)
    site.apply(intranet={"sender": {"address": "new@example.com"}})
    row = site.app()
    assert (row["from"], row["tls"], row["port"]) == ("new@example.com", True, 587)


def test_gap_3_an_update_conflict_is_tried_again_and_restarts_nothing(made: Made) -> None:
    site = made()
    site.farm.state["conflicts"] = 2
    assert list(site.apply(farm={**ROUTE}).values()) == [OutcomeStatus.UPDATED]
    for file in TOP.glob("reconciler/platforms/*/*.ps1"):
        text = file.read_text("ascii")
        assert not [word for word in ("Restart-", "DSCMachineStatus", "iisreset", "shutdown") if word in text], file


def test_gap_4_a_write_is_shown_before_checked_on_the_way_and_read_back_after(
    made: Made, pki: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = made(host="old.example.com")
    declared = {**TLS, "host": "localhost"}
    before = {one.field: (one.before, one.after) for one in site.plan(farm=declared).changes[0].fields}
    assert before["host"] == ("old.example.com", "localhost")
    assert (site.site.ran, site.farm.application(CENTRAL)["host"]) == (["read.ps1"], "old.example.com")

    monkeypatch.setenv("LOGIN", site.subject.environ["LOGIN"])
    for tls, ran in (("none", []), ("starttls", ["probe.ps1", "write.ps1"])):
        with SmtpRelay(tls=tls, certificate=pki.good) as relay:
            landscape = _landscape(tmp_path / tls, site.site.connection(), relay.port, pki.ca_file)
            site.site.servers[0].ran.clear()
            (outcome,) = landscape.apply().values()
            assert [name for name in site.site.ran if name != "read.ps1"] == ran, outcome
            assert relay.connections > 0  # tried from here; a server that the probe reaches is tried from there

    site.farm.state["trouble"].append("not written")
    site.farm.application(CENTRAL)["port"] = 26
    assert set(site.apply(farm=declared).values()) == {OutcomeStatus.FAILED}


def _landscape(folder: Path, connection: Mapping[str, Any], port: int, ca_file: str) -> Landscape:
    found = Landscape(folder)
    found.stage("dev")
    mail = {"host": "localhost", "port": port, "encryption": "starttls", "auth": "none", "ca_file": ca_file}
    content = {"platform": "sharepoint", "connection": dict(connection), "farm": mail}
    found.write("dev/farm.yaml", yaml.safe_dump(content))
    return found


def test_gap_5_what_is_equal_to_the_farm_is_said_and_a_server_can_be_cleared(made: Made) -> None:
    site = made("SE", **THERE)
    site.app(TEAMS)["port"] = 26
    todo = site.plan(intranet={"character_set": "windows-1252"}, teams={"character_set": "windows-1252"})
    told = {str(change.address.resource): [one.rule for one in change.findings] for change in todo.changes}
    assert told[f"web_applications[{INTRANET}]"] == ["equal-to-farm"]
    assert told[f"web_applications[{TEAMS}]"] == []
    site.apply(intranet={"host": None, "port": None, "encryption": None, "auth": None})
    assert (site.app()["host"], site.farm.application(CENTRAL)["host"]) == (None, "old.example.com")


def test_gap_6_reply_to_may_be_left_out_and_an_empty_one_is_adopted_as_empty(
    made: Made, fake_site: Landscape, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An export of SharePointDsc writes an asterisk, which it would then set."""
    site = made(host="old.example.com", **{"from": "a@example.com"})
    site.apply(intranet={"sender": {"address": "b@example.com"}})
    assert site.app()["reply_to"] == ""
    monkeypatch.setattr(pull_request, "_not_trusted", lambda: None)
    monkeypatch.setenv("LOGIN", site.subject.environ["LOGIN"])
    found = adopted(fake_site, "sharepoint", site.site.connection())
    assert "*" not in str(found.content)
    assert not any("reply_to" in one for one in found.changed)


@pytest.mark.parametrize("name", powershell_cases.ONLY)
def test_gap_7_a_write_is_judged_by_what_it_leaves_in_every_property(name: str) -> None:
    """By the recordings of a real PowerShell, whose cmdlets keep whatever they are given."""
    parameter, value, field = powershell_cases.ONLY[name]
    recorded = powershell_engine.recordings("sharepoint", "write")["SE", f"{name} only"]
    before, after = (recorded[when]["applications"] for when in ("before", "after"))
    changed = {
        (row["url"], one): row[one]
        for row, old in zip(after, before, strict=True)
        for one in row
        if row[one] != old[one]
    }
    assert changed == {(after[1]["url"], field): value}
    assert recorded["given"][parameter] == value


@pytest.mark.parametrize(
    ("build", "name"),
    [
        ("15.0.4805.1000", "SharePoint Server 2013"),
        ("16.0.4456.1000", "SharePoint Server 2016"),
        ("16.0.10337.12109", "SharePoint Server 2019"),
        ("16.0.18526.20172", "SharePoint Server Subscription Edition"),
    ],
)
def test_gap_8_each_version_is_called_by_its_name(build: str, name: str) -> None:
    """Three of them share the number 16. What a version can do goes by its cmdlets, never by this name."""
    assert versions.name(build) == f"{name} (build {build})"


def test_gap_8_messages_name_the_version_that_is_there_and_the_one_that_has_it(made: Made) -> None:
    todo = made("2016").plan(farm={**TLS, **LOGIN})
    (told,) = (one for one in todo.changes[0].findings if one.rule == "not-in-this-version")
    assert "SharePoint Server 2016" in told.what
    assert "SharePoint Server 2019 has" in str(told.why)


def test_gap_9_the_smtp_service_of_windows_is_managed_too(tmp_path: Path) -> None:
    machine = iis.machine()
    with SmtpSite(machine, password="canary-l0gin") as site:
        trial = Trial(subject=WindowsSmtpSubject(site, {"LOGIN": "canary-l0gin"}), folder=tmp_path)
        access = {"mode": "only-listed", "entries": ["10.20.0.11"]}
        service = {"start_mode": "automatic", "running": True}
        trial.declare({"service": service, "virtual_servers": {"SmtpSvc/1": {"relay_access": access}}})
        trial.apply(trial.plan())
    assert (machine["start_mode"], machine["state"]) == ("Auto", "Running")
    assert machine["servers"][0]["relay"] == iis.access("10.20.0.11, 255.255.255.255")
