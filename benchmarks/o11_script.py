"""What one would write by hand instead: Service Center's forms, posted with httpx. It knows the form by heart.

One visit is what the driver does in one: log in, read, change by an Ajax step, save, read back, log out. It checks that
each answer is the page it expects, and that what it wrote is there afterwards.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser

import httpx

FOLDER = "/ServiceCenter"
EMAIL, ENVIRONMENT = f"{FOLDER}/Email_Configuration.aspx", f"{FOLDER}/Environment_Configuration.aspx"
USER = "reconciler"


def visit(url: str, password: str, values: Mapping[str, str]) -> None:
    """`values` are what the page's fields are to hold, by the names of the form."""
    with httpx.Client(base_url=url, timeout=30.0) as client:
        _log_in(client, password)
        form = _fields(client.get(EMAIL).text)
        if form["auth"] != values["auth"]:
            form = _after_ajax(client, {**form, "auth": values["auth"]})
        answer = client.post(EMAIL, data={**form, **values, "save": "Save"})
        assert "The settings were saved." in answer.text, answer.text
        found = _fields(client.get(EMAIL).text)
        wrong = [name for name, value in values.items() if found.get(name) != value and not _secret(name)]
        assert not wrong, wrong
        assert _fields(client.get(ENVIRONMENT).text)["hostname"]
        client.get(f"{FOLDER}/Logout.aspx")


def read(url: str, password: str) -> None:
    """The visit of a plan."""
    with httpx.Client(base_url=url, timeout=30.0) as client:
        _log_in(client, password)
        assert _fields(client.get(EMAIL).text)["server"]
        assert _fields(client.get(ENVIRONMENT).text)["hostname"]
        client.get(f"{FOLDER}/Logout.aspx")


def _log_in(client: httpx.Client, password: str) -> None:
    page = f"{FOLDER}/Login.aspx"
    form = _fields(client.get(page).text)
    answer = client.post(page, data={**form, "user": USER, "secret": password, "login": "Login"})
    assert "Applications.aspx" in answer.text, "the login was refused"


def _after_ajax(client: httpx.Client, form: Mapping[str, str]) -> dict[str, str]:
    """The form as the server draws it for another authentication, with its new state."""
    ajax = {"__EVENTTARGET": "auth", "__AJAXEVENT": "auth", "__AJAX": "980,600,AjaxRefresh"}
    answer = client.post(EMAIL, data={**form, **ajax}).text
    update = re.fullmatch(r"OsJSONUpdate\((.*)\)", answer, re.DOTALL)
    assert update, answer
    told = json.loads(update[1])
    hidden = {name: text for name, text in form.items() if name.startswith("__")}
    drawn = _fields("".join(part["inner"] for part in told["outers"].values()))
    return {**hidden, **drawn, **told["hidden"]}


def _secret(name: str) -> bool:
    return name in ("password", "client_secret")


def _fields(text: str) -> dict[str, str]:
    parser = _Form()
    parser.feed(text)
    return parser.found


class _Form(HTMLParser):
    """What a browser would send of the page's form, without its buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._select, self._taken = "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, kind = given.get("name") or "", given.get("type")
        if tag == "input" and name and "popup" not in name and kind not in ("submit", "button"):
            if "disabled" not in given and (kind != "checkbox" or "checked" in given):
                self.found[name] = given.get("value") or ("on" if kind == "checkbox" else "")
        elif tag == "select":
            self._select = name
        elif tag == "option":
            self._taken = "selected" in given or self._select not in self.found

    def handle_data(self, data: str) -> None:
        if self._taken:
            self.found[self._select], self._taken = data, False

    def handle_endtag(self, tag: str) -> None:
        self._taken = False
