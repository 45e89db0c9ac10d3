"""Handshakes as Markdown: what they say, told once for each cause; that no text from outside becomes more than text."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.github_html import HOSTILE, html
from support.plans import MAIN, SYNC, at, plan
from support.values import certificate

from reconciler.model.answers.proof import Proof
from reconciler.model.handshake import CheckResult, CheckStatus, Handshake, Level, Status
from reconciler.views.handshakes import markdown as view
from reconciler.views.plans import drift_markdown
from reconciler.views.plans import markdown as plan_view
from reconciler.views.printable import visible

GOOD = Handshake(
    relay="prod/submission",
    host="smtp.example.com",
    port=587,
    level=Level.AUTH,
    status=Status.PASS,
    steps=(),
    checks=(CheckResult(id="SMTP100", status=CheckStatus.PASS, reason="connected"),),
    summary="starttls, TLSv1.3, AUTH PLAIN",
    certificate=certificate("2026-12-02T12:00:00+00:00"),
)
REFUSED = CheckResult(
    id="SMTP302", status=CheckStatus.FAIL, reason="the login is refused", evidence="535 5.7.8", advice="check user"
)
BAD = replace(GOOD, relay="prod/bulk", host="bulk.example.net", status=Status.FAIL, checks=(REFUSED,), certificate=None)
WHOLE = """\
**2 relays: 1 ok, 1 failed.**

- **fail: `SMTP302` at `prod/bulk`, `environments/prod/openspp.yaml:9`**: the login is refused<br>\
evidence: `535` `5.7.8`<br>advice: check user

| relay | at | result | certificate |
| :-- | :-- | :-- | :-- |
| `prod/bulk` | `bulk.example.net:587` | **FAIL** 1 finding |  |
| `prod/submission` | `smtp.example.com:587` | **ok** starttls, `TLSv1.3`, AUTH PLAIN | ends `2026-12-02` |
"""


def test_the_worst_is_told_first() -> None:
    assert view.text([GOOD, BAD], declared={"prod/bulk": at(9)}) == WHOLE


def test_a_relay_of_the_command_line_has_its_place_once() -> None:
    assert view.text([replace(GOOD, relay=None)]).count("smtp.example.com:587") == 1


def test_what_is_wrong_with_many_relays_is_told_once() -> None:
    told = view.text([replace(BAD, relay=f"prod/r{number}") for number in range(200)])
    assert told.count("the login is refused") == 1
    assert "at `prod/r0`, `prod/r1`, `prod/r2`, 197 more**" in told


@pytest.mark.parametrize("limit", [32_768, 65_536])
def test_it_fits_and_says_what_is_missing(limit: int) -> None:
    told = view.text([replace(BAD, relay=f"prod/wörter-{number}" * 9) for number in range(5000)], limit=limit)
    assert limit * 0.9 < len(told.encode()) <= limit
    assert "Not shown, for want of room: " in told


def hostile(text: str) -> list[Handshake]:
    check = replace(REFUSED, id=text, reason=text, evidence=text, advice=text)
    warned = replace(check, status=CheckStatus.WARN)
    odd = replace(BAD, relay=text, host=text, via=text, summary=text, checks=(check, warned))
    return [odd, replace(odd, status=Status.PASS)]


def proven(text: str) -> Proof:
    return Proof(handshakes=tuple(hostile(text)), declared={text: at(9)}, users={}, uses=())


WRITTEN = {
    "verify": lambda text: view.text(hostile(text), declared={text: at(9)}),
    "plan": lambda text: plan_view.text(plan(*SYNC, MAIN), next_command=None, proof=proven(text)),
    "drift": lambda text: drift_markdown.text(plan(*SYNC, MAIN), proof=proven(text)),
}
TAME = {name: html(written("tame")) for name, written in WRITTEN.items()}


@pytest.mark.parametrize("name", WRITTEN)
def test_hostile_text_stays_text(name: str) -> None:
    for text in HOSTILE:
        found = html(WRITTEN[name](text))
        assert found.tags == TAME[name].tags, text
        assert found.links == TAME[name].links, text
        assert "".join(visible(text).split()) in "".join(found.text.split())
        words = set(found.words) - set(TAME[name].words)
        assert not [word for word in words if any(sign in word for sign in "@#$`<>[]|*_~\\")]


def test_a_plan_shows_its_handshakes_above_the_details() -> None:
    told = plan_view.text(plan(MAIN), next_command=None, proof=proven("x"))
    assert told.index("| relay | at | result | certificate |") < told.index("<details>")
