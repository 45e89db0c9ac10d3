"""OutSystems Developer Cloud, the whole way from files to the platform and back, on the stand-in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from lab.servers.odc import OdcStandIn
from support.site import Site, actions, changed

from reconciler.model.change import Cause, Change
from reconciler.model.finding import Finding, Holds
from reconciler.model.outcome import OutcomeStatus
from reconciler.model.plan import Plan
from reconciler.platforms.outsystems_odc import operations, stages

STAGE = "prod/odc:stage"
APP = "prod/odc:apps[Storefront]"
MAIL = "c4n4ry-of-the-mail"
WANTED: dict[str, Any] = {
    "host": "smtp.example.com",
    "port": 587,
    "encryption": "starttls",
    "auth": "basic",
    "username": "no-reply@example.com",
    "password": {"env": "MAIL", "version": 1},
    "sender": {"address": "no-reply@example.com", "name": "Example"},
    "verify": {"from": "nowhere"},
}
TEST_LIST = {"Storefront": {"test_list": {"active": True, "addresses": ["qa@example.com", "dev@example.com"]}}}


class Odc:
    """A stand-in, and one target that is about a stage of it."""

    def __init__(self, odc: OdcStandIn, site: Site) -> None:
        self.odc, self.site = odc, site
        self.connection: dict[str, Any] = odc.connection(client_secret={"env": "ODC"})
        self.stage: dict[str, Any] = dict(WANTED)
        self.apps: dict[str, Any] = {}

    def write(self) -> None:
        target = {"platform": "outsystems-odc", "connection": self.connection, "stage": self.stage}
        self.site.stage("prod")
        self.site.write("prod/odc.yaml", yaml.safe_dump(target | ({"apps": self.apps} if self.apps else {})))

    def with_apps(self, apps: dict[str, Any] = TEST_LIST) -> None:  # never changed
        self.apps = apps
        self.connection |= {"experimental": True, "keys": self.odc.keys(apps=True)}

    def plan(self) -> Plan:
        self.write()
        return self.site.plan()

    def change(self, address: str = STAGE) -> Change:
        return next(change for change in self.plan().changes if str(change.address) == address)

    def apply(self, todo: Plan | None = None) -> dict[str, Any]:
        self.write()
        return self.site.apply(todo)

    def told(self, rule: str) -> list[Finding]:
        found = self.plan()
        every = (*found.findings, *(finding for change in found.changes for finding in change.findings))
        return [finding for finding in every if finding.rule == rule]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Odc]]:
    monkeypatch.setattr(operations, "OFTEN", 0.01)
    monkeypatch.setenv("MAIL", MAIL)
    opened: list[OdcStandIn] = []

    def made(**settings: Any) -> Odc:
        odc = OdcStandIn(**settings)
        opened.append(odc.__enter__())
        monkeypatch.setenv("ODC", odc.secret)
        return Odc(odc, Site(tmp_path))

    yield made
    for odc in opened:
        odc.__exit__(None, None, None)


@pytest.fixture
def odc(make: Callable[..., Odc]) -> Odc:
    return make()


def test_what_is_declared_is_planned_applied_and_then_in_sync(odc: Odc) -> None:
    outcome = odc.apply()[STAGE]
    assert outcome.status is OutcomeStatus.UPDATED
    assert odc.odc.row("host")["deployedValue"] == "smtp.example.com"
    assert odc.odc.row("sender.name")["value"] == "Example"
    assert odc.odc.secret_of("password") == MAIL
    assert actions(odc.plan()) == {STAGE: "none"}


def test_a_stage_takes_five_calls_for_plan_and_apply_beside_token_and_list(odc: Odc) -> None:
    odc.apply()
    shared = [path for _, path in odc.odc.calls if "identity" in path or path == "token" or "portfolios" in path]
    mine = [verb for verb, path in odc.odc.calls if path.endswith("default-system-configurations")]
    assert len(shared) == 3
    assert mine == ["GET", "GET", "GET", "PATCH", "GET"]


def test_one_call_writes_only_what_changed_as_text(odc: Odc) -> None:
    odc.apply()
    odc.stage |= {"port": 2525, "host": "relay.example.com"}
    odc.odc.forget_calls()
    odc.apply()
    keys = odc.odc.tenant.keys
    assert odc.odc.writes == 1
    assert sorted(odc.odc.bodies[0]["systemConfigurations"], key=str) == sorted(
        [{"key": keys["port"], "value": "2525"}, {"key": keys["host"], "value": "relay.example.com"}], key=str
    )


def test_a_plan_writes_nothing_and_opens_no_mail_secret(odc: Odc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAIL")
    assert changed(odc.change())["host"] == (None, "smtp.example.com")
    assert odc.odc.writes == 0


def test_encryption_and_what_only_the_handshake_uses_is_told_and_not_dropped_silently(odc: Odc) -> None:
    change = odc.change()
    assert "encryption" not in changed(change)
    assert [finding.severity for finding in change.findings if finding.rule == "encryption-not-told"] == ["note"]


def test_a_mapped_encryption_is_written_in_the_words_of_the_installation(odc: Odc) -> None:
    key = odc.odc.tenant.keys["oauth2.scope"]  # any text will do
    del odc.connection["keys"]["oauth2.scope"]
    odc.connection["keys"]["encryption"] = {"key": key, "values": {"starttls": "STARTTLS", "tls": "SSL"}}
    odc.apply()
    assert odc.odc.row("oauth2.scope")["value"] == "STARTTLS"
    assert odc.told("encryption-not-told") == []


def test_oauth2_of_entra_becomes_token_url_client_secret_and_scope(odc: Odc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT", "the-client-secret")
    odc.stage |= {"auth": "oauth2", "oauth2": {"provider": "entra", "tenant_id": "acme.example", "client_id": "c-1"}}
    odc.stage["oauth2"]["client_secret"] = {"env": "CLIENT", "version": 1}
    del odc.stage["password"]
    assert odc.apply()[STAGE].status is OutcomeStatus.UPDATED
    assert odc.odc.row("auth")["value"] == odc.odc.tenant.words["oauth2"]
    assert odc.odc.row("oauth2.token_url")["value"].endswith(".com/acme.example/oauth2/v2.0/token")
    assert odc.odc.row("oauth2.scope")["value"] == "https://outlook.office365.com/.default"
    assert odc.odc.secret_of("oauth2.client_secret") == "the-client-secret"
    assert odc.odc.row("username")["value"] is None  # ODC asks for none
    assert actions(odc.plan()) == {STAGE: "none"}


def test_an_edit_of_a_plain_setting_by_hand_is_drift_of_that_setting_alone(odc: Odc) -> None:
    odc.apply()
    odc.odc.edit("port", "2525")
    change = odc.change()
    assert changed(change) == {"port": (2525, 587)}
    assert change.fields[0].cause is Cause.PLATFORM


def test_an_edit_of_a_secret_by_hand_is_seen_by_its_time(odc: Odc) -> None:
    odc.apply()
    odc.odc.edit("password", "by hand")
    assert [(field.field, field.cause) for field in odc.change().fields] == [("password", Cause.PLATFORM)]
    odc.apply()
    assert odc.odc.secret_of("password") == MAIL


@pytest.mark.parametrize(("setting", "says"), [("password", "in the plan:"), ("port", "2526")], ids=["secret", "plain"])
def test_somebody_between_the_last_look_and_the_write_is_not_overwritten(odc: Odc, setting: str, says: str) -> None:
    odc.apply()
    odc.stage |= {"port": 2525, "password": {"env": "MAIL", "version": 2}}
    looks = [0]
    answer = odc.odc.routes.answer

    def meanwhile(verb: str, path: str, *rest: Any) -> Any:
        looks[0] += path.endswith("default-system-configurations")
        if looks[0] == 3 and verb == "GET":  # plan, the look under the lock, and the one right before the write
            odc.odc.edit(setting, "2526")
        return answer(verb, path, *rest)

    odc.odc.routes.answer = meanwhile  # type: ignore[method-assign]  # a hand in the portal
    odc.odc.forget_calls()
    outcome = odc.apply()[STAGE]
    assert outcome.status is OutcomeStatus.FAILED
    assert outcome.error.why == "it was changed after the plan was made; nothing was written"
    assert says in outcome.error.what
    assert odc.odc.writes == 0


def test_a_value_that_is_not_deployed_is_pending_and_never_done(odc: Odc) -> None:
    odc.odc.tenant.deploys_at_once = False
    assert odc.apply()[STAGE].status is OutcomeStatus.PENDING
    [finding] = odc.told("pending")
    assert (finding.address, finding.holds) == (STAGE, Holds.UNTIL_USED)
    assert finding.what == "host, password, sender.address, sender.name, username: set, but not deployed"


def test_an_override_below_the_stage_is_a_finding(odc: Odc) -> None:
    odc.apply()
    odc.odc.row("host")["deployedValueOrigin"] = "ApplicationLevelOverride"
    [finding] = odc.told("overridden")
    assert (finding.what, finding.holds) == ("host: overridden below the stage", Holds.UNTIL_USED)


def test_an_override_in_a_declared_app_is_a_finding_that_names_it(odc: Odc) -> None:
    odc.with_apps()
    odc.odc.override("host", "own.example.org")
    assert [finding.what for finding in odc.told("overridden")] == ["host: app Storefront has its own value"]


def test_a_changed_data_type_is_refused(odc: Odc) -> None:
    odc.connection["keys"]["port"]["type"] = "Text"
    odc.stage["port"] = 2525
    change = odc.change()
    assert change.action == "blocked"
    assert "is now of type Integer; it was Text when it was mapped" in odc.told("type-changed")[0].what
    odc.apply()
    assert odc.odc.writes == 0


def test_a_key_that_is_not_there_is_refused(odc: Odc) -> None:
    odc.connection["keys"]["host"] = "of-another-stage"
    assert odc.change().action == "blocked"
    assert odc.told("key-missing")[0].fix == "reconciler discover prod/odc, then correct connection.keys.host"


def test_a_password_is_never_written_to_a_key_that_is_no_secret(odc: Odc) -> None:
    odc.connection["keys"] |= {"password": odc.odc.tenant.keys["oauth2.scope"]}
    del odc.connection["keys"]["oauth2.scope"]
    assert odc.change().action == "blocked"
    assert "not a secret in ODC" in odc.told("not-a-secret")[0].what


def test_the_value_of_a_secret_is_never_kept_even_where_the_platform_shows_it(odc: Odc) -> None:
    odc.apply()
    odc.odc.tenant.masked = "*******"
    assert actions(odc.plan()) == {STAGE: "none"}


def test_the_default_domain_is_read_from_the_list_and_written_by_its_own_api(odc: Odc) -> None:
    odc.stage["default_domain"] = "Mail.production.outsystems.example"
    assert odc.apply()[STAGE].status is OutcomeStatus.UPDATED
    assert odc.odc.stage().domain == "mail.production.outsystems.example"
    assert ("PATCH", f"/api/environment-configurations/v1/environments/{odc.odc.stage().key}/default-domain") in (
        odc.odc.calls
    )
    assert actions(odc.plan()) == {STAGE: "none"}


def test_a_domain_that_fails_says_what_was_written_before(odc: Odc) -> None:
    odc.stage["default_domain"] = "mail.production.outsystems.example"
    odc.odc.deny("Manage domains")
    error = odc.apply()[STAGE].error
    assert 'lacks "Configuration management > Manage domains"' in error.what
    assert "host, port" not in error.what
    assert "host, password, sender.address, sender.name, username were already written" in error.what


def test_port_cleared_is_the_vendors_default(odc: Odc) -> None:
    odc.odc.edit("port", "2525")
    odc.stage = {"port": None, "host": None, "encryption": None, "auth": None}
    odc.connection["keys"]["auth"] = None
    odc.apply()
    assert (odc.odc.row("port")["value"], odc.odc.row("host")["value"]) == ("587", None)


def test_the_test_list_of_an_app_is_set_and_applied_to_its_revision(odc: Odc) -> None:
    odc.with_apps()
    assert odc.apply()[APP].status is OutcomeStatus.UPDATED
    app = odc.odc.app()
    assert odc.odc.row("test_list.active", app="Storefront")["deployedValue"] == "True"
    assert odc.odc.row("test_list.addresses", app="Storefront")["deployedValue"] == "qa@example.com,dev@example.com"
    patched, started = odc.odc.bodies[-2:]
    assert (patched["key"], patched["revisionBaseline"]) == (f"cfg-{app.key}", app.revision)
    assert (started["operation"], started["revision"]) == ("ApplyConfigs", app.revision)
    assert actions(odc.plan()) == {STAGE: "none", APP: "none"}


def test_an_operation_that_fails_is_told_with_its_messages(odc: Odc) -> None:
    odc.with_apps()
    odc.odc.routes.operation_fails = True
    error = odc.apply()[APP].error
    assert "ApplyConfigs of app Storefront ended with an error: the app did not start" in error.what


def test_an_operation_that_does_not_end_leaves_the_app_pending(odc: Odc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "PATIENCE", 0.05)
    odc.odc.routes.polls_until_finished = 10**6
    odc.with_apps()
    assert odc.apply()[APP].status is OutcomeStatus.PENDING
    assert odc.told("pending")[0].address == APP


def test_an_app_that_shows_no_test_list_is_not_exposed_and_the_portal_is_named(make: Callable[..., Odc]) -> None:
    odc = make(exposed=False)
    odc.with_apps()
    [finding] = odc.told("not-exposed")
    assert "ODC Portal, app Storefront" in str(finding.fix)
    found = {address: outcome.status for address, outcome in odc.apply().items()}
    assert found == {STAGE: OutcomeStatus.UPDATED, APP: OutcomeStatus.NOT_ATTEMPTED}


def test_an_app_that_is_not_deployed_is_never_created(odc: Odc) -> None:
    odc.with_apps({"Storfront": TEST_LIST["Storefront"]})
    change = odc.change("prod/odc:apps[Storfront]")
    assert change.action == "blocked"
    assert (change.findings[0].rule, change.findings[0].fix) == ("platform-missing", "did you mean Storefront?")


def test_apps_that_nobody_declares_are_not_read(odc: Odc) -> None:
    odc.with_apps({})
    odc.plan()
    assert not [path for _, path in odc.odc.calls if "applications" in path]


def test_each_stage_is_an_installation_of_its_own_and_shares_token_and_list(make: Callable[..., Odc]) -> None:
    odc = make(stages=("Development", "Production"))
    odc.write()
    other = {**odc.connection, "stage": "Development"}
    odc.site.stage("dev", order=5)
    odc.site.write("dev/odc.yaml", yaml.safe_dump({"platform": "outsystems-odc", "connection": other, "stage": WANTED}))
    assert {target.installation for target in odc.site.land().targets} == {
        f"odc:{odc.odc.url}/Development",
        f"odc:{odc.odc.url}/Production",
    }
    odc.apply()
    assert odc.odc.tokens.issued == 1
    assert len([path for _, path in odc.odc.calls if path.endswith("/portfolios/v2/environments")]) == 1


def test_of_two_portfolios_the_named_one_is_taken(make: Callable[..., Odc]) -> None:
    odc = make(portfolios=("Retail", "B2B"))
    odc.connection["portfolio"] = "B2B"
    odc.apply()
    [retail, b2b] = [one for one in odc.odc.tenant.stages.values() if one.name == "Production"]
    assert b2b.rows[odc.odc.tenant.keys["host"]]["value"] == "smtp.example.com"
    assert retail.rows[odc.odc.tenant.keys["host"]]["value"] is None


def test_a_stage_in_two_portfolios_is_never_guessed(make: Callable[..., Odc]) -> None:
    odc = make(portfolios=("Retail", "B2B"))
    assert "2 stages are named Production" in odc.change().findings[0].what


def test_many_portfolios_come_in_pages(make: Callable[..., Odc]) -> None:
    odc = make(stages=("Production",), portfolios=[f"p{number}" for number in range(stages.PAGE + 20)], apps=())
    odc.connection["portfolio"] = f"p{stages.PAGE + 19}"
    assert odc.change().action == "update"
