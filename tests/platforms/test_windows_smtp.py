"""The SMTP service of Windows on loopback: lists that mean opposite things, an open relay, a feature that is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from lab.servers.windows import iis
from lab.servers.windows.smtp_site import SmtpSite
from lab.subjects.windows_smtp import WindowsSmtpSubject

from reconciler.engine import local
from reconciler.model.change import Action
from reconciler.model.finding import Severity
from reconciler.model.outcome import OutcomeStatus
from reconciler.model.plan import Plan
from reconciler.model.settings import Present
from reconciler.pipeline import declaration
from reconciler.pipeline.observe import doctor
from reconciler.pipeline.plan import risks
from reconciler.platforms import windows_smtp
from reconciler.platforms.windows_smtp import access_lists, spelling
from reconciler.testing.trial import Trial

ONE = "SmtpSvc/1"
ROUTE = {"host": "smtp.example.com", "port": 25, "encryption": "none", "auth": "none"}


class Site:
    def __init__(self, folder: Path, stack: ExitStack, machine: iis.Machine) -> None:
        self.machine = machine
        self.site = stack.enter_context(SmtpSite(machine, password="canary-l0gin"))
        self.trial = Trial(subject=WindowsSmtpSubject(self.site, {"LOGIN": "canary-l0gin"}), folder=folder)

    @property
    def first(self) -> dict[str, Any]:
        found: dict[str, Any] = self.machine["servers"][0]
        return found

    def plan(self, server: Mapping[str, Any] | None = None, service: Mapping[str, Any] | None = None) -> Plan:
        resources = {"virtual_servers": {ONE: server}} if server else {}
        self.trial.declare({**resources, **({"service": service} if service else {})})
        return self.trial.plan()

    def apply(self, server: Mapping[str, Any] | None = None, service: Mapping[str, Any] | None = None) -> list[str]:
        outcomes = self.trial.apply(self.plan(server, service))
        self.errors = [one.error for one in outcomes if one.error]
        return [str(one.status) for one in outcomes]

    def live(self) -> Present:
        self.trial.declare({"virtual_servers": {ONE: {"anonymous": True}}})
        found = next(live for place, live in self.trial.read().resources.items() if place.key == ONE)
        assert isinstance(found, Present)
        return found


Made = Callable[..., Site]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    with ExitStack() as stack:

        def make(**first: Any) -> Site:
            machine = iis.machine(("1", "2"))
            machine["servers"][0].update(first)
            return Site(tmp_path, stack, machine)

        yield make


def rules(todo: Plan) -> dict[str, Severity]:
    found = [*todo.findings, *(one for change in todo.changes for one in (*change.findings, *change.risks))]
    return {one.rule: one.severity for one in found}


@pytest.mark.parametrize(
    ("found", "mode"),
    [
        (None, access_lists.ONLY),
        (iis.access(), access_lists.ONLY),
        (iis.access(all_=True), access_lists.EXCEPT),
        ({"broken": "X"}, access_lists.BROKEN),
    ],
    ids=["never set", "only, empty", "all except, empty", "broken"],
)
def test_null_and_empty_are_told_apart(found: Any, mode: str) -> None:
    assert (access_lists.mode(found), access_lists.entries(found)) == (mode, ())


def test_a_list_is_written_as_addresses_masks_and_domains(made: Made) -> None:
    site = made()
    entries = ["example.com", "10.20.0.0/16", "127.0.0.1", "Example.COM"]
    site.apply({"relay_access": {"mode": "only-listed", "entries": entries}})
    assert site.first["relay"] == iis.access(
        "10.20.0.0, 255.255.0.0", "127.0.0.1, 255.255.255.255", domains=["example.com"]
    )
    assert site.first["connection"] == iis.access(all_=True)
    assert not site.trial.plan().changes[0].fields


def test_half_of_a_list_leaves_the_other_half(made: Made) -> None:
    site = made(relay=iis.access("10.0.0.1, 255.255.255.255", domains=["example.com"]))
    site.apply({"relay_access": {"entries": ["10.0.0.2"]}})
    assert site.first["relay"] == iis.access("10.0.0.2, 255.255.255.255")


def test_nobody_may_relay_is_not_everybody(made: Made) -> None:
    site = made(relay=iis.access(all_=True))
    site.apply({"relay_access": {"mode": "only-listed", "entries": []}})
    assert site.first["relay"] == iis.access()


@pytest.mark.parametrize(
    "access",
    [
        {"mode": "all-except-listed"},
        {"mode": "all-except-listed", "entries": ["192.0.2.1"]},
        {"mode": "only-listed", "entries": ["0.0.0.0/0"]},
        {"mode": "only-listed", "entries": ["8.8.0.0/16"]},
        {"entries": ["0.0.0.0/0"]},
    ],
    ids=["all", "all but one", "the whole net", "a public network", "entries alone"],
)
def test_an_open_relay_is_a_risk_that_has_to_be_named(made: Made, access: dict[str, Any]) -> None:
    site = made()
    site.plan({"relay_access": access})
    judged = declaration.judged(site.trial.root, base=site.trial.folder, today="2026-11-20")
    told = [(one.rule, one.severity, one.address) for one in judged.findings]
    assert told == [("open-relay", Severity.RISK, f"test/subject:virtual_servers[{ONE}]")]
    assert "open-relay" in windows_smtp.PLATFORM.risks


@pytest.mark.parametrize(
    "relay",
    [iis.access(all_=True), iis.access("0.0.0.0, 0.0.0.0"), iis.access("8.8.0.0, 255.255.0.0")],
    ids=["all", "the whole net", "a public network"],
)
def test_an_open_relay_that_is_there_has_to_be_named_in_every_plan_until_one_ends_it(
    made: Made, relay: dict[str, Any]
) -> None:
    site = made(relay=relay)
    for port in (26, 27):  # whatever else is written
        todo = site.plan({**ROUTE, "port": port})
        assert [risk.rule for risk in risks.missing(todo, {"unverified"})] == ["open-relay"]
        site.trial.apply(todo)
    assert rules(site.plan({**ROUTE, "port": 27}))["open-relay"] is Severity.RISK  # told, with nothing to write
    todo = site.plan({"relay_access": {"mode": "only-listed", "entries": ["10.0.0.1"]}})
    assert risks.missing(todo, ()) == ()
    site.trial.apply(todo)
    assert "open-relay" not in rules(site.plan({**ROUTE, "port": 28}))


def test_an_open_relay_that_nobody_declares_is_told_beside_the_others(made: Made) -> None:
    site = made()
    site.machine["servers"][1]["relay"] = iis.access(all_=True)
    todo = site.plan({**ROUTE})
    assert [(one.rule, one.address) for one in todo.findings] == [
        ("open-relay", "test/subject:virtual_servers[SmtpSvc/2]")
    ]


@pytest.mark.parametrize("one", spelling.LISTS)
def test_a_list_never_becomes_its_opposite_unsaid(made: Made, one: str) -> None:
    there = iis.access("192.0.2.0, 255.255.255.0", all_=True)
    site = made(relay=there, connection=there)
    todo = site.plan({one: {"mode": "only-listed"}})
    assert (todo.changes[0].action, "list-turned-round" in rules(todo)) == (Action.BLOCKED, True)
    assert site.apply({one: {"mode": "only-listed", "entries": ["10.0.0.1"]}}) == ["updated"]


def test_a_broken_list_is_recognised_and_blocks_its_own_change_only(made: Made) -> None:
    site = made(broken=True)
    todo = site.plan({"relay_access": {"mode": "only-listed", "entries": ["10.0.0.1"]}})
    assert (todo.changes[0].action, "list-broken" in rules(todo)) == (Action.BLOCKED, True)
    assert site.apply({**ROUTE, "port": 26}) == ["updated"]
    assert site.first["port"] == 26


@pytest.mark.parametrize(
    ("feature", "fix"),
    [("absent", "platform postfix"), ("Available", "Install-WindowsFeature")],
    ids=["2025", "missing"],
)
def test_a_feature_that_is_not_there_is_said_with_what_to_do(made: Made, feature: str, fix: str) -> None:
    site = made()
    site.machine["feature"] = feature
    todo = site.plan({**ROUTE})
    told = next(one for one in (*todo.findings, *todo.changes[0].findings) if one.rule == "platform-missing")
    assert (todo.changes[0].action, fix in str(told.fix)) == (Action.BLOCKED, True)


def test_the_service_starts_with_the_server(made: Made) -> None:
    site = made()
    assert "not-automatic" in rules(site.plan(service={"running": True}))
    assert site.apply(service={"start_mode": "automatic", "running": True}) == ["updated"]
    assert (site.machine["start_mode"], site.machine["state"]) == ("Auto", "Running")


def test_a_smart_host_is_the_only_way_and_an_address_is_in_brackets(made: Made) -> None:
    site = made()
    site.apply({**ROUTE, "host": "192.0.2.25"})
    assert (site.first["smart_host"], site.first["smart_host_type"]) == ("[192.0.2.25]", 2)
    assert site.live().settings["host"] == "192.0.2.25"
    site.apply({"host": None, "port": None, "encryption": None, "auth": None})
    assert (site.first["smart_host"], site.first["smart_host_type"]) == ("", 0)


def test_what_is_not_managed_makes_the_files_invalid(made: Made) -> None:
    site = made()
    for wrong in ({"encryption": "starttls"}, {"relay_access": {"mode": "only-listed", "entries": ["10.0.0.1/24"]}}):
        with pytest.raises(AssertionError, match="not valid"):
            site.plan({**ROUTE, **wrong})


@pytest.mark.parametrize(
    ("entry", "malformed"),
    [
        ("10.0.0.1/24", True),
        ("010.0.0.1", True),
        ("10.1", True),
        ("0x7f000001", True),
        ("10.20.0.0/16", False),
        ("3m.example", False),
    ],
)
def test_what_windows_would_take_for_another_address_is_none(entry: str, malformed: bool) -> None:
    """[ipaddress]'010.0.0.1' is 8.0.0.1 there; a domain may begin with a digit."""
    assert access_lists.malformed(entry) is malformed


def test_a_virtual_server_that_is_not_there_is_not_created(made: Made) -> None:
    site = made()
    site.trial.declare({"virtual_servers": {"SmtpSvc/7": {"anonymous": False}}})
    todo = site.trial.plan()
    assert (todo.changes[0].action, "no-virtual-server" in rules(todo)) == (Action.BLOCKED, True)


def test_a_plan_is_one_call_and_an_apply_sends_only_what_differs(made: Made) -> None:
    site = made()
    site.apply({**ROUTE, "anonymous": True}, {"start_mode": "automatic"})
    site.site.server.ran.clear()
    site.machine["start_mode"] = "Manual"
    assert site.apply({**ROUTE, "anonymous": True}, {"start_mode": "automatic"}) == [OutcomeStatus.UPDATED]
    assert site.site.server.ran == ["read.ps1", "read.ps1", "service.ps1", "read.ps1"]


def test_adopting_what_is_there_changes_nothing(made: Made) -> None:
    site = made(relay=iis.access("10.0.0.1, 255.255.255.255"))
    live = site.live().settings
    assert spelling.normalised(spelling.SERVERS, live) == live


def test_doctor_tells_what_is_wrong_there(made: Made) -> None:
    site = made(broken=True)
    site.trial.declare({"service": {"running": True}})
    with site.trial.secrets() as secrets:
        found = doctor.checkup(site.trial.spec(), local.means(secrets), trace=False)
    assert "real PowerShell 7 only; no Windows" in next(one.said for one in found.examined if one.what == "verified")
    told = {one.what: one.ok for one in found.examined}
    assert (found.ok, told["service: not-automatic"], told[f"virtual_servers[{ONE}]: list-broken"]) == (
        False,
        True,
        False,
    )
