"""What goes wrong on a farm, in whichever language its servers speak: the same error of ours, with what to do."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from lab.servers.windows.farm import CENTRAL
from lab.servers.windows.languages import LANGUAGES, text
from support.sharepoint_site import KEY, LOGIN, ROUTE, Made, rules
from support.site import Site as Landscape

from reconciler.drivers.powershell.faults import Fault
from reconciler.drivers.powershell.server import Server
from reconciler.errors import (
    PlatformAnswer,
    PlatformBusy,
    PlatformDenied,
    PlatformError,
    PlatformMissing,
    PlatformRefused,
    ReconcilerError,
)
from reconciler.model.finding import Severity
from reconciler.platforms.sharepoint import faults
from reconciler.platforms.sharepoint.reader import ours

TLS = {**ROUTE, "encryption": "starttls", "port": 587}


def failed(made: Made, state: dict[str, Any], declared: dict[str, Any]) -> ReconcilerError:
    """Of an apply on a farm that gets into trouble after the plan."""
    site = made()
    todo = site.plan(farm=declared)
    site.farm.state.update(state)
    (outcome,) = site.trial.apply(todo)
    assert outcome.error is not None
    return outcome.error


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("trouble", "kind", "fix"),
    [
        ("no second hop", PlatformDenied, "Add-SPShellAdmin"),  # credentials are delegated: the account has no rights
        ("out of memory", PlatformBusy, "MaxMemoryPerShellMB"),
        ("access denied", PlatformDenied, "rights"),
    ],
)
def test_trouble_is_told_alike_in_every_language(
    made: Made, trouble: str, kind: type[PlatformError], fix: str, language: str
) -> None:
    error = failed(made, {"trouble": [trouble], "language": language}, {**ROUTE})
    assert (error.rule, fix in str(error.fix)) == (kind.rule, True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_conflict_that_does_not_end_is_told_alike_in_every_language(made: Made, language: str) -> None:
    error = failed(made, {"conflicts": 99, "language": language}, {**ROUTE})
    assert (error.rule, "plan again" in str(error.fix)) == (PlatformBusy.rule, True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_missing_key_is_told_with_the_servers_own_words_and_what_is_not_verified(made: Made, language: str) -> None:
    error = failed(made, {"language": language}, {**TLS, **LOGIN})
    assert (error.rule, "credential_key" in str(error.fix)) == (PlatformRefused.rule, True)
    assert text("no key", language) in str(error.why)
    assert "not verified" in str(error.why)


def test_a_server_that_refuses_the_key_ends_it_before_a_password(made: Made) -> None:
    site = made(servers=("127.0.0.1", "127.0.0.2"))
    site.site.servers[1].endpoint.configurations = set()
    site.apply(farm={**TLS, **LOGIN, **KEY})
    assert "127.0.0.2" in site.errors[0].what
    assert [one["key"] is None for one in site.farm.state["servers"]] == [False, True]
    assert (site.farm.application(CENTRAL)["user"], site.farm.application(CENTRAL)["host"]) == (None, None)


@pytest.mark.parametrize(
    ("changed", "fix"),
    [
        ({"auth": "negotiate"}, "auth: credssp"),
        ({"auth": "credssp", "username": "CONTOSO\\m"}, "Add-SPShellAdmin for CONTOSO\\m"),
        ({"auth": "kerberos", "configuration": "Mail"}, "Add-SPShellAdmin for the account that Mail runs as"),
    ],
    ids=["no credentials there", "delegated", "an endpoint with an account"],
)
def test_a_farm_that_is_out_of_reach_is_told_with_what_this_way_of_logging_in_lacks(
    changed: dict[str, Any], fix: str
) -> None:
    found = faults.explain(Fault(id="X", step="farm"), Server(host="sp01", port=5986, **changed))
    assert (type(found), fix in str(found and found.fix)) == (PlatformDenied, True)


@pytest.mark.parametrize(
    ("id_", "kind"),
    [
        ("RECONCILER_NO_SHELL", PlatformMissing),
        ("RECONCILER_NOT_FOUND", PlatformMissing),
        ("RECONCILER_WRONG_SCOPE", PlatformRefused),
        ("RECONCILER_UNSUPPORTED", PlatformRefused),
        ("RECONCILER_NO_CREDENTIAL", PlatformRefused),
        ("RECONCILER_NO_CERTIFICATE", PlatformRefused),
    ],
)
def test_each_word_of_our_scripts_has_an_error_with_a_way_out(id_: str, kind: type[PlatformError]) -> None:
    server = Server(host="sp01", port=5986)
    found = faults.explain(Fault(id=id_, step="compose"), server)
    assert (type(found), bool(found and found.fix)) == (kind, True)


@pytest.mark.parametrize(
    "changed",
    [{"servers": None}, {"web_applications": [{"url": "x"}]}, {"web_applications": "System.Collections.ArrayList"}],
    ids=["null", "a row without an id", "too deep"],
)
def test_an_answer_of_another_shape_is_no_answer(made: Made, changed: dict[str, Any]) -> None:
    site = made()
    known = site.site.servers[0].known
    reads = known[ours("read").digest]

    def other(call: Any) -> dict[str, Any]:
        found = reads(call)
        return {**found, "result": {**found["result"], **changed}}

    site.site.servers[0].known = {**known, ours("read").digest: other}
    todo = site.plan(farm={**ROUTE})
    assert "platform-answer" in rules(todo)


def test_what_nobody_foresaw_names_script_line_and_id(made: Made) -> None:
    site = made()
    odd = {"id": "Odd,A.B", "step": "compose", "types": ["A.OddException"], "line": 47, "message": "weird"}
    site.site.servers[0].known[ours("write").digest] = lambda call: {"reconciler": 1, "ok": False, "error": odd}
    site.apply(farm={**ROUTE})
    (error,) = site.errors
    assert (error.rule, error.why) == (PlatformAnswer.rule, "weird")
    assert "write.ps1 failed in line 47: Odd" in error.what


@pytest.mark.parametrize(
    ("changed", "rule", "severity"),
    [
        ({"auth": "ntlm"}, "ntlm", Severity.WARNING),
        (
            {
                "auth": "certificate",
                "encryption": "message",
                "client_certificate": {"certificate": "a.pem", "key": "a.key"},
            },
            "connection-auth",
            Severity.ERROR,
        ),
    ],
    ids=["ntlm", "certificate over http"],
)
@pytest.mark.parametrize("platform", ["sharepoint", "windows-smtp"])
def test_a_way_to_log_in_that_is_not_good_is_said(
    fake_site: Landscape, platform: str, changed: dict[str, Any], rule: str, severity: Severity
) -> None:
    """Once, however many resources are reached in this way."""
    login = {} if "client_certificate" in changed else {"username": "u", "password": {"env": "PW"}}
    fake_site.stage("dev")
    connection = {"host": "win01", **login, **changed}
    content = {"platform": platform, "connection": connection, **TWO[platform]}
    fake_site.write("dev/it.yaml", yaml.safe_dump(content, sort_keys=False))
    told = [(one.severity, one.address, str(one.where)) for one in fake_site.judged().findings if one.rule == rule]
    assert told == [(severity, "dev/it", "environments/dev/it.yaml:2:1")]


TWO: dict[str, Any] = {
    "sharepoint": {"farm": {"reply_to": "a@b.cd"}, "web_applications": {"https://a.example.com": {"reply_to": None}}},
    "windows-smtp": {"service": {"running": True}, "virtual_servers": {"SmtpSvc/1": {"anonymous": True}}},
}
