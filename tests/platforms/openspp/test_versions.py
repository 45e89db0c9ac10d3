"""Odoo 19.1 and later, Odoo Online among them: methods and fields are asked for, and the version is only told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lab.servers.odoo import OdooStandIn
from support.openspp_site import PARAMETERS, Lab, change, closing, create, standin_lab

from reconciler.errors import PlatformAnswer, PlatformDenied, PlatformMissing, PlatformRefused
from reconciler.model.change import Action
from reconciler.model.finding import Severity
from reconciler.platforms import openspp
from reconciler.platforms.openspp import checkup, parameters
from reconciler.platforms.openspp.faults import NoSuchMethod, fault

NEW = ["saas~19.2", 20]


@pytest.fixture(params=NEW, ids=str)
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    with OdooStandIn(request.param) as running:
        yield from closing(standin_lab(running))


@pytest.mark.parametrize("method", ["get_param", "set_param"])
def test_the_stand_in_has_no_such_method_any_more(method: str, lab: Lab) -> None:
    with pytest.raises(NoSuchMethod):
        lab.hand("ir.config_parameter", method, key="web.base.url", value="x")


def test_parameters_are_set_changed_and_removed_without_set_param(lab: Lab) -> None:
    for number in (50, 60, None):
        lab.apply(change(Action.UPDATE, {"queue_batch_size": number}, key=PARAMETERS))
        assert lab.live(PARAMETERS).settings["queue_batch_size"] == number
    domain = [["key", "=", "mail.mail.queue.batch.size"]]
    assert lab.hand("ir.config_parameter", "search_count", domain=domain) == 0


def test_the_default_of_mailings_moves_with_a_switch(lab: Lab) -> None:
    old, new = create(lab), lab.add(name="new", smtp_host="new.example.com")
    lab.apply(change(Action.UPDATE, {"mass_mailing_server": "main"}, key=PARAMETERS))
    odoo = lab.writer().odoo
    assert parameters.moved(odoo, old, new) is True
    assert parameters.moved(odoo, old, new) is False
    domain = [["key", "=", "mass_mailing.mail_server_id"]]
    assert lab.hand("ir.config_parameter", "search_read", domain=domain, fields=["value"])[0]["value"] == str(new)


def test_a_new_version_is_told_and_decides_nothing(lab: Lab) -> None:
    [told] = [finding for finding in lab.read().findings if finding.rule == "untested-version"] or [None]
    if lab.standin is not None and lab.standin.version > 19:
        assert told is not None
        assert told.severity is Severity.NOTE
        assert told.what.endswith("and this is 20")
    else:
        assert told is None  # a release of 19


def test_doctor_asks_for_the_method_that_there_is(lab: Lab) -> None:
    examined = checkup.checkup("prod/openspp", lambda: openspp._login(lab.connection, lab.secrets)).examined
    told = {one.what: one for one in examined}
    assert told["write"].ok is True
    assert told["version"].said in ("Odoo saas~19.2; tested with 17 to 19", "Odoo 20; tested with 17 to 19")


@pytest.mark.parametrize(
    "text",
    [
        "The method 'ir.config_parameter.get_str' does not exist",
        "The method 'get_str' does not exist on the model 'ir.config_parameter'",
    ],
    ids=["since 19", "before"],
)
@pytest.mark.parametrize("name", ["builtins.AttributeError", "werkzeug.exceptions.NotFound"])
def test_a_method_that_is_not_there_is_told_as_such(name: str, text: str) -> None:
    found = fault(name, text)
    assert isinstance(found, NoSuchMethod)
    assert "newer reconciler" in str(found.fix)


def test_another_attribute_error_is_none_of_it() -> None:
    assert type(fault("builtins.AttributeError", "'NoneType' object has no attribute 'x'")) is PlatformAnswer


# --- who the connection is, and where


def test_a_key_of_somebody_else_is_refused(odoo: Lab) -> None:
    odoo.connection["username"] = "nobody"
    with pytest.raises(PlatformDenied, match=r"is not a key of nobody") as caught:
        odoo.read()
    assert "connection.username" in str(caught.value.fix)


@pytest.mark.parametrize("page", ["/web", "/odoo", "/web/"])
@pytest.mark.parametrize("version", [17, 18, 19])
def test_a_page_that_was_copied_along_is_named(version: int, page: str) -> None:
    with OdooStandIn(version) as running:
        lab = standin_lab(running)
        lab.connection["url"] += page
        with pytest.raises(PlatformMissing, match=r"no Odoo at connection\.url") as caught:
            lab.read()
        assert str(caught.value.fix) == f"connection.url: {running.url}, without {page.rstrip('/')}"


@pytest.fixture
def odoo() -> Iterator[Lab]:
    with OdooStandIn(19) as running:
        yield from closing(standin_lab(running))


@pytest.mark.parametrize(("version", "kind"), [(18, "password"), (19, "password"), (19, "api_key")])
def test_every_call_asks_for_english(version: int, kind: str) -> None:
    """Else a refusal comes in the language of the connection's user; and 18 and 19 trip over this one without any."""
    with OdooStandIn(version) as running:
        lab = standin_lab(running, kind)
        record = lab.add(name="no host")
        with pytest.raises(PlatformRefused, match="Missing SMTP Server"):
            lab.writer().odoo.call("ir.mail_server", "test_smtp_connection", ids=[record])
