"""SharePoint farms on loopback: traps of its cmdlets, versions, servers, and what a plan says of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lab.servers.windows import farm
from lab.servers.windows.farm import CENTRAL, VERSIONS, Farm
from lab.servers.windows.farm_site import FarmSite
from lab.subjects.sharepoint import INTRANET, TEAMS, SharePointSubject

from reconciler.errors import PlatformBusy, PlatformDenied, PlatformRefused
from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.outcome import OutcomeStatus
from reconciler.model.plan import Plan
from reconciler.model.settings import Present, Unreadable
from reconciler.pipeline.observe import doctor, targets
from reconciler.testing.trial import Trial

LOGIN = {"auth": "basic", "username": "CONTOSO\\mail", "password": {"env": "PASSWORD", "version": 1}}
KEY = {"credential_key": {"env": "KEY", "version": 1}}
ROUTE = {"host": "smtp.example.com", "port": 25, "encryption": "none", "auth": "none"}
THERE = {
    "host": "old.example.com",
    "port": 587,
    "from": "old@example.com",
    "reply_to": "old-reply@example.com",
    "code_page": 1252,
    "tls": True,
    "user": "old",
    "password": "pw-old",
    "override_envelope_sender": True,
}


class Site:
    """A farm, and the real stages on it."""

    def __init__(self, made: Farm, folder: Path, stack: ExitStack, environ: Mapping[str, str]) -> None:
        self.farm = made
        self.site = stack.enter_context(FarmSite(made, folder / "farm", password=environ["LOGIN"]))
        self.subject = SharePointSubject(site=self.site, environ=environ, version=made.version)
        self.changed: dict[str, Any] = {}
        self.trial = Trial(subject=self.subject, folder=folder)

    def plan(self, *, farm: Mapping[str, Any] | None = None, **web: Mapping[str, Any]) -> Plan:
        """`web` by host name up to its first dot."""
        resources: dict[str, Any] = {"web_applications": {f"https://{k}.contoso.example": v for k, v in web.items()}}
        self.trial.declare({**({"farm": farm} if farm else {}), **resources})
        return self.trial.plan()

    def apply(self, **declared: Any) -> dict[str, OutcomeStatus]:
        outcomes = self.trial.apply(self.plan(**declared))
        self.errors = [one.error for one in outcomes if one.error]
        return {str(one.address.resource): one.status for one in outcomes}

    def written(self, url: str | None, **fields: Any) -> None:
        """Past plan and gates, as the writer gets it; `url` is None for the farm."""
        row = self.farm.application(CENTRAL if url is None else f"{url}/")
        place = Resource(collection="farm") if url is None else Resource(collection="web_applications", key=url)
        self.trial.declare({"farm": {**ROUTE}})
        changed = tuple(
            FieldChange(field=field, kind=FieldKind.SET, before=None, after=value, cause=Cause.GIT)
            for field, value in fields.items()
        )
        change = Change(
            address=Address(environment="test", target="subject", resource=place),
            kind="sharepoint",
            installation="",
            action=Action.UPDATE,
            fields=changed,
            id=row["id"],
        )
        outcomes = self.trial.write([change])
        assert [one.status for one in outcomes] == [OutcomeStatus.UPDATED], outcomes

    def calls(self, action: str) -> int:
        return sum(server.endpoint.calls.count(action) for server in self.site.servers)

    def app(self, url: str = INTRANET) -> dict[str, Any]:
        return self.farm.application(f"{url}/")


Made = Callable[..., Site]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    environ = {name: f"canary-{name.lower()}-4711" for name in ("PASSWORD", "OTHER_PASSWORD", "KEY", "LOGIN")}
    with ExitStack() as stack:

        def make(version: str = "2019", *, servers: tuple[str, ...] = ("127.0.0.1",), **there: Any) -> Site:
            one = farm(version, urls=(f"{INTRANET}/", f"{TEAMS}/"), servers=servers)
            for row in one.applications:
                row.update(there)
            return Site(one, tmp_path, stack, environ)

        yield make


def rules(todo: Plan) -> set[str]:
    return {finding.rule for change in todo.changes for finding in change.findings}


@pytest.mark.parametrize("tls", [True, False, None])
def test_a_change_of_one_setting_leaves_all_others(made: Made, tls: bool | None) -> None:
    """SharePointDsc drops TLS and the port here; the cmdlet by itself would turn TLS on."""
    site = made(**{**THERE, "tls": tls})
    before, central = dict(site.app()), dict(site.farm.application(CENTRAL))
    site.written(INTRANET, reply_to="new@example.com")
    assert site.app() == {**before, "tls": tls or False, "reply_to": "new@example.com"}
    assert site.farm.application(CENTRAL) == central


def test_an_empty_reply_to_is_sent_and_kept(made: Made) -> None:
    """An export of SharePointDsc writes an asterisk for it."""
    site = made(**THERE)
    site.written(INTRANET, reply_to=None)
    assert site.app()["reply_to"] == ""
    site.written(INTRANET, **{"sender.address": "new@example.com"})
    assert (site.app()["reply_to"], site.app()["from"]) == ("", "new@example.com")


def test_another_user_keeps_the_password_that_is_there(made: Made) -> None:
    site = made(**THERE)
    site.farm.server("127.0.0.1")["key"] = "a key"
    site.written(INTRANET, username="CONTOSO\\other")
    assert (site.app()["user"], site.app()["password"]) == ("CONTOSO\\other", "pw-old")


@pytest.mark.parametrize("version", VERSIONS)
def test_only_what_is_declared_changes_in_each_version(made: Made, version: str) -> None:
    site = made(version)
    central = dict(site.farm.application(CENTRAL))
    site.apply(intranet={**ROUTE, "sender": {"address": "a@example.com"}})
    assert (site.app()["host"], site.app()["from"], site.app()["tls"]) == (
        "smtp.example.com",
        "a@example.com",
        None if version == "2013" else False,
    )
    assert site.farm.application(CENTRAL) == central
    assert site.app(TEAMS)["host"] is None


def test_farm_and_web_application_are_never_taken_for_each_other(made: Made) -> None:
    site = made()
    todo = site.plan(intranet={**ROUTE})
    site.app()["id"], site.farm.application(CENTRAL)["id"] = site.farm.application(CENTRAL)["id"], site.app()["id"]
    outcomes = site.trial.write(todo.changes)
    assert (outcomes[0].status, "taken for each other" in str(outcomes[0].error)) == (OutcomeStatus.FAILED, True)
    assert site.farm.application(CENTRAL)["host"] is None


def test_credentials_are_kept_when_nothing_is_said_and_cleared_by_none(made: Made) -> None:
    site = made(**THERE)
    central = site.farm.application(CENTRAL)
    site.written(None, port=588)
    assert (central["user"], central["password"], central["port"]) == ("old", "pw-old", 588)
    site.apply(farm={**ROUTE, "host": "old.example.com", "auth": "none"})
    assert (central["user"], central["password"]) == (None, None)


def test_the_key_is_on_every_server_before_a_password(made: Made) -> None:
    site = made(servers=("127.0.0.1", "127.0.0.2"))
    order: list[str] = []
    for server in site.site.servers:
        server.before = lambda call: order.extend(name for name in ("Key", "Auth") if name in call.parameters)
    route = {**ROUTE, "encryption": "starttls", "port": 587}
    assert set(site.apply(farm={**route, **LOGIN, **KEY}).values()) == {"created"} or site.errors == []
    assert order == ["Key", "Key", "Auth"]
    assert {one["key"] for one in site.farm.state["servers"]} == {"canary-key-4711"}
    assert site.farm.application(CENTRAL)["password"] == "canary-password-4711"


def test_without_one_of_the_servers_no_password_is_written(made: Made) -> None:
    site = made(servers=("127.0.0.1", "127.0.0.2"))
    site.site.servers[1].endpoint.users = set()
    route = {**ROUTE, "encryption": "starttls", "port": 587}
    site.apply(farm={**route, **LOGIN, **KEY})
    assert "127.0.0.2" in site.errors[0].what
    assert site.farm.application(CENTRAL)["host"] is None


def test_a_login_without_the_key_says_what_is_missing(made: Made) -> None:
    site = made()
    site.apply(farm={**ROUTE, "encryption": "starttls", "port": 587, **LOGIN})
    assert "credential key" in str(site.errors[0].fix)


def test_a_new_key_is_refused_where_another_password_would_be_lost(made: Made) -> None:
    site = made()
    site.app(TEAMS).update(user="people", password="pw-people")
    todo = site.plan(farm={**ROUTE, "encryption": "starttls", "port": 587, **LOGIN, **KEY})
    assert (rules(todo) >= {"passwords-would-be-lost"}, todo.changes[0].action) == (True, Action.BLOCKED)


def test_an_update_conflict_is_tried_three_times_and_no_more(made: Made) -> None:
    site = made()
    site.farm.state["conflicts"] = 2
    assert list(site.apply(farm={**ROUTE}).values()) == ["updated"]
    site.farm.state["conflicts"] = 5
    site.apply(farm={**ROUTE, "port": 26})
    assert (site.errors[0].rule, "restart" in str(site.errors[0].fix)) == (PlatformBusy.rule, True)
    assert (site.farm.state["conflicts"], site.farm.application(CENTRAL)["port"]) == (2, 25)


@pytest.mark.parametrize(
    ("declared", "rule"),
    [
        ({"encryption": "tls"}, "no-implicit-tls"),
        ({"encryption": "starttls", "port": 465}, "no-implicit-tls"),
        ({"smtp_certificate": "A1" * 20}, "certificate-without-tls"),
        ({"encryption": "starttls", "auth": "none", **KEY}, "key-without-password"),
    ],
    ids=["tls", "465", "certificate", "key"],
)
def test_what_no_version_can_do_makes_the_files_invalid(made: Made, declared: dict[str, Any], rule: str) -> None:
    with pytest.raises(AssertionError) as raised:
        made().plan(farm={**ROUTE, **declared})
    assert rule.replace("-", " ").split()[0] in str(raised.value) or "not valid" in str(raised.value)


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


def test_a_mail_server_is_cleared_by_subscription_edition_only(made: Made) -> None:
    cleared = {"host": None, "port": None, "encryption": None, "auth": None}
    assert "not-in-this-version" in rules(made(host="old.example.com").plan(farm=cleared))
    site = made("SE", host="old.example.com")
    site.apply(farm=cleared)
    assert site.farm.application(CENTRAL)["host"] is None


def test_a_web_application_like_the_farm_is_equal_to_it_and_no_more_is_claimed(made: Made) -> None:
    site = made(**THERE)
    site.app(TEAMS)["port"] = 26
    site.trial.declare({})
    reading = site.trial.read()
    told = {str(place): [one.rule for one in live.findings] for place, live in reading.resources.items()}  # type: ignore[union-attr]
    equal = {"farm": [], f"web_applications[{INTRANET}]": ["equal-to-farm"], f"web_applications[{TEAMS}]": []}
    assert told == equal


def test_tls_is_switched_on_only_when_the_server_itself_trusts_the_relay(made: Made) -> None:
    site = made(**{**THERE, "tls": False, "user": None, "password": None})
    site.site.relay = {"stage": "tls", "message": "name mismatch"}
    declared = {**ROUTE, "encryption": "starttls", "port": 587}
    site.apply(farm=declared)
    assert (site.errors[0].rule, "name mismatch" in str(site.errors[0].why)) == (PlatformRefused.rule, True)
    assert site.farm.application(CENTRAL)["tls"] is False
    assert site.site.probed == [{"MailHost": "smtp.example.com", "Port": 587, "Seconds": 20}]
    site.site.relay = {"stage": "done", "message": ""}
    assert list(site.apply(farm=declared).values()) == ["updated"]


def test_a_plan_runs_the_read_script_once_however_many_web_applications_there_are(made: Made) -> None:
    site = made()
    for number in range(50):
        row = {**site.app(), "id": f"{number + 100:08x}-0000-0000-0000-000000000000", "url": f"https://w{number}.x/"}
        site.farm.applications.append(row)
    site.trial.declare({"farm": {**ROUTE}})
    began = time.monotonic()
    reading = site.trial.read()
    assert (len(reading.resources), site.site.ran, site.calls("Command")) == (53, ["read.ps1"], 1)
    assert time.monotonic() - began < 1.0


def test_an_apply_sends_only_what_differs(made: Made) -> None:
    site = made()
    declared = {"farm": {**ROUTE}, "intranet": {**ROUTE}, "teams": {**ROUTE}}
    site.apply(**declared)
    site.app()["port"] = 26
    site.site.servers[0].ran.clear()
    site.apply(**declared)
    assert site.site.ran == ["read.ps1"] * 3 + ["write.ps1", "read.ps1"]  # plan, apply, is TLS on; read back
    assert site.calls("Create") == 1


def test_without_delegated_credentials_the_second_hop_is_explained(made: Made) -> None:
    site = made()
    site.farm.state["language"] = "de"
    spec = _spec(site, auth="negotiate")
    with site.trial.secrets() as secrets:
        reading = targets.reading(spec, secrets)
    assert reading.unreadable is not None
    assert (reading.unreadable.rule, "credssp" in str(reading.unreadable.fix)) == (PlatformDenied.rule, True)


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


def test_character_sets_have_names(made: Made) -> None:
    site = made()
    site.apply(farm={**ROUTE, "character_set": "iso-2022-jp"})
    assert site.farm.application(CENTRAL)["code_page"] == 50220
    site.farm.application(CENTRAL)["code_page"] = 20000
    live = site.trial.read().live(site.plan(farm={**ROUTE, "character_set": 20000}).changes[0].address.resource)
    assert isinstance(live, Present)
    assert live.settings["character_set"] == 20000


def test_one_server_that_refuses_stops_only_its_own_farm(made: Made) -> None:
    site = made()
    site.site.servers[0].endpoint.users = set()
    assert site.trial is not None
    todo = site.plan(farm={**ROUTE})
    assert (todo.complete, todo.changes[0].action) == (False, Action.BLOCKED)


def test_ten_farms_take_hardly_longer_than_one(made: Made) -> None:
    site = made()
    site.site.servers[0].before = lambda call: time.sleep(0.5)

    specs = [_named(site, number) for number in range(11)]

    def read(number: int) -> bool:
        with site.trial.secrets() as secrets:
            spec = specs[number]
            return targets.reading(spec, secrets).unreadable is None

    began = time.monotonic()
    assert read(0)
    one = time.monotonic() - began
    with ThreadPoolExecutor(10) as threads:
        began = time.monotonic()
        assert all(threads.map(read, range(1, 11)))
    assert time.monotonic() - began < 1.5 * one + 0.5  # of this machine's two cores


def _named(site: Site, number: int) -> Any:
    """Another login name in capitals is another pool, as another farm is."""
    name = (
        "svc-mail"
        if number == 0
        else "".join(letter.upper() if number >> place & 1 else letter for place, letter in enumerate("svc-mail"))
    )
    spec = _spec(site)
    return replace(spec, connection={**spec.connection, "username": f"CONTOSO\\{name}"})


def test_doctor_tells_the_version_and_what_was_never_verified(made: Made) -> None:
    site = made("2016", servers=("127.0.0.1", "127.0.0.2"))
    told = {one.what: (one.ok, one.said) for one in _checkup(site)}
    assert told["version"] == (True, "SharePoint Server 2016 (build 16.0.4456.1000)")
    assert told["servers"] == (True, "127.0.0.1, 127.0.0.2")
    assert "password" in told["lacks"][1]
    assert "no real farm" in told["verified"][1]
    site.farm.state["trouble"].append("no second hop")
    (failed,) = _checkup(site)
    assert (failed.ok, "credssp" in str(failed.fix)) == (False, True)


def _checkup(site: Site) -> Any:
    with site.trial.secrets() as secrets:
        return doctor.checkup(_spec(site), secrets, trace=False).examined
