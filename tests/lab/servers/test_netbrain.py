"""The stand-in for NetBrain is no kinder than the page, and its REST API answers as published."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from lab.servers.console.variation import Variation
from lab.servers.netbrain import NetBrainStandIn
from lab.servers.netbrain.rest import LOGS, SESSION, TOKEN, VERSION
from lab.servers.netbrain.settings import OAUTH, Settings

GOOD = {"server": "192.0.2.25", "sender": "netbrain@example.com"}
BEGIN = "2026-11-20T00:00:00.000Z"


class Client:
    """What the page's application sends, without a browser."""

    def __init__(self, netbrain: NetBrainStandIn) -> None:
        self.netbrain, self.session = netbrain, requests.Session()
        self.session.trust_env = False

    def __call__(self, verb: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        return self.session.request(verb, self.netbrain.url + path, json=body, timeout=5, **more)

    def login(self, secret: str | None = None) -> requests.Response:
        body = {"username": self.netbrain.user, "password": secret or self.netbrain.secret}
        answer = self("POST", "/stand-in/login", body)
        self.session.headers["X-Token"] = answer.json().get("token", "")
        return answer

    def settings(self) -> Any:
        return self("GET", "/stand-in/settings").json()

    def save(self, **values: Any) -> Any:
        return self("PUT", "/stand-in/settings", self.settings() | values).json()

    def api_login(self) -> None:
        body = {"username": self.netbrain.user, "password": self.netbrain.secret}
        self.session.headers["token"] = self("POST", SESSION, body).json()["token"]

    def events(self, **asked: Any) -> Any:
        found = self("GET", LOGS, params={"From": BEGIN, "To": "2099-01-01T00:00:00.000Z", **asked}).json()
        return found.get("auditLogs", found["statusCode"])


@pytest.fixture
def client() -> Iterator[Client]:
    with NetBrainStandIn() as netbrain:
        made = Client(netbrain)
        with made.session:
            made.login()
            yield made


def test_nobody_gets_in_without_a_login(client: Client) -> None:
    assert client.login("wrong").status_code == 401
    assert client("GET", "/stand-in/settings").status_code == 401


def test_a_save_is_kept_and_said(client: Client) -> None:
    assert client.save(**GOOD)["message"] == "Saved successfully."
    assert client.netbrain.settings == Settings(**GOOD)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"server": ""}, "SMTP Server is required."),
        ({"port": "0"}, "SMTP Port must be between 1 and 65535."),
        ({"frequency": "often"}, "Send Email Frequency must be a number of minutes."),
        ({"sender": "nobody"}, "Sender Email Address is invalid."),
        ({"login": True}, "Username is required. Password is required."),
        ({"auth": OAUTH, "client_id": "c", "tenant_id": "t"}, "Client Secret is required."),
    ],
    ids=["server", "port", "frequency", "sender", "login", "oauth"],
)
def test_a_refused_save_answers_200_with_a_text_and_keeps_nothing(
    client: Client, values: dict[str, Any], said: str
) -> None:
    found = client.save(**{**GOOD, **values})
    assert (found["ok"], found["message"]) == (False, said)
    assert client.netbrain.settings == Settings()


def test_a_page_that_was_open_too_long_cannot_save(client: Client) -> None:
    open_page = client.settings()
    client.netbrain.edit(port="2525", **GOOD)
    answer = client("PUT", "/stand-in/settings", open_page | GOOD).json()
    assert answer["message"] == "The settings were changed by another user. Reload the page."
    assert client.netbrain.settings.port == "2525"


def test_a_secret_never_comes_back_and_an_empty_one_keeps_it(client: Client) -> None:
    client.save(**GOOD, login=True, username="mail", password="s3cr3t-canary")
    assert client.settings()["set"] == ["password"]
    assert "s3cr3t-canary" not in client("GET", "/stand-in/settings").text
    client.save(port="587", password="")
    assert client.netbrain.settings.password == "s3cr3t-canary"


def test_a_test_says_what_came_of_it_and_saves_nothing(client: Client) -> None:
    body = client.settings() | GOOD
    assert client("POST", "/stand-in/test", body).json()["message"] == "Test succeeded."
    client.netbrain.page.test_passes = False
    assert client("POST", "/stand-in/test", body).json() == {"ok": False, "message": "Test failed."}
    assert (client.netbrain.settings, client.netbrain.page.tests) == (Settings(), 2)


def test_a_look_is_no_write_and_a_save_is_one(client: Client) -> None:
    client.settings()
    assert client.netbrain.writes == 0
    client.save(**GOOD)
    assert client.netbrain.writes == 1


@pytest.mark.parametrize(
    ("variation", "sign"),
    [
        (Variation.RENAMED_LABEL, '"Mail Host"'),
        (Variation.CUT_VALUE, '"cut": true'),
        (Variation.DUPLICATE_LABEL, '"twice": true'),
        (Variation.FIELD_CHANGES_ANOTHER, '"changesAnother": true'),
    ],
)
def test_a_variation_changes_the_page_while_it_is_on(client: Client, variation: Variation, sign: str) -> None:
    with client.netbrain.hostile(variation):
        assert sign in client("GET", "/app.js").text
    assert sign not in client("GET", "/app.js").text


@pytest.mark.parametrize(
    ("variation", "kept"),
    [
        (Variation.SAVE_DOES_NOTHING, {}),
        (Variation.ERROR_WITH_200, {}),
        (Variation.SESSION_ENDS, {}),
        (Variation.SAVE_CHANGES_ANOTHER, {**GOOD, "signature": "Changed by the page"}),
    ],
)
def test_a_hostile_save_keeps_something_else(client: Client, variation: Variation, kept: dict[str, str]) -> None:
    with client.netbrain.hostile(variation):
        client.save(**GOOD)
    assert client.netbrain.settings == Settings(**kept)


def test_a_second_login_page_gives_no_token(client: Client) -> None:
    with client.netbrain.hostile(Variation.SECOND_LOGIN):
        assert client.login().json() == {"step": "code"}
    assert client("GET", "/stand-in/settings").status_code == 401


def test_the_page_sends_in_the_background_when_told_to(client: Client) -> None:
    with client.netbrain.hostile(Variation.SENDS_IN_BACKGROUND, ways=["beacon"]):
        assert "navigator.sendBeacon" in client("GET", "/admin.html").text
    assert "navigator" not in client("GET", "/admin.html").text


def test_labels_of_7_1_are_its_own() -> None:
    with NetBrainStandIn(release="7.1") as netbrain:
        made = Client(netbrain)
        with made.session:
            assert "Duplicate Alert Frequency" in made("GET", "/app.js").text


def test_the_api_knows_password_and_oauth_logins(client: Client) -> None:
    assert client("POST", SESSION, {"username": "x", "password": "y"}).json()["statusCode"] == 795000
    assert client("GET", VERSION, headers={"token": "x"}).json()["statusCode"] == 795005
    client.api_login()
    assert client("GET", VERSION).json()["productVersion"] == "12.3"
    rest = client.netbrain.rest
    form = {"grant_type": "client_credentials", "client_id": rest.client_id, "client_secret": rest.client_secret}
    assert client("POST", TOKEN, form).json() == {"error": "invalid grant type"}
    granted = client.session.post(client.netbrain.url + TOKEN, data=form, timeout=5).json()
    assert client("GET", VERSION, headers={"token": granted["access_token"]}).json()["statusCode"] == 790200


def test_a_session_of_the_api_ends_with_its_logout(client: Client) -> None:
    client.api_login()
    client("DELETE", SESSION)
    assert client("GET", VERSION).json()["statusCode"] == 795005


def test_a_save_and_an_edit_by_hand_are_events_of_the_module_newest_first(client: Client) -> None:
    client.save(**GOOD)
    client.netbrain.edit(by="alice", port="2525", at=datetime.now(UTC) + timedelta(minutes=1))
    client.api_login()
    found = client.events(modules="Email Server Settings")
    assert [(one["userName"], one["module"]) for one in found] == [
        ("alice", "Email Server Settings"),
        (client.netbrain.user, "Email Server Settings"),
    ]
    assert found[0].keys() == {
        "time", "userName", "tenantName", "domainName", "machineName", "ipAddress", "userAgent", "module", "message",
        "status",
    }  # fmt: skip


def test_a_call_of_the_api_is_an_event_of_its_own(client: Client) -> None:
    client.api_login()
    assert [one["module"] for one in client.events()] == ["Open API"]


def test_an_audit_log_that_is_off_tells_nothing(client: Client) -> None:
    client.netbrain.log.on = False
    client.netbrain.edit(port="2525")
    client.api_login()
    assert client.events() == []


@pytest.mark.parametrize(
    "asked",
    [{"From": None}, {"To": "2026-01-01T00:00:00Z"}, {"limit": 5}, {"limit": 101}, {"skip": -1}],
    ids=["no begin", "end before begin", "limit too small", "limit too big", "negative"],
)
def test_an_invalid_question_is_refused(client: Client, asked: dict[str, Any]) -> None:
    client.api_login()
    assert client.events(**asked) == 791001


def test_events_come_in_pages_of_50_unless_asked(client: Client) -> None:
    client.api_login()
    for _ in range(60):
        client.netbrain.edit(port="2525")
    assert len(client.events(skip=0)) == 50
    assert len(client.events(skip=50, modules="Email Server Settings")) == 10
    assert len(client.events(limit=100, modules="Email Server Settings")) == 60


def test_too_many_calls_are_refused(client: Client) -> None:
    client.api_login()
    client.netbrain.rest.limited = 1
    assert client("GET", VERSION).json()["statusCode"] == 795011
    assert client("GET", VERSION).json()["statusCode"] == 790200
