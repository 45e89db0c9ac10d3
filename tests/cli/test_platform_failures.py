"""Each way in which a platform can fail: what plan shows of it and of the others, and what apply leaves alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from lab import canary
from lab.servers.answers import Answer, Answers
from lab.servers.odoo import OdooStandIn, User
from lab.servers.smtp.pki import Pki

ODOO, SHOP = "dev/openspp:mail_servers[main]", "dev/shop:settings"
QUICK = 0.8  # seconds of connection.timeout


def connection(site: Any, **settings: Any) -> None:
    site.land.documents["dev/openspp.yaml"]["connection"].update(settings)
    site.land.write()


def failing(kind: str) -> Callable[[Any, Any], None]:
    def fail(site: Any, _: Any) -> None:
        connection(site, timeout=QUICK)
        site.odoo["dev"].fail_next(50, kind, seconds=3)

    return fail


def answering(answer: Answer) -> Callable[[Any, pytest.FixtureRequest], None]:
    def fail(site: Any, request: pytest.FixtureRequest) -> None:
        server = Answers(answer)
        server.__enter__()
        request.addfinalizer(lambda: server.__exit__(None))
        connection(site, url=server.address, timeout=QUICK)

    return fail


def wrong_key(site: Any, _: Any) -> None:
    site.vault.put(f"platforms/{site.land.area}/dev", api_key=canary.token())


def plain_user(site: Any, _: Any) -> None:
    key = canary.token()
    site.vault.put(f"platforms/{site.land.area}/dev", api_key=key)
    user = User(login="clerk", password=canary.secret(), group="plain", api_key=key)
    site.odoo["clerk"] = OdooStandIn(users=[user])
    site.odoo["clerk"].start()
    connection(site, url=site.odoo["clerk"].url)


def served_with(certificate: str) -> Callable[[Any, pytest.FixtureRequest], None]:
    def serve(site: Any, request: pytest.FixtureRequest) -> None:
        pki: Pki = request.getfixturevalue("certificates")
        server = OdooStandIn(certificate=getattr(pki, certificate))
        server.start()
        request.addfinalizer(server.stop)
        connection(site, url=server.url, ca_file=pki.ca_file)

    return serve


PAGE = "<html><head><title>x</title></head><body><h1>Internal Server Error</h1></body></html>"
# what is done, the rule of the finding, what the message says
FAILURES: dict[str, tuple[Callable[[Any, Any], None], str, str]] = {
    "down": (lambda site, _: connection(site, url="http://127.0.0.1:1"), "platform-unreachable", "connection refused"),
    "slow": (failing("slow"), "platform-unreachable", "no complete answer within 0."),
    "hangs up": (failing("dropped"), "platform-unreachable", "the connection was lost"),
    "401": (wrong_key, "platform-denied", "refused the API key"),
    "403": (plain_user, "platform-denied", "fix: "),
    "404": (lambda site, _: connection(site, database="none"), "platform-missing", "there is no database none"),
    "no Odoo": (answering(Answer(status=404, text="<p>nothing</p>")), "platform-missing", "no Odoo at"),
    "429": (failing("429"), "platform-busy", "answered 429; it asks us to wait 3 s"),
    "500 with HTML": (failing("html500"), "platform-busy", "answered 500"),
    "500 by a proxy": (answering(Answer(status=500, text=PAGE)), "platform-answer", "Internal Server Error"),
    "503 with HTML": (failing("503html"), "platform-busy", "answered 503"),
    "truncated JSON": (failing("truncated"), "platform-answer", "truncated or broken JSON"),
    "other JSON": (answering(Answer(json=["hello"])), "platform-answer", "does not report Odoo's version"),
    "redirect": (
        answering(Answer(status=302, text="", headers={"Location": "https://elsewhere.example/login?next=1"})),
        "platform-answer",
        "redirects to https://elsewhere.example/login",
    ),
    "unknown CA": (served_with("unknown_ca"), "platform-unreachable", "its certificate is not trusted"),
    "wrong name": (served_with("wrong_name"), "platform-unreachable", "its certificate is not trusted"),
    "expired certificate": (served_with("expired"), "platform-unreachable", "certificate has expired"),
    "no TLS": (
        lambda site, _: connection(site, url=site.odoo["dev"].url.replace("http:", "https:")),
        "platform-unreachable",
        "this port does not speak TLS",
    ),
}
cases = pytest.mark.parametrize("case", FAILURES)


@pytest.fixture
def broken(site: Any, case: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    FAILURES[case][0](site, request)
    yield site
    for name in set(site.odoo) - {"dev"}:
        site.odoo[name].stop()


@cases
def test_plan_shows_what_is_not_readable_and_all_others(broken: Any, case: str) -> None:
    _, _, what = FAILURES[case]
    planned = broken.run("plan")
    assert planned.code == 1
    assert f"? {ODOO}: not readable. " in planned.out
    assert what in planned.out
    assert "fix: " in planned.out
    assert f"~ {SHOP}" in planned.out
    assert "Plan: 1 to update; 1 not readable." in planned.out


@cases
def test_plan_as_json_says_that_it_is_not_complete(broken: Any, case: str) -> None:
    _, rule, _ = FAILURES[case]
    planned = broken.run("plan", "--format", "json")
    found = {change["address"]: change for change in planned.json["changes"]}
    assert planned.code == 1
    assert planned.json["complete"] is False
    assert (found[ODOO]["action"], found[SHOP]["action"]) == ("blocked", "update")
    assert [one["rule"] for one in found[ODOO]["findings"]] == [rule]


@cases
def test_apply_writes_the_others_and_says_what_it_did_not_attempt(broken: Any, case: str) -> None:
    applied = broken.run("apply", "--auto-approve", "--format", "json")
    status = {one["address"]: one["status"] for one in applied.json["outcomes"]}
    assert applied.code == 5
    assert applied.json["complete"] is False
    assert status == {ODOO: "not attempted", SHOP: "updated"}


def test_https_with_the_declared_ca_is_read(site: Any, request: pytest.FixtureRequest) -> None:
    served_with("good")(site, request)
    planned = site.run("plan")
    assert "refused the API key" in planned.out  # that server has another key; TLS was accepted


@pytest.mark.parametrize("kind", ["slow", "dropped", "truncated", "html500"])
def test_a_write_that_fails_is_told_and_does_not_stop_its_neighbour(site: Any, kind: str) -> None:
    connection(site, timeout=QUICK)
    site.run("plan", "--out", "plan.json")
    site.odoo["dev"].fail_next(20, kind, seconds=2, method="create")
    applied = site.run("apply", "plan.json")
    assert applied.code == 5
    assert "FAIL  mail_servers[main]" in applied.out
    assert "Applied 1, failed 1, not attempted 0" in applied.out
    assert "fix: " in applied.out


def test_a_stage_that_failed_stops_the_next_one(make_site: Callable[..., Any]) -> None:
    site = make_site(stages=("dev", "prod"), odoo={"dev": 19})
    connection(site, url="http://127.0.0.1:1")
    applied = site.run("apply", "--auto-approve", "--format", "json")
    status = {one["address"]: one["status"] for one in applied.json["outcomes"]}
    assert applied.code == 5
    assert status["prod/shop:settings"] == "not attempted"
    assert "old-relay" in site.land.app("prod").read_text("utf-8")


def test_a_relay_that_refuses_the_login_keeps_everything_as_it_is(site: Any) -> None:
    site.relay.users[site.land.user()] = canary.secret()
    applied = site.run("apply", "--auto-approve")
    assert applied.code == 5
    assert "535" in applied.out
    assert "Applied 0, failed 2, not attempted 0" in applied.out
    assert site.odoo["dev"].writes == 0


def test_verify_of_a_relay_that_refuses_the_login_exits_with_4(site: Any) -> None:
    site.relay.users[site.land.user()] = canary.secret()
    verified = site.run("verify", "--format", "json")
    assert verified.code == 4
    assert [one["status"] for one in verified.json["handshakes"]] == ["fail"]
