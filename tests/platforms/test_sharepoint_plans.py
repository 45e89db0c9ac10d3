"""SharePoint farms on loopback: what a plan says of them, in how many calls."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from typing import Any

import pytest
from lab.servers.windows.farm import CENTRAL
from lab.servers.windows.languages import LANGUAGES, text
from lab.subjects.sharepoint import INTRANET, TEAMS
from support.sharepoint_site import KEY, LOGIN, ROUTE, THERE, Made, Site, rules

from reconciler.drivers.powershell import pool
from reconciler.engine import local
from reconciler.errors import PlatformDenied
from reconciler.model.change import Action
from reconciler.model.finding import Severity
from reconciler.model.landscape import TargetSpec
from reconciler.model.settings import Unreadable
from reconciler.pipeline import declaration
from reconciler.pipeline.observe import doctor, targets


def test_a_new_key_is_refused_where_another_password_would_be_lost(made: Made) -> None:
    site = made()
    site.app(TEAMS).update(user="people", password="pw-people")
    todo = site.plan(farm={**ROUTE, "encryption": "starttls", "port": 587, **LOGIN, **KEY})
    assert (rules(todo) >= {"passwords-would-be-lost"}, todo.changes[0].action) == (True, Action.BLOCKED)


@pytest.mark.parametrize(
    ("declared", "rule"),
    [
        ({"encryption": "tls", "port": 465}, "no-implicit-tls"),
        ({"encryption": "tls", "port": 2525}, "no-implicit-tls"),
        ({"encryption": "starttls", "port": 465}, "port-encryption"),  # of every platform
        ({"encryption": "none", "port": 465}, "port-encryption"),
        ({"smtp_certificate": "A1" * 20}, "certificate-without-tls"),
        ({"encryption": "starttls", "auth": "none", **KEY}, "key-without-password"),
    ],
    ids=["tls", "tls elsewhere", "465", "465 in clear", "certificate", "key"],
)
def test_what_no_version_can_do_makes_the_files_invalid(made: Made, declared: dict[str, Any], rule: str) -> None:
    site = made()
    site.trial.declare({"farm": {**ROUTE, **declared}})
    judged = declaration.judged(site.trial.root, base=site.trial.folder, today="2026-11-20")
    assert {one.rule for one in judged.findings if one.severity is Severity.ERROR} == {rule}


@pytest.mark.parametrize(
    ("version", "declared", "since"),
    [
        ("2013", {"port": 587}, "SharePoint Server 2016"),
        ("2013", {"encryption": "starttls"}, "SharePoint Server 2016"),
        ("2013", {"override_envelope_sender": True}, "KB4011244"),
        ("2016", {"encryption": "starttls", **LOGIN}, "SharePoint Server 2019"),
        ("2019", {"encryption": "starttls", "smtp_certificate": "A1" * 20}, "Subscription Edition"),
    ],
    ids=["port", "tls", "envelope", "login", "certificate"],
)
def test_what_a_version_lacks_is_refused_with_the_one_that_has_it(
    made: Made, version: str, declared: dict[str, Any], since: str
) -> None:
    todo = made(version).plan(farm={**ROUTE, **declared})
    told = [one for one in todo.changes[0].findings if one.rule == "not-in-this-version"]
    assert (todo.changes[0].action, since in str(told[0].why)) == (Action.BLOCKED, True)


def test_a_web_application_like_the_farm_is_equal_to_it_and_no_more_is_claimed(made: Made) -> None:
    site = made(**THERE)
    site.app(TEAMS)["port"] = 26
    site.trial.declare({})
    reading = site.trial.read()
    told = {str(place): [one.rule for one in live.findings] for place, live in reading.resources.items()}  # type: ignore[union-attr]
    equal = {"farm": [], f"web_applications[{INTRANET}]": ["equal-to-farm"], f"web_applications[{TEAMS}]": []}
    assert told == equal


def test_a_plan_runs_the_read_script_once_however_many_web_applications_there_are(made: Made) -> None:
    site = made()
    for number in range(50):
        row = {**site.app(), "id": f"{number + 100:08x}-0000-0000-0000-000000000000", "url": f"https://w{number}.x/"}
        site.farm.applications.append(row)
    site.trial.declare({"farm": {**ROUTE}})
    reading = site.trial.read()
    assert (len(reading.resources), site.site.ran, site.calls("Command")) == (53, ["read.ps1"], 1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_delegated_credentials_the_second_hop_is_explained(made: Made, language: str) -> None:
    site = made()
    site.farm.state["language"] = language
    spec = _spec(site, auth="negotiate")
    with site.trial.secrets() as secrets:
        reading = targets.reading(spec, secrets)
    assert reading.unreadable is not None
    assert (reading.unreadable.rule, "credssp" in str(reading.unreadable.fix)) == (PlatformDenied.rule, True)
    assert text("no second hop", language) in str(reading.unreadable.why)


def test_an_endpoint_that_runs_as_a_farm_account_needs_no_delegation(made: Made) -> None:
    site = made()
    spec = _spec(site, auth="negotiate", configuration_name="Reconciler.SharePoint")
    with site.trial.secrets() as secrets:
        assert targets.reading(spec, secrets).unreadable is None


def _spec(site: Site, **changed: Any) -> Any:
    site.trial.declare({"farm": {**ROUTE}})
    spec = site.trial.spec()
    return replace(spec, connection={**spec.connection, **changed})


def test_a_url_that_is_not_there_is_told_and_not_created(made: Made) -> None:
    site = made()
    todo = site.plan(intranets={**ROUTE})
    live = site.trial.read().resources
    told = [one.finding for one in live.values() if isinstance(one, Unreadable)]
    assert (todo.changes[0].action, told[0].fix) == (Action.BLOCKED, f"did you mean {INTRANET}?")


def test_a_url_is_compared_as_one(made: Made) -> None:
    site = made()
    site.trial.declare({"web_applications": {"https://Intranet.contoso.example:443/": {**ROUTE}}})
    assert [change.action for change in site.trial.plan().changes] == [Action.UPDATE]


def test_what_sharepoint_does_beside_a_change_is_remarked(made: Made) -> None:
    site = made("SE")
    declared = {**ROUTE, "encryption": "starttls", "port": 587, **LOGIN, **KEY, "smtp_certificate": "b" * 40}
    todo = site.plan(farm=declared)
    assert rules(todo) >= {"private-key-permissions", "key-on-every-server", "probed-from-the-server"}
    site.apply(farm=declared)
    assert site.farm.application(CENTRAL)["certificate"] == "B" * 40


def test_one_server_that_refuses_stops_only_its_own_farm(made: Made) -> None:
    site = made()
    site.site.servers[0].endpoint.users = set()
    assert site.trial is not None
    todo = site.plan(farm={**ROUTE})
    assert (todo.complete, todo.changes[0].action) == (False, Action.BLOCKED)


FARMS = 10


def test_ten_farms_are_read_side_by_side(made: Made) -> None:
    """benchmarks/powershell.py has the seconds."""
    site = made()
    meeting = threading.Barrier(FARMS)
    site.site.servers[0].before = lambda call: meeting.wait(60) and None
    specs = [_named(site, number) for number in range(FARMS)]
    assert len({spec.connection["username"] for spec in specs}) == FARMS
    pool.close_all()
    assert site.trial is not None
    with site.trial.secrets() as secrets:
        assert not any(one.unreadable for one in targets.readings(specs, secrets).values())
    assert not meeting.broken


def _named(site: Site, number: int) -> TargetSpec:
    """Another login name in capitals is another pool, as another farm is. Its hyphen has no capital."""
    places = [place for place, letter in enumerate("svc-mail") if letter.isalpha()]
    capital = {place for bit, place in enumerate(places) if number >> bit & 1}
    name = "".join(letter.upper() if place in capital else letter for place, letter in enumerate("svc-mail"))
    spec = _spec(site)
    connection = {**spec.connection, "username": f"CONTOSO\\{name}"}
    return replace(
        spec, unit=f"{spec.unit}{number}", installation=f"{spec.installation}{number}", connection=connection
    )


def test_doctor_tells_the_version_and_what_was_never_verified(made: Made) -> None:
    site = made("2016", servers=("127.0.0.1", "127.0.0.2"))
    told = {one.what: (one.ok, one.said) for one in _checkup(site)}
    assert told["version"] == (
        True,
        "SharePoint Server 2016 (build 16.0.4456.1000); supported: SharePoint Server 2013 to Subscription Edition",
    )
    assert re.fullmatch(r"127\.0\.0\.1:\d+, WinRM over .+, answered in \d+\.\d s", told["reached"][1])
    assert told["write"][0] is None
    assert told["servers"] == (True, "127.0.0.1, 127.0.0.2")
    assert "password" in told["lacks"][1]
    assert "real PowerShell 7 only; no real farm" in told["verified"][1]
    site.farm.state["trouble"].append("no second hop")
    (failed,) = _checkup(site)
    assert (failed.ok, "Add-SPShellAdmin" in str(failed.fix)) == (False, True)


def _checkup(site: Site) -> Any:
    with site.trial.secrets() as secrets:
        return doctor.checkup(_spec(site), local.means(secrets), trace=False).examined
