"""Odoo's two JSON protocols against the stand-in, in the versions that speak them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from lab.servers.odoo import OdooStandIn, User

from reconciler.drivers.http.site import Site
from reconciler.errors import (
    PlatformAnswer,
    PlatformBusy,
    PlatformDenied,
    PlatformError,
    PlatformMissing,
    PlatformRefused,
    WriteForbidden,
)
from reconciler.model.secret import SecretValue
from reconciler.platforms.openspp import rpc
from reconciler.platforms.openspp.faults import Passing, fault
from reconciler.platforms.openspp.rpc import Login, Odoo

MODEL = "ir.mail_server"
SECRET = "s3cr3t-Value"
WAYS = [(17, False), (17, True), (18, True), (19, False), (19, True)]
Connect = Callable[..., Odoo]


@pytest.fixture(params=WAYS, ids=[f"{version}-{'key' if key else 'password'}" for version, key in WAYS])
def lab(request: pytest.FixtureRequest) -> Iterator[tuple[OdooStandIn, bool]]:
    version, key = request.param
    plain = User(login="plain", password="plain-pw", group="plain", api_key="plain-key")
    with OdooStandIn(version, users=[plain]) as odoo:
        yield odoo, key


@pytest.fixture
def connect(lab: tuple[OdooStandIn, bool]) -> Iterator[Connect]:
    odoo, key = lab
    with ExitStack() as stack:

        def make(*, write: bool = True, timeout: float = 5.0, **given: Any) -> Odoo:
            secret = given.pop("secret", odoo.api_key if key else odoo.password)
            values = {
                "database": odoo.database,
                "username": odoo.login,
                "named": "connection.secret (env ODOO)",
                **given,
            }
            login = Login(secret=SecretValue(secret), is_key=key, **values)
            opened = (rpc.writing if write else rpc.reading)(Site(url=odoo.url, timeout=timeout), login)
            stack.callback(opened.close)
            return opened

        yield make


def told(error: PlatformError) -> str:
    return f"{error.what} {error.why} {error.fix} {error!r}"


def test_records_are_created_written_and_read(connect: Connect) -> None:
    odoo = connect()
    [record] = as_list(odoo.call(MODEL, "create", vals_list=[{"name": "a", "smtp_pass": SecretValue(SECRET)}]))
    assert odoo.call(MODEL, "write", ids=[record], vals={"smtp_port": 587}) is True
    found = odoo.call(MODEL, "search_read", domain=[["smtp_pass", "=", SECRET]], fields=["name", "smtp_port"])
    assert found == [{"id": record, "name": "a", "smtp_port": 587}]


def as_list(found: Any) -> list[int]:
    return found if isinstance(found, list) else [found]


def test_a_result_of_none_is_none(connect: Connect) -> None:
    odoo = connect()
    [record] = as_list(odoo.call(MODEL, "create", vals_list=[{"name": "a"}]))
    assert odoo.call(MODEL, "action_archive", ids=[record]) is None


def test_the_protocol_follows_version_and_credential(connect: Connect, lab: tuple[OdooStandIn, bool]) -> None:
    assert isinstance(connect(), rpc.Json2) is (lab[0].version >= 19 and lab[1])


def test_the_protocol_can_be_chosen(connect: Connect, lab: tuple[OdooStandIn, bool]) -> None:
    assert isinstance(connect(protocol="jsonrpc"), rpc.JsonRpc)
    if lab[0].version >= 19 and lab[1]:
        assert isinstance(connect(protocol="json2"), rpc.Json2)
    else:
        with pytest.raises(PlatformRefused, match="json2"):
            connect(protocol="json2")


def test_a_wrong_secret_is_told_with_its_reference(connect: Connect) -> None:
    with pytest.raises(PlatformDenied, match="refused") as caught:
        connect(secret=SECRET).call(MODEL, "search", domain=[])
    assert "connection.secret (env ODOO)" in told(caught.value)
    assert SECRET not in told(caught.value)


def test_two_factor_authentication_is_hinted_at_with_a_password() -> None:
    with OdooStandIn(17) as odoo:
        login = Login(
            database="lab", username="x", secret=SecretValue(SECRET), is_key=False, named="connection.password"
        )
        opened = rpc.writing(Site(url=odoo.url), login)
        with pytest.raises(PlatformDenied) as caught:
            opened.call(MODEL, "search", domain=[])
        opened.close()
    assert "two-factor" in told(caught.value)


def test_an_unknown_database_is_told(connect: Connect) -> None:
    with pytest.raises(PlatformMissing, match="there is no database nodb") as caught:
        connect(database="nodb").call(MODEL, "search", domain=[])
    assert "connection.database" in told(caught.value)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ({"method": "write", "ids": [1], "vals": {"frob": 1}}, PlatformAnswer),
        ({"method": "create", "vals_list": [{"smtp_host": "h"}]}, PlatformRefused),
        ({"method": "frob", "ids": []}, PlatformError),
    ],
    ids=["unknown field", "name missing", "unknown method"],
)
def test_a_fault_becomes_its_error(call: dict[str, Any], error: type[PlatformError], connect: Connect) -> None:
    with pytest.raises(error) as caught:
        connect().call(MODEL, **call)
    assert "Traceback" not in told(caught.value)


def test_a_record_that_is_gone_is_missing(connect: Connect) -> None:
    with pytest.raises((PlatformMissing, PlatformRefused), match="does not exist"):
        connect().call(MODEL, "test_smtp_connection", ids=[99999])


def test_rights_are_told_with_the_group(connect: Connect, lab: tuple[OdooStandIn, bool]) -> None:
    with pytest.raises(PlatformDenied, match="Administrat"):
        connect(username="plain", secret="plain-key" if lab[1] else "plain-pw").call(MODEL, "search", domain=[])


@pytest.mark.parametrize("kind", ["pool", "serialization", "html500", "503html", "dropped"])
def test_a_read_is_tried_again(kind: Any, connect: Connect, lab: tuple[OdooStandIn, bool]) -> None:
    odoo = connect()
    lab[0].fail_next(2, kind, method="search")
    assert odoo.call(MODEL, "search", domain=[]) == []


@pytest.mark.parametrize("kind", ["pool", "serialization", "429"])
def test_a_create_of_which_nothing_was_done_is_sent_again(kind: Any, connect: Connect, lab: Any) -> None:
    odoo = connect()
    lab[0].fail_next(2, kind, method="create", seconds=0)
    odoo.call(MODEL, "create", vals_list=[{"name": "a"}])
    assert [row["name"] for row in lab[0].records(MODEL)] == ["a"]


@pytest.mark.parametrize("kind", ["html500", "503html", "dropped"])
def test_a_create_is_sent_once(kind: Any, connect: Connect, lab: tuple[OdooStandIn, bool]) -> None:
    odoo = connect()
    lab[0].fail_next(1, kind, method="create")
    with pytest.raises(PlatformError):
        odoo.call(MODEL, "create", vals_list=[{"name": "a"}])
    assert len(lab[0].records(MODEL)) == (1 if kind == "dropped" else 0)  # dropped: it ran, its answer got lost


def test_a_server_that_stays_busy_ends_with_the_deadline(connect: Connect, lab: tuple[OdooStandIn, bool]) -> None:
    odoo = connect(timeout=0.8)
    odoo.call(MODEL, "search", domain=[])
    lab[0].fail_next(5000, "pool", method="search")
    start = time.monotonic()
    with pytest.raises(PlatformBusy, match="too busy"):
        odoo.call(MODEL, "search", domain=[])
    assert time.monotonic() - start < 8


def test_half_an_answer_is_an_error(connect: Connect, lab: tuple[OdooStandIn, bool]) -> None:
    odoo = connect()
    odoo.call(MODEL, "create", vals_list=[{"name": "a"}])
    lab[0].fail_next(1, "truncated", method="search_read")
    with pytest.raises(PlatformAnswer, match="truncated or broken"):
        odoo.call(MODEL, "search_read", domain=[], fields=["name"])


@pytest.mark.parametrize(
    ("model", "method", "values"),
    [
        (MODEL, "write", {"ids": [1], "vals": {}}),
        (MODEL, "create", {"vals_list": []}),
        (MODEL, "unlink", {"ids": [1]}),
        (MODEL, "test_smtp_connection", {"ids": [1]}),
        (MODEL, "load", {"fields": ["id"], "data": []}),
        (MODEL, "export_data", {"ids": [1], "fields_to_export": ["id"]}),
        ("res.users", "search_read", {"domain": [], "fields": ["login"]}),
        ("ir.config_parameter", "search_read", {"domain": [], "fields": ["key"]}),
        ("ir.config_parameter", "get_param", {"key": "database.secret"}),
        ("ir.config_parameter", "search_read", {"domain": [["key", "in", ["database.secret"]]], "fields": ["key"]}),
        ("ir.config_parameter", "search_read", {"domain": [["key", "=like", "mail.%"]], "fields": ["value"]}),
        ("ir.config_parameter", "search_read", {"domain": [["key", "in", ["web.base.url"]]]}),
        (
            "ir.config_parameter",
            "search_read",
            {"domain": [["key", "in", ["google_gmail_client_secret"]]], "fields": ["value"]},
        ),
        ("mail.alias.domain", "web_search_read", {"domain": [], "specification": {"x": {"fields": {"password": {}}}}}),
        (MODEL, "search_read", {"domain": []}),
        (MODEL, "read", {"ids": [1], "fields": []}),
        (MODEL, "read", {"ids": [1], "fields": ["name", "smtp_pass"]}),
        (MODEL, "search", {"domain": [["smtp_pass", "=like", "a%"]]}),
        (MODEL, "search_count", {"domain": ["|", ["name", "=", "a"], ["create_uid.password", "!=", False]]}),
        (MODEL, "search", {"domain": [], "order": "smtp_pass desc, id"}),
        (MODEL, "read", {"ids": [1], "fields": ["google_gmail_refresh_token"]}),
    ],
)
def test_a_reader_is_refused(model: str, method: str, values: dict[str, Any], connect: Connect, lab: Any) -> None:
    odoo = connect(write=False)
    lab[0].forget_calls()
    with pytest.raises(WriteForbidden):
        odoo.call(model, method, **values)
    assert lab[0].calls == []


def test_a_reader_reads(connect: Connect) -> None:
    odoo = connect(write=False)
    assert odoo.call(MODEL, "search_read", domain=[["active", "in", [True, False]]], fields=["name"]) == []
    assert odoo.call(MODEL, "check_access_rights", operation="write", raise_exception=False) is True
    named = [["key", "in", ["base_setup.default_external_email_server", "web.base.url"]]]
    found = odoo.call("ir.config_parameter", "search_read", domain=named, fields=["key", "value"])
    assert [row["key"] for row in found] == ["web.base.url"]


def test_a_server_that_is_no_odoo_is_told() -> None:
    login = Login(database="lab", username="x", secret=SecretValue("y"), is_key=False, named="z")
    with OdooStandIn(17) as odoo, pytest.raises(PlatformMissing, match=r"no Odoo at connection\.url"):
        rpc.reading(Site(url=odoo.url + "/shop"), login)


@pytest.mark.parametrize(
    ("name", "message", "error"),
    [
        ("odoo.exceptions.AccessDenied", "Access Denied", PlatformDenied),
        ("odoo.exceptions.AccessError", "You are not allowed", PlatformDenied),
        ("odoo.exceptions.UserError", "Please", PlatformRefused),
        ("odoo.exceptions.ValidationError", "Missing", PlatformRefused),
        ("odoo.exceptions.MissingError", "Record does not exist", PlatformMissing),
        ("psycopg2.OperationalError", 'FATAL:  database "nodb" does not exist', PlatformMissing),
        ("psycopg2.pool.PoolError", "The Connection Pool Is Full", PlatformBusy),
        ("psycopg2.errors.SerializationFailure", "could not serialize access", PlatformBusy),
        ("builtins.ValueError", "Wrong value", PlatformAnswer),
        ("None", "None", PlatformAnswer),
    ],
)
def test_a_class_of_odoo_has_its_error(name: str, message: str, error: type[PlatformError]) -> None:
    assert isinstance(fault(name, message), error)


def test_a_fault_that_echoes_the_secret_is_shown_without_it() -> None:
    found = fault("builtins.ValueError", f"Wrong value: '{SECRET}'\n" + "x" * 9999, (SecretValue(SECRET),))
    assert SECRET not in told(found)
    assert "***" in found.what
    assert len(found.what) < 800


def test_what_odoo_says_on_several_lines_is_told_on_one() -> None:
    text = "You are not allowed to modify this.\n\nAllowed for:\n\t- Role / Administrator\n"
    expected = "Odoo does not allow this: You are not allowed to modify this. Allowed for: - Role / Administrator"
    assert fault("odoo.exceptions.AccessError", text).what == expected


def test_a_machine_that_sleeps_too_long_hears_the_last_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pause ends after the deadline although it was to end before it: no bug of ours is told."""
    slept = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: slept(seconds + 0.5))

    def send(seconds: float) -> None:
        raise Passing("Odoo answered 500")

    with pytest.raises(Passing, match="Odoo answered 500"):
        rpc._persistent(send, 0.4, again=True)
