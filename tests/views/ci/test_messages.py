"""What webhooks are sent: within their limits, no value of a setting, and foreign text as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from support import documents
from support.github_html import HOSTILE, html
from support.plans import LOST, MAIN, NEW, SYNC, here, plan

from reconciler.model.address import Address, Resource
from reconciler.model.answers.night import Night
from reconciler.model.plan import Plan
from reconciler.pipeline.validate import schemas
from reconciler.views import printable
from reconciler.views.ci import drift_issue, messages

WHOLE = plan(*SYNC, MAIN, NEW, LOST)
TOLD = (
    "prod/openspp: mail_servers[main] changed in git and on the platform since run 8123 (2026-11-18) "
    "(host, port, password); mail_servers[bulk] declared, and not on the platform "
    "(host, password, priority, from_filter)"
)
ISSUE, RUN = "https://github.example.com/o/mail/issues/7", "https://github.example.com/o/mail/actions/runs/1"
NIGHT = Night(plan=WHOLE, issues={"prod/openspp": ISSUE}, url=RUN)


def texts(message: object) -> Iterator[Mapping[str, Any]]:
    """Every object of a message that has a text."""
    if isinstance(message, Mapping):
        if isinstance(message.get("text"), str):
            yield message
        for one in message.values():
            yield from texts(one)
    elif isinstance(message, list):
        for one in message:
            yield from texts(one)


def many() -> Night:
    odd = "wörter-" * 100
    changes = (
        replace(MAIN, address=Address(environment="prod", target=f"t{at}", resource=Resource(collection=f"{odd}{at}")))
        for at in range(300)
    )
    return Night(plan=plan(*changes))


def test_slack_gets_a_section_for_each_target_with_a_button() -> None:
    first, odoo, odc, run = messages.slack(NIGHT)["blocks"]
    assert first["text"]["text"] == "Mail settings: 2 of 5 resources drifted, 1 not readable, 2 in sync."
    assert (odoo["text"]["text"], odoo["accessory"]["url"]) == (TOLD, ISSUE)
    assert odc["text"]["text"].startswith("prod/odc: not readable. the API client lacks")
    assert run["accessory"]["url"] == RUN


def test_teams_gets_an_adaptive_card() -> None:
    (attachment,) = messages.teams(NIGHT)["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    _, odoo, *_ = attachment["content"]["body"]
    (run,) = odoo["inlines"]
    assert (run["text"], run["selectAction"]["url"]) == (TOLD, ISSUE)


def test_others_get_a_document_as_its_schema_says() -> None:
    made = json.loads(printable.document(messages.generic(NIGHT)))
    assert list(schemas.ours("output/nightly").iter_errors(made)) == []
    assert made["drifted"][0]["resources"][0]["settings"] == ["host", "port", "password"]
    assert made["unread"] == [{"target": "prod/odc", "why": LOST.findings[0].what}]
    assert documents.schema(["nightly"]) == "output/nightly"


@pytest.mark.parametrize("kind", messages.FORMS)
def test_no_message_has_a_value_of_a_setting(kind: str) -> None:
    said = json.dumps(messages.FORMS[kind](NIGHT))
    assert not [value for value in ("smtp-old.example.com", "bulk.example.net", "news.example.com") if value in said]


def test_a_message_stays_within_the_limits_of_its_kind() -> None:
    slack = messages.slack(many())
    assert len(slack["blocks"]) <= 50
    assert max(len(block["text"]["text"]) for block in slack["blocks"]) <= 3000
    assert slack["blocks"][-1]["text"]["text"] == "And 280 targets more."


def test_what_many_targets_have_in_common_is_told_once() -> None:
    changes = [replace(MAIN, address=replace(MAIN.address, target=f"t{at}")) for at in range(200)]
    lost = [replace(LOST, address=replace(LOST.address, target=f"l{at}")) for at in range(50)]
    _, moved, unread = messages.slack(Night(plan=plan(*changes, *lost)))["blocks"]
    assert moved["text"]["text"].startswith("200 targets (prod/t0, prod/t1, prod/t2 and 197 more): mail_servers[main] ")
    assert unread["text"]["text"].startswith("50 targets (prod/l0, prod/l1, prod/l2 and 47 more): not readable. ")


def test_teams_takes_it_whole() -> None:
    teams = messages.teams(many())
    assert 10_000 < len(json.dumps(teams).encode()) <= 28_000


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_foreign_text_is_in_plain_texts_only(text: str) -> None:
    night = Night(plan=_hostile(text))
    slack = list(texts(messages.slack(night)))
    assert {one.get("type") for one in slack[1:]} == {"plain_text"}
    assert slack[0]["text"] == "Mail settings: 1 of 1 resource drifted, 0 in sync."
    assert {one["type"] for one in texts(messages.teams(night))} == {"TextRun"}


def _hostile(text: str) -> Plan:
    address = Address(environment="prod", target="x", resource=Resource(collection=text, key=text))
    return plan(replace(MAIN, address=address, risks=(), applied_run=text))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text_in_an_issue(text: str) -> None:
    tame, found = (html(drift_issue.text(_hostile(one), "prod/x", "<!-- x -->")) for one in ("tame", text))
    assert found.tags == tame.tags
    assert found.links == []
    words = set(found.words) - set(tame.words)
    assert not [word for word in words if any(sign in word for sign in "@#$`<>[]|*_~\\")]


def test_an_issue_fits_and_says_what_is_missing() -> None:
    odd = "wörter-" * 100
    changes = [
        replace(MAIN, address=Address(environment="p", target="x", resource=Resource(collection=odd, key=str(at))),
                risks=(), fields=(replace(MAIN.fields[0], origin=here(1)),))
        for at in range(300)
    ]  # fmt: skip
    told = drift_issue.text(plan(*changes), "p/x", "<!-- x -->", limit=20_000)
    assert 18_000 < len(told.encode()) <= 20_000
    assert "Not shown, for want of room: " in told


def test_the_digest_is_of_what_differs_and_of_nothing_else() -> None:
    later = replace(WHOLE, created_at="2026-11-21T10:44:00Z", changes=(*WHOLE.changes[2:], *WHOLE.changes[:2]))
    assert replace(NIGHT, plan=later, url=None, issues={}).digest == NIGHT.digest
    assert replace(NIGHT, plan=plan(MAIN, LOST)).digest != NIGHT.digest
    assert replace(NIGHT, plan=plan(MAIN, NEW)).digest != NIGHT.digest
