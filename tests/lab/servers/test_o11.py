"""The stand-in for Service Center is no kinder than the page: state, Ajax, validation, write-only secrets."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import trustme
from lab.servers.console import sending
from lab.servers.console.variation import Variation
from lab.servers.o11 import LifeTimeStandIn, O11StandIn
from lab.servers.o11.settings import Settings

EMAIL, ENVIRONMENT = "Email_Configuration.aspx", "Environment_Configuration.aspx"
GOOD = {"server": "smtp.example.com", "port": "587", "sender": "no-reply@example.com", "sender_name": "Example"}


class Client:
    """What a browser sends, without one."""

    def __init__(self, o11: O11StandIn, verify: str | bool = True) -> None:
        self.o11, self.session, self.page = o11, requests.Session(), ""
        self.session.trust_env, self.session.verify = False, verify

    def get(self, page: str) -> str:
        self.page = self.session.get(f"{self.o11.url}/ServiceCenter/{page}", timeout=5).text
        return self.page

    def post(self, page: str, form: dict[str, str], *, state: str | None = None) -> requests.Response:
        body = {"__OSVSTATE": self.state if state is None else state, **form}
        answer = self.session.post(f"{self.o11.url}/ServiceCenter/{page}", data=body, timeout=5)
        self.page = answer.text
        return answer

    @property
    def state(self) -> str:
        found = re.search(r'name="__OSVSTATE" id="__OSVSTATE" value="([^"]*)"', self.page)
        return found[1] if found else ""

    def login(self, secret: str | None = None) -> requests.Response:
        self.get("Login.aspx")
        form = {"user": self.o11.user, "secret": secret or self.o11.secret, "login": "Login"}
        return self.post("Login.aspx", form)

    def save(self, form: dict[str, str], page: str = EMAIL, button: str = "save") -> str:
        self.get(page)
        return self.post(page, {**form, button: "Save"}).text

    def step(self, form: dict[str, str]) -> dict[str, str]:
        """An Ajax step: the new inside of the form, and the new state."""
        text = self.post(EMAIL, {**form, "__AJAXEVENT": "auth", "__AJAX": "1"}).text
        found = json.loads(text.removeprefix("OsJSONUpdate(").removesuffix(")"))
        return {"inner": found["outers"]["wt9_box"]["inner"], "state": found["hidden"]["__OSVSTATE"]}


def client_of(o11: O11StandIn) -> Client:
    made = Client(o11)
    made.login()
    return made


@pytest.fixture
def client() -> Iterator[Client]:
    with O11StandIn() as o11:
        made = client_of(o11)
        with made.session:
            yield made


def labels(page: str) -> list[str]:
    seen = re.sub(r'<div class="Popup".*?</div>', "", page)
    return [re.sub(r"<.*?>|\*", "", one) for one in re.findall(r"<label>(.*?)</label>", seen)]


def message(page: str) -> str:
    found = re.search(r'OsFeedback\("(?:Error|Success)",(".*?")\)</script>', page)
    return str(json.loads(found[1])) if found else ""


def test_nobody_gets_in_without_a_login() -> None:
    with O11StandIn() as o11:
        made = Client(o11)
        with made.session:
            assert labels(made.get(EMAIL)) == ["Username", "Password"]
            assert message(made.login("wrong").text) == "Invalid username or password."


def test_an_account_is_locked_after_three_wrong_passwords() -> None:
    with O11StandIn() as o11:
        made = Client(o11)
        with made.session:
            for _ in range(3):
                made.login("wrong")
            assert message(made.login().text) == "This account is locked."


def test_the_login_goes_on_by_script(client: Client) -> None:
    assert client.login().text == '<script>location.replace("/ServiceCenter/Applications.aspx")</script>'


def test_a_headless_user_agent_gets_404(client: Client) -> None:
    client.session.headers["User-Agent"] = "Mozilla/5.0 HeadlessChrome/156"
    assert client.post(EMAIL, {}).status_code == 404


def test_labels_are_as_the_vendor_has_them(client: Client) -> None:
    assert labels(client.get(EMAIL)) == [
        "SMTP Server", "SMTP Port", "Authentication", "Use SSL On Connect", "Username", "Password",
        "Default Sender Email",
        "Default Sender Name", "Redirect Emails to Test List", "Test List Addresses",
    ]  # fmt: skip
    assert "Hostname" in labels(client.get(ENVIRONMENT))


def test_two_labels_of_one_name_are_in_the_page_and_one_is_hidden(client: Client) -> None:
    assert client.get(EMAIL).count("<label>Username</label>") == 2


@pytest.mark.parametrize(
    ("release", "missing"),
    [
        ("11.33.0", {"Authentication"}),
        ("11.36.0", {"Use SSL On Connect", "Username", "Password"}),
        ("11.37.0", {"Use SSL On Connect"}),
        ("11.38.0", set()),
    ],
)
def test_a_release_shows_the_fields_it_had(release: str, missing: set[str]) -> None:
    expected = {"Authentication", "Use SSL On Connect", "Username", "Password"}
    with O11StandIn(release=release) as o11:
        made = client_of(o11)
        with made.session:
            assert expected - set(labels(made.get(EMAIL))) == missing


def test_the_login_of_11_36_is_shown_once_there_is_a_configuration() -> None:
    with O11StandIn(release="11.36.0", settings=Settings(**GOOD)) as o11:
        made = client_of(o11)
        with made.session:
            assert "Username" in labels(made.get(EMAIL))


def test_a_save_is_kept_and_said(client: Client) -> None:
    assert message(client.save(GOOD)) == "The settings were saved."
    assert client.o11.settings == Settings(**GOOD)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"server": ""}, "SMTP Server: required field!"),
        ({"port": "x25"}, "SMTP Port: integer expected!"),
        ({"sender": "nobody"}, "Default Sender Email: email expected!"),
        ({"redirect_shown": "1", "redirect": "on"}, "Test List Addresses: required field!"),
        ({"test_list": "a@b.c; d"}, "Test List Addresses: a comma-separated list of emails expected!"),
    ],
    ids=["server", "port", "sender", "test list", "addresses"],
)
def test_the_server_refuses_what_is_wrong_and_keeps_nothing(client: Client, form: dict[str, str], said: str) -> None:
    assert message(client.save({**GOOD, **form})) == said
    assert client.o11.settings == Settings()


def test_oauth_fields_appear_by_an_ajax_step_and_only_its_new_state_is_good(client: Client) -> None:
    client.get(EMAIL)
    old = client.state
    part = client.step({**GOOD, "auth": "Exchange Online (OAuth 2.0)"})
    assert {"Tenant", "Client ID", "Client Secret"} <= set(labels(part["inner"]))
    form = {**GOOD, "tenant": "t", "client_id": "c", "client_secret": "s3cr3t-canary", "save": "Save"}
    assert client.post(EMAIL, form, state=old).status_code == 500
    assert client.o11.settings == Settings()
    assert client.post(EMAIL, form, state=part["state"]).status_code == 200
    assert (client.o11.settings.tenant, client.o11.settings.client_secret) == ("t", "s3cr3t-canary")


def test_an_ajax_step_without_its_mark_answers_the_unchanged_page(client: Client) -> None:
    client.get(EMAIL)
    answer = client.post(EMAIL, {"auth": "Exchange Online (OAuth 2.0)", "__AJAXEVENT": "auth"})
    assert "Tenant" not in labels(answer.text)
    assert "Use SSL On Connect" in labels(answer.text)


def test_a_secret_never_comes_back_and_its_dots_keep_it(client: Client) -> None:
    client.save({**GOOD, "username": "mail", "password": "s3cr3t-canary"})
    assert "s3cr3t-canary" not in client.get(EMAIL)
    client.save({**GOOD, "username": "mail", "password": "••••••••"})
    assert client.o11.settings.password == "s3cr3t-canary"
    client.save({**GOOD, "password": ""})
    assert client.o11.settings.password == ""


def test_what_the_factory_goes_by_waits_for_its_button(client: Client) -> None:
    client.save({"hostname": "mail.example.com"}, ENVIRONMENT)
    client.save(GOOD)
    assert client.o11.environment.pending == {"hostname", "sender", "sender_name"}
    assert client.o11.environment.factory.server == "smtp.example.com"
    client.save(GOOD, button="factory")
    assert (client.o11.environment.pending, client.o11.environment.applied) == (frozenset(), 1)


def test_a_save_is_a_write_and_a_look_is_none(client: Client) -> None:
    client.get(EMAIL)
    assert client.o11.writes == 0
    client.save(GOOD)
    assert client.o11.writes == 1


def test_an_edit_by_hand_is_no_request_and_shows_in_the_page(client: Client) -> None:
    client.o11.edit(port="2525")
    assert 'name="port" id="wt9_port" value="2525"' in client.get(EMAIL)
    assert client.o11.writes == 0


@pytest.mark.parametrize(
    ("variation", "sign"),
    [
        (Variation.RENAMED_LABEL, "<label>Mail Host"),
        (Variation.CUT_VALUE, 'maxlength="8"'),
        (Variation.FIELD_CHANGES_ANOTHER, "postmaster@"),
        (Variation.SENDS_IN_BACKGROUND, "navigator.sendBeacon"),
    ],
)
def test_a_variation_changes_the_page_while_it_is_on(client: Client, variation: Variation, sign: str) -> None:
    with client.o11.hostile(variation):
        assert sign in client.get(EMAIL)
    assert sign not in client.get(EMAIL)


def test_a_duplicate_label_has_a_control_of_its_own(client: Client) -> None:
    with client.o11.hostile(Variation.DUPLICATE_LABEL):
        assert labels(client.get(EMAIL)).count("SMTP Port") == 2


@pytest.mark.parametrize(
    ("variation", "kept"),
    [
        (Variation.SAVE_DOES_NOTHING, {}),
        (Variation.ERROR_WITH_200, {}),
        (Variation.SESSION_ENDS, {}),
        (Variation.SAVE_CHANGES_ANOTHER, {**GOOD, "sender_name": "Changed by the page"}),
    ],
)
def test_a_hostile_save_keeps_something_else(client: Client, variation: Variation, kept: dict[str, str]) -> None:
    with client.o11.hostile(variation):
        client.save(GOOD)
    assert client.o11.settings == Settings(**kept)


def test_a_second_login_page_asks_for_a_code(client: Client) -> None:
    client.o11.sessions.end_all()
    with client.o11.hostile(Variation.SECOND_LOGIN):
        assert "Login_Code.aspx" in client.login().text
        assert labels(client.get("Login_Code.aspx")) == ["Code"]
        assert labels(client.get(EMAIL)) == ["Username", "Password"]


def test_a_slow_page_takes_its_time(client: Client) -> None:
    with client.o11.hostile(Variation.SLOW_PAGE, slow=0.05):
        assert client.session.get(client.o11.url, timeout=5).elapsed.total_seconds() >= 0.05


def test_there_are_21_ways_to_send_and_one_changing_get(client: Client) -> None:
    assert (len(sending.WAYS), len(sending.READING)) == (21, 1)
    client.session.post(f"{client.o11.url}/sent/fetch", timeout=5)
    assert client.o11.seen[-1].path == "/sent/fetch"


def test_lifetime_tells_release_and_host_name_to_its_token() -> None:
    with (
        O11StandIn("Dev", release="11.34.0") as dev,
        O11StandIn("Prod") as prod,
        LifeTimeStandIn([dev, prod]) as lifetime,
    ):
        url = f"{lifetime.url}/lifetimeapi/rest/v2/environments/"
        bearer = {"Authorization": f"Bearer {lifetime.token}"}
        assert requests.get(url, timeout=5).status_code == 401
        listed = requests.get(url, headers=bearer, timeout=5).json()
        assert [(one["Name"], one["OSVersion"]) for one in listed] == [
            ("Dev", "11.34.0.1234"),
            ("Prod", "11.43.0.1234"),
        ]
        assert requests.get(url + prod.key, headers=bearer, timeout=5).json()["Name"] == "Prod"
        assert requests.post(url, headers=bearer, timeout=5).status_code == 404


def test_it_speaks_https_with_the_labs_authority(tmp_path: Path) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with O11StandIn(tls=context) as o11:
        made = Client(o11, str(tmp_path / "ca.pem"))
        with made.session:
            made.login()
            assert "SMTP Server" in labels(made.get(EMAIL))
