from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from lab.servers.admin_page.console import LOGIN, FormConsole
from support.admin_page import form, mapped, reached, reading

from reconciler.drivers.admin_page import session
from reconciler.errors import PlatformAnswer, PlatformDenied, PlatformError, PlatformMissing
from reconciler.model.settings import Value

Served = Callable[..., FormConsole]
HOST = {"host": {"label": "Host", "type": "text"}}
HOST_FIELD = "<label for=h>Host</label><input id=h name=host value=smtp.example.com>"
SHOWN: dict[str, tuple[str, dict[str, Any], Value]] = {
    "text": ("<input aria-label=X value=' a b '>", {"type": "text"}, "a b"),
    "empty text": ("<input aria-label=X value=''>", {"type": "text"}, None),
    "several lines": ("<textarea aria-label=X>a\nb</textarea>", {"type": "text"}, "a\nb"),
    "number": ("<input aria-label=X type=number value=587>", {"type": "number"}, 587),
    "select": ("<select aria-label=X><option>a<option selected>b</select>", {"type": "select"}, "b"),
    "select with choices": (
        "<select aria-label=X><option>None<option selected>Basic</select>",
        {"type": "select", "choices": {"None": "none", "Basic": "basic"}},
        "basic",
    ),
    "combobox": (
        "<div role=combobox aria-label=X tabindex=0>TLS</div>",
        {"type": "combobox", "choices": {"TLS": "starttls"}},
        "starttls",
    ),
    "menu": ("<button type=button aria-label=X>5 minutes</button>", {"type": "menu"}, "5 minutes"),
    "checkbox": ("<input type=checkbox aria-label=X checked>", {"type": "checkbox"}, True),
    "switch": (
        "<div role=switch aria-label=X aria-checked=false style='width:9px;height:9px'></div>",
        {"type": "checkbox"},
        False,
    ),
    "checkbox with choices": (
        "<input type=checkbox aria-label=X>",
        {"type": "checkbox", "choices": {"checked": "tls", "unchecked": "none"}},
        "none",
    ),
    "radio": (
        "<fieldset><legend>X</legend><label><input type=radio name=r>Off</label>"
        "<label><input type=radio name=r checked>Live</label></fieldset>",
        {"type": "radio", "choices": {"Off": "off", "Live": "live"}},
        "live",
    ),
    "list": (
        "<input aria-label=X value='a@example.com; b@example.com;'>",
        {"type": "list", "separator": ";"},
        ("a@example.com", "b@example.com"),
    ),
    "truth in words": (
        "<select aria-label=X><option selected>Yes<option>No</select>",
        {"type": "select", "choices": {"Yes": True, "No": False}},
        True,
    ),
}


@pytest.mark.parametrize(("body", "control", "value"), SHOWN.values(), ids=SHOWN)
def test_each_type_is_read(served: Served, body: str, control: dict[str, Any], value: Value) -> None:
    reader = reading(served(form(body)), {"x": {"label": "X", **control}})

    assert reader.read().values == {"x": value}
    reader.close()


def test_a_password_is_write_only_and_not_read(served: Served) -> None:
    reader = reading(
        served(form("<input aria-label=P type=password value=dots>")), {"password": {"label": "P", "type": "password"}}
    )

    seen = reader.read()

    assert (seen.values, seen.write_only) == ({}, {"password"})
    reader.close()


def test_a_password_that_is_visibly_not_set_is_none(served: Served) -> None:
    control = {"label": "P", "type": "password", "filled_when_set": True}
    reader = reading(served(form("<input aria-label=P type=password>")), {"password": control})

    seen = reader.read()

    assert (seen.values, seen.write_only) == ({"password": None}, frozenset())
    reader.close()


def test_controls_of_another_value_are_hidden_and_no_finding(served: Served) -> None:
    controls = {
        "auth": {"label": "Auth", "type": "select", "choices": {"None": "none", "Basic": "basic"}},
        "username": {"label": "User", "type": "text", "when": {"auth": "basic"}},
        "mechanism": {"label": "Mechanism", "type": "text", "when": {"username": ["a"]}},
    }
    reader = reading(served(form("<select aria-label=Auth><option>None<option>Basic</select>")), controls)

    seen = reader.read()

    assert (seen.values, seen.hidden, seen.findings) == ({"auth": "none"}, {"username", "mechanism"}, ())
    reader.close()


def test_a_choice_that_the_map_does_not_name_is_told(served: Served) -> None:
    control = {"label": "Auth", "type": "select", "choices": {"None": "none"}}
    reader = reading(served(form("<select aria-label=Auth><option>Kerberos</select>")), {"auth": control})

    seen = reader.read()

    assert seen.values == {"auth": "Kerberos"}
    assert [(one.rule, one.field) for one in seen.findings] == [("page-choice-unknown", "auth")]
    reader.close()


def test_a_control_that_a_script_draws_later_is_waited_for(served: Served) -> None:
    late = "<div id=x></div><script>setTimeout(() => x.innerHTML = '<input aria-label=Host value=late>', 600)</script>"
    reader = reading(served(form(late)), HOST)

    assert reader.read().values == {"host": "late"}
    reader.close()


def test_the_version_is_read_and_another_one_than_the_maps_is_told(served: Served) -> None:
    more = {"versions": ["4.2"], "version": {"page": "mail", "css": "#v", "pattern": "([0-9.]+)"}}
    reader = reading(served(form(HOST_FIELD + "<p id=v>Version 4.3</p>")), HOST, **more)

    seen = reader.read()

    assert (seen.version, [one.rule for one in seen.findings]) == ("4.3", ["page-map-version"])
    reader.close()


def test_a_page_with_another_heading_is_not_the_mapped_one(served: Served) -> None:
    reader = reading(served(form(HOST_FIELD)), HOST, page={"heading": "Email"})

    with pytest.raises(PlatformAnswer, match="/settings is not the page 'mail' of the page map"):
        reader.read()
    reader.close()


def test_a_page_that_is_not_there_is_said(served: Served) -> None:
    reader = reading(served(form(HOST_FIELD)), HOST, page={"address": "/mail"})

    with pytest.raises(PlatformMissing, match="/mail answered 404"):
        reader.read()
    reader.close()


def test_a_page_behind_a_menu_is_opened_by_its_texts(served: Served) -> None:
    def menu(console: FormConsole, path: str) -> str | None:
        return "<a href=#x>Administration</a> <a href=/settings>Email</a>" if path == "/start" else None

    console = served(form(HOST_FIELD), on_get=menu)
    page = {"address": "/start", "open": ["Administration", "Email"], "heading": "Settings"}
    reader = reading(console, HOST, page=page, reads=["/settings"])

    assert reader.read().values == {"host": "smtp.example.com"}
    reader.close()


def test_a_refused_login_is_posted_once_whoever_asks(served: Served) -> None:
    console = served(form(HOST_FIELD))
    reader = session.reading(mapped(HOST), reached(console, password="another"))

    for _ in range(2):
        with pytest.raises(PlatformDenied, match=r"the login was refused: Unknown user or wrong password\."):
            reader.read()

    assert console.logins == 1
    reader.close()


def test_a_login_that_a_script_sends_a_moment_later_is_sent(served: Served) -> None:
    late = "<button type=button onclick='setTimeout(() => document.forms[0].submit(), 500)'>"
    console = served(form(HOST_FIELD), login=LOGIN.replace("<button>", late))
    reader = reading(console, HOST)

    assert reader.read().values == {"host": "smtp.example.com"}
    assert console.logins == 1
    reader.close()


def test_a_session_logs_in_once_and_out_at_its_end(served: Served) -> None:
    console = served(form(HOST_FIELD))
    reader = reading(console, HOST)
    reader.read()
    reader.read()

    assert (console.logins, len(console.sessions)) == (1, 1)
    reader.close()
    assert console.sessions == set()


def test_a_console_that_does_not_answer_is_said(served: Served) -> None:
    found = served(form(HOST_FIELD))
    found.url = "http://127.0.0.1:9"
    reader = reading(found, HOST)

    with pytest.raises(PlatformError, match="connection refused"):
        reader.read()
    reader.close()


def test_threads_read_side_by_side_in_one_browser(served: Served) -> None:
    consoles = [served(form(f"<input aria-label=Host value=smtp{number}>"), latency=0.05) for number in range(5)]
    found: dict[str, Value] = {}

    def read(console: FormConsole) -> None:
        reader = reading(console, HOST)
        found[console.url] = reader.read().values["host"]
        reader.close()

    threads = [threading.Thread(target=read, args=(console,)) for console in consoles]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert found == {console.url: f"smtp{number}" for number, console in enumerate(consoles)}
    assert [console.logins for console in consoles] == [1] * 5


def test_the_browser_does_not_say_that_it_has_no_head(served: Served) -> None:
    console = served(form(HOST_FIELD))
    reader = reading(console, HOST)
    reader.read()
    reader.close()

    assert console.agents
    assert not any("Headless" in agent for agent in console.agents)


def test_trace_names_what_the_pages_scripts_ask_for_without_values(served: Served) -> None:
    def data(console: FormConsole, path: str) -> str | None:
        return '{"mail": {"host": "secret-value", "ports": [{"number": 25}]}}' if path == "/api/mail" else None

    script = "<script>fetch('/api/mail'); fetch('/api/save', {method: 'POST', body: '{\"a\": 1}'})</script>"
    reader = reading(served(form(HOST_FIELD + script), on_get=data), HOST, reads=["/api/mail"])

    traced = {(one.method, one.path): one for one in reader.trace()}

    assert traced["POST", "/api/save"].sent == ("a",)
    assert traced["POST", "/api/save"].refused == "a page that is only read sends nothing"
    assert ("GET", "/api/mail") in traced
    assert "secret-value" not in repr(traced)
    reader.close()
