"""What the stand-in offers besides: failures on demand, changes by hand, neutralized and managed databases."""

import http.client
import json
import threading
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import pytest
from lab.servers.odoo import OdooStandIn, User

VERSIONS = (17, 18, 19)
ALL = [["active", "in", [True, False]]]


class RpcError(Exception):
    pass


def post(
    odoo: OdooStandIn, path: str, body: Any, headers: Mapping[str, str] | None = None, timeout: float = 10
) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", odoo.port, timeout=timeout)) as connection:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json", **(headers or {})})
        response = connection.getresponse()
        return response.status, response.read()


def call(
    odoo: OdooStandIn, model: str, method: str, *args: Any, uid: int = 2, password: str = "", timeout: float = 10
) -> Any:
    credential = [odoo.database, uid, password or odoo.password]
    params = {"service": "object", "method": "execute_kw", "args": [*credential, model, method, list(args), {}]}
    request = {"jsonrpc": "2.0", "method": "call", "params": params, "id": 1}
    status, body = post(odoo, "/jsonrpc", request, timeout=timeout)
    assert status == 200, body
    answer = json.loads(body)
    if "error" in answer:
        raise RpcError(answer["error"]["data"]["name"])
    return answer.get("result")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_can_be_created_tested_and_removed(version: int) -> None:
    with OdooStandIn(version) as odoo:
        created = call(odoo, "ir.mail_server", "create", {"name": "main", "smtp_host": "127.0.0.1"})
        assert call(odoo, "ir.mail_server", "search", ALL) == [created]
        assert call(odoo, "ir.mail_server", "unlink", [created]) is True
        assert odoo.records("ir.mail_server") == []


def test_18_has_the_size_limit_and_three_encryptions() -> None:
    with OdooStandIn(18) as odoo:
        fields = call(odoo, "ir.mail_server", "fields_get")
    assert len(fields) == 32
    assert "max_email_size" in fields
    assert [value for value, _ in fields["smtp_encryption"]["selection"]] == ["none", "starttls", "ssl"]


@pytest.mark.parametrize(("version", "status"), [(17, 404), (18, 303), (19, 200)])
def test_json_2_is_there_since_19(version: int, status: int) -> None:
    with OdooStandIn(version) as odoo:
        headers = {"Authorization": f"bearer {odoo.api_key}"}
        assert post(odoo, "/json/2/ir.mail_server/search", {"domain": []}, headers)[0] == status


def test_calls_and_writes_are_counted() -> None:
    with OdooStandIn(17) as odoo:
        call(odoo, "ir.mail_server", "search", [])
        call(odoo, "ir.mail_server", "create", {"name": "main"})
        assert odoo.calls == [("ir.mail_server", "search"), ("ir.mail_server", "create")]
        assert odoo.writes == 1


def test_a_change_by_hand_moves_write_date_and_is_no_call() -> None:
    with OdooStandIn(19) as odoo:
        record = odoo.add("ir.mail_server", name="main", smtp_host="a.example.org")
        before = odoo.records("ir.mail_server")[0]["write_date"]
        odoo.edit("ir.mail_server", record, smtp_host="b.example.org")
        after = odoo.records("ir.mail_server")[0]
        assert (after["smtp_host"], after["write_date"] > before, odoo.calls) == ("b.example.org", True, [])


def test_latency_delays_each_call() -> None:
    with OdooStandIn(19, latency=600) as odoo, pytest.raises(TimeoutError):
        call(odoo, "ir.mail_server", "search", [], timeout=0.2)


@pytest.mark.parametrize(("kind", "status"), [("html500", 500), ("503html", 503), ("429", 429)])
def test_a_failing_answer_takes_the_place_of_the_call(kind: Any, status: int) -> None:
    with OdooStandIn(19) as odoo:
        odoo.fail_next(1, kind)
        body = {"vals_list": [{"name": "main"}]}
        headers = {"Authorization": f"bearer {odoo.api_key}"}
        assert post(odoo, "/json/2/ir.mail_server/create", body, headers)[0] == status
        assert odoo.records("ir.mail_server") == []
        assert post(odoo, "/json/2/ir.mail_server/create", body, headers)[0] == 200


def test_a_full_pool_is_an_error_of_the_call() -> None:
    with OdooStandIn(17) as odoo:
        odoo.fail_next(1, "pool")
        with pytest.raises(RpcError, match=r"psycopg2\.pool\.PoolError"):
            call(odoo, "ir.mail_server", "search", [])


def test_a_load_returns_a_concurrent_change_as_a_message() -> None:
    with OdooStandIn(19) as odoo:
        odoo.fail_next(1, "serialization", method="load")
        rows = (["id", "name"], [["mailops.main", "main"]])
        refused, loaded = call(odoo, "ir.mail_server", "load", *rows), call(odoo, "ir.mail_server", "load", *rows)
    message = "could not serialize access due to concurrent update\n"
    assert (refused["ids"], refused["messages"][0]["message"], loaded["ids"]) == (False, message, [1])


def test_a_truncated_answer_comes_after_the_change() -> None:
    with OdooStandIn(19) as odoo:
        odoo.fail_next(1, "truncated", method="create")
        assert call(odoo, "ir.mail_server", "search", []) == []
        with pytest.raises(json.JSONDecodeError):
            call(odoo, "ir.mail_server", "create", {"name": "main"})
        assert len(odoo.records("ir.mail_server")) == 1


def test_a_dropped_answer_comes_after_the_change() -> None:
    with OdooStandIn(19) as odoo:
        odoo.fail_next(1, "dropped")
        with pytest.raises(http.client.RemoteDisconnected):
            call(odoo, "ir.mail_server", "create", {"name": "main"})
        assert len(odoo.records("ir.mail_server")) == 1


def test_a_slow_call_does_not_delay_the_stop() -> None:
    with OdooStandIn(19) as odoo:
        odoo.fail_next(1, "slow", seconds=600)
        waiting = threading.Thread(target=_ignoring_errors, args=(odoo,))
        waiting.start()
    waiting.join(timeout=10)
    assert not waiting.is_alive()


def test_a_neutralized_database_sends_nothing_and_keeps_passwords() -> None:
    with OdooStandIn(17) as odoo:
        odoo.add("ir.mail_server", name="prod", smtp_host="smtp.example.org", smtp_pass="still present")
        odoo.neutralize()
        rows = call(odoo, "ir.mail_server", "search_read", ALL, ["name", "active", "smtp_host", "smtp_pass"])
        assert rows == [
            {"id": 1, "name": "prod", "active": False, "smtp_host": "smtp.example.org", "smtp_pass": "still present"},
            {
                "id": 2,
                "name": "neutralization - disable emails",
                "active": True,
                "smtp_host": "invalid",
                "smtp_pass": False,
            },
        ]
        assert call(odoo, "ir.config_parameter", "get_param", "database.is_neutralized") == "true"


def test_a_database_can_start_neutralized() -> None:
    with OdooStandIn(19, neutralized=True) as odoo:
        assert [row["smtp_host"] for row in odoo.records("ir.mail_server")] == ["invalid"]


def test_mail_environment_drops_writes_without_a_word() -> None:
    with OdooStandIn(17, mail_environment=True) as odoo:
        record = call(odoo, "ir.mail_server", "create", {"name": "main", "smtp_host": "smtp.example.org"})
        assert call(odoo, "ir.mail_server", "write", [record], {"smtp_host": "smtp.example.net"}) is True
        fields = ["smtp_host", "x_smtp_host_env_is_editable"]
        (row,) = call(odoo, "ir.mail_server", "read", [record], fields)
        assert row == {"id": record, "smtp_host": "127.0.0.1", "x_smtp_host_env_is_editable": False}


@pytest.mark.parametrize(("group", "allowed"), [("plain", False), ("erp_manager", False), ("system", True)])
def test_only_administrators_may_change_mail_servers(group: str, allowed: bool) -> None:
    with OdooStandIn(19, users=[User(login="bot", password="bot-password", group=group)]) as odoo:
        (bot,) = [row["id"] for row in odoo.records("res.users") if row["login"] == "bot"]
        rights = ("ir.mail_server", "check_access_rights", "write", False)
        assert call(odoo, *rights, uid=bot, password="bot-password") is allowed


def test_the_connection_test_does_not_leave_loopback() -> None:
    with OdooStandIn(17) as odoo:
        record = odoo.add("ir.mail_server", name="main", smtp_host="smtp.gmail.com", smtp_port=587)
        with pytest.raises(RpcError, match="UserError"):
            call(odoo, "ir.mail_server", "test_smtp_connection", [record])


def _ignoring_errors(odoo: OdooStandIn) -> None:
    try:
        call(odoo, "ir.mail_server", "search", [])
    except (OSError, http.client.HTTPException):
        return
