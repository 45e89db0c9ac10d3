"""From a label to its control: the ways in which pages tie the two together, and what is not clear."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lab.servers.admin_page.console import FormConsole
from support.admin_page import form, reading

from reconciler.errors import PlatformRefused

Served = Callable[..., FormConsole]
HOST = {"host": {"label": "SMTP Server", "type": "text"}}
FOUND = "smtp.example.com"
TIED = {
    "for": "<label for=h>SMTP Server</label> <b>*</b> <input id=h name=host value=smtp.example.com>",
    "wrapping": "<label>SMTP Server <input name=host value=smtp.example.com></label>",
    "sibling": "<span>SMTP Server:</span> <input name=host value=smtp.example.com>",
    "sibling with the control inside": "<label>SMTP Server</label><div><p><input value=smtp.example.com></p></div>",
    "next cell": "<table><tr><td>SMTP Server</td><td><input value=smtp.example.com></td></tr></table>",
    "label in a cell": "<table><tr><td><label>SMTP Server<i>*</i></label><td><input value=smtp.example.com></table>",
    "definition": "<dl><dt>SMTP Server</dt><dd><input value=smtp.example.com></dd></dl>",
    "grid": "<div><div class=l><label>SMTP Server</label></div><div><input value=smtp.example.com></div></div>",
    "aria-label": "<input aria-label='SMTP Server' value=smtp.example.com>",
    "aria-labelledby": "<p id=l>SMTP Server</p><hr><input aria-labelledby=l value=smtp.example.com>",
    "spaces and a line break": "<label for=h>  SMTP\n  Server : </label><input id=h value=smtp.example.com>",
    "beside a hidden twin": "<label for=h>SMTP Server</label><input id=h value=smtp.example.com>"
    "<div style='display:none'><label for=k>SMTP Server</label><input id=k value=other></div>",
    "beside a longer label": "<label for=h>SMTP Server</label><input id=h value=smtp.example.com><br>"
    "<label for=k>SMTP Server Port</label><input id=k value=25>",
}
UNCLEAR = {
    "renamed": ("<label for=h>Mail host</label><input id=h>", "the label 'SMTP Server' leads to no control"),
    "hidden": (
        "<div style='visibility:hidden'><label for=h>SMTP Server</label><input id=h></div>",
        "leads to no control",
    ),
    "twice": (
        "<label for=h>SMTP Server</label><input id=h><br><label for=k>SMTP Server</label><input id=k>",
        r"leads to 2 controls \(text, text\)",
    ),
    "two controls beside one label": (
        "<div><label>SMTP Server</label><p><input name=a><input name=b></p></div>",
        r"leads to 2 controls \(text, text\)",
    ),
    "of another type": (
        "<label for=h>SMTP Server</label><select id=h><option>a</select>",
        "leads to a select field, not to a text",
    ),
    "a part of the text": ("<label for=h>SMTP Server name</label><input id=h>", "leads to no control"),
    "other letters": ("<label for=h>smtp server</label><input id=h>", "leads to no control"),
}


@pytest.mark.parametrize("body", TIED.values(), ids=TIED)
def test_a_label_leads_to_its_control(served: Served, body: str) -> None:
    reader = reading(served(form(body)), HOST)

    assert reader.read().values == {"host": FOUND}
    reader.close()


@pytest.mark.parametrize(("body", "said"), UNCLEAR.values(), ids=UNCLEAR)
def test_a_label_that_is_not_clear_names_itself_and_the_page(served: Served, body: str, said: str) -> None:
    reader = reading(served(form(body)), HOST)

    with pytest.raises(PlatformRefused, match=said) as raised:
        reader.read()

    assert raised.value.what.startswith("/settings: ")
    reader.close()


def test_a_heading_tells_equal_labels_apart(served: Served) -> None:
    console = served(
        form(
            "<h2>Proxy</h2><label for=a>Username</label><input id=a value=proxy-user>"
            "<fieldset><legend>SMTP</legend><label for=b>Username</label><input id=b value=smtp-user></fieldset>"
        )
    )
    reader = reading(console, {"username": {"label": "Username", "type": "text", "within": "SMTP"}})

    assert reader.read().values == {"username": "smtp-user"}
    reader.close()


def test_labels_of_several_versions_lead_to_one_control(served: Served) -> None:
    console = served(form("<label for=f>Sender Email Frequency</label><input id=f value=5>"))
    label = ["Send Email Frequency", "Sender Email Frequency"]
    reader = reading(console, {"frequency": {"label": label, "type": "number"}})

    assert reader.read().values == {"frequency": 5}
    reader.close()


def test_doctor_shows_every_label_beside_the_page(served: Served) -> None:
    console = served(
        form(
            "<label for=h>SMTP Server</label><input id=h value=a>"
            "<label for=p>Password</label><input id=p type=password value=dots>"
        )
    )
    controls = HOST | {
        "password": {"label": "Password", "type": "password"},
        "port": {"label": "SMTP Port", "type": "number"},
    }
    reader = reading(console, controls)

    rows = [(row.page, row.label, row.found, row.how, row.shown) for row in reader.doctor()]

    assert rows == [
        ("mail", "SMTP Server", 1, "for (text)", "a"),
        ("mail", "Password", 1, "for (password)", "***"),
        ("mail", "SMTP Port", 0, "", ""),
    ]
    reader.close()
