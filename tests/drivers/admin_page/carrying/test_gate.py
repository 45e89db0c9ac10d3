from __future__ import annotations

import pytest
from support.admin_page import mapped

from reconciler.drivers.admin_page.carrying.gate import Gate
from reconciler.drivers.admin_page.console import Console
from reconciler.model.secret import SecretValue

URL = "https://console.example.com/app"
CONTROLS = {"host": {"label": "Host", "type": "text"}}


class Nobody:
    def exchange(self, *_: object) -> tuple[int, dict[str, str], bytes]:
        raise AssertionError("a gate sends nothing")

    def close(self) -> None: ...


def gate(**more: object) -> Gate:
    login = {"username": "admin", "password": SecretValue("pass word/1")}
    return Gate(mapped(CONTROLS, **more), Console(unit="prod/x", url=URL, login=login, carry=Nobody()))  # type: ignore[arg-type]


def why(found: Gate, method: str, address: str) -> str | None:
    refusal = found.refusal(method, address if "://" in address else URL + address)
    return refusal and refusal.why


@pytest.mark.parametrize("address", ["/settings", "/login", "/logout", "/static/app.js", "/a.css?v=3", "/font.woff2"])
def test_pages_and_their_static_files_are_read(address: str) -> None:
    assert why(gate(), "GET", address) is None


@pytest.mark.parametrize(
    "address",
    [
        "/api/mail",
        "/settings?delete=1",
        "/settings/more",
        "/",
        "/x.js/delete",
        "/%2e%2e/settings",
        "/..%2fapp/settings",
    ],
)
def test_nothing_else_is_read(address: str) -> None:
    assert why(gate(), "GET", address) is not None


def test_declared_data_is_read_one_segment_for_a_star() -> None:
    found = gate(reads=["/api/*/mail"])

    assert why(found, "GET", "/api/v1/mail?all=1") is None
    assert why(found, "GET", "/api/v1/x/mail") is not None
    assert why(found, "POST", "/api/v1/mail") == "a page that is only read sends nothing"


@pytest.mark.parametrize(
    "url",
    [
        "http://console.example.com/app/settings",
        "https://console.example.com:8443/app/settings",
        "https://sso.example.com/",
    ],
)
def test_another_origin_is_refused_and_named_without_its_path(url: str) -> None:
    refusal = gate().refusal("GET", url)

    assert refusal
    assert refusal.why == "a server other than the console"
    assert refusal.what == "GET " + "/".join(url.split("/")[:3])


def test_the_login_is_posted_once_for_each_grant() -> None:
    found = gate()

    assert why(found, "POST", "/login") is not None
    found.grant()
    assert why(found, "POST", "/settings") is not None
    assert why(found, "POST", "/login") is None
    assert why(found, "POST", "/login") is not None


def test_a_grant_ends_with_the_step() -> None:
    found = gate()
    found.grant()
    found.withdraw()

    assert why(found, "POST", "/login") is not None


def test_a_redirect_of_the_console_may_be_followed_once() -> None:
    found = gate()
    found.expect(URL + "/home?from=login")

    assert why(found, "GET", "/home?from=login") is None
    assert why(found, "GET", "/home?from=login") is not None


def test_an_open_gate_lets_a_page_send_below_its_url() -> None:
    found = gate()
    found.open(())

    assert why(found, "PUT", "/api/mail") is None
    assert why(found, "PUT", "https://console.example.com/other") is not None
    found.close()
    assert why(found, "PUT", "/api/mail") is not None


def test_an_open_gate_keeps_to_the_addresses_that_the_map_names() -> None:
    found = gate(writes=["/api/mail"])
    found.open(())

    assert why(found, "PUT", "/api/mail") is None
    assert why(found, "POST", "/settings") is None
    assert why(found, "POST", "/api/users") is not None


@pytest.mark.parametrize("form", ["pass word/1", "pass%20word/1", "pass%20word%2F1", "pass+word%2F1"])
def test_a_password_is_in_no_address_and_in_no_message(form: str) -> None:
    found = gate(reads=["/api/*"])
    found.open([SecretValue("other")])

    refusal = found.refusal("GET", f"{URL}/api/x?p={form}")
    in_path = found.refusal("GET", f"{URL}/api/{form}")

    assert refusal
    assert refusal.why == "a password in a URL"
    assert in_path
    assert form not in in_path.what
