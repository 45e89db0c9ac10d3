"""Relays in zones, in each form: what their zone found, and beside it how it looks from here."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

from prometheus_client.parser import text_string_to_metric_families as parsed
from support.documents import faults
from support.handshakes import NOW, REFUSED, WELL

from reconciler.model.answers.verdict import Verdict
from reconciler.model.handshake import Handshake, Status
from reconciler.model.runs import decoded
from reconciler.views import forms
from reconciler.views.handshakes import junit, markdown, prometheus, report, text
from reconciler.views.paper import Paper

NO_ROUTE = Verdict(status=Status.FAIL, summary="no route to host")
OK = Verdict(status=Status.PASS, summary="starttls, TLSv1.3")
FOUND = (
    replace(WELL, zone="dmz", here=NO_ROUTE, summary="starttls, TLSv1.3, AUTH PLAIN as app"),
    replace(WELL, zone="dmz", relay="prod/bulk", summary="starttls, TLSv1.3"),
    replace(REFUSED, zone="plant", here=OK, checks=REFUSED.checks[:2]),
    replace(WELL, relay="prod/ours", summary="starttls, TLSv1.3"),
)


def test_text_says_what_each_zone_found_and_how_it_looks_from_here() -> None:
    shown = text.text(FOUND, Paper(width=100, color=False))
    assert shown.splitlines() == [
        "  ok    prod/submission  smtp.example.com:587                               50 ms",
        "        from dmz: starttls, TLSv1.3, AUTH PLAIN as app; from here: no route to host",
        "  ok    prod/bulk        smtp.example.com:587  from dmz: starttls, TLSv1.3  50 ms",
        "  FAIL  prod/internal    relay.corp.example.com:25  from plant; from here: ok (starttls, TLSv1.3)",
        "        SMTP206 warning: certificate expires in 5 days (2026-11-23)",
        "          advice    renew it",
        "        tcp 1 ms",
        "  ok    prod/ours        smtp.example.com:587  starttls, TLSv1.3            50 ms",
        "",
        "4 relays: 3 ok, 1 failed.",
    ]


def test_markdown_says_it_where_the_relay_is() -> None:
    rows = [line.split(" | ")[1] for line in markdown.text(FOUND).splitlines() if line.startswith("| `prod")]
    assert rows == [
        "`relay.corp.example.com:25`, from plant; from here: ok (starttls, `TLSv1.3)`",
        "`smtp.example.com:587`, from dmz; from here: no route to host",
        "`smtp.example.com:587`, from dmz",
        "`smtp.example.com:587`",
    ]


def test_json_has_it_and_is_read_back_and_leaves_it_out_where_there_is_one_network() -> None:
    document = json.loads(forms.rendered("verify", forms.JSON, FOUND, Paper(), declared={}, users={}, now=NOW))
    assert faults(["verify"], document) == []
    assert [(one.get("zone"), one.get("from_here")) for one in document["handshakes"]] == [
        ("dmz", {"status": "fail", "summary": "no route to host"}),
        ("dmz", None),
        ("plant", {"status": "pass", "summary": "starttls, TLSv1.3"}),
        (None, None),
    ]
    assert ["zone" in one for one in document["handshakes"]] == [True, True, True, False]
    back = [proof.handshake for proof in decoded.proofs(document)]
    assert [(one.zone, one.here) for one in back] == [(one.zone, one.here) for one in FOUND]


def test_junit_has_it_among_the_facts_and_counts_nothing_of_it() -> None:
    suites = ET.fromstring(junit.text(FOUND)).findall("testsuite")
    facts = [{one.attrib["name"]: one.attrib["value"] for one in suite.iter("property")} for suite in suites]
    assert [(one.get("zone"), one.get("from_here")) for one in facts] == [
        ("dmz", "no route to host"),
        ("dmz", None),
        ("plant", "ok (starttls, TLSv1.3)"),
        (None, None),
    ]
    assert suites[0].attrib["failures"] == "0"


def test_prometheus_counts_a_relay_as_up_by_its_zone_and_has_the_view_from_here_beside_it() -> None:
    found = {
        family.name: [(one.labels["relay"], one.labels.get("zone"), one.value) for one in family.samples]
        for family in parsed(prometheus.text(FOUND, now=NOW))
    }
    assert [value for *_, value in found["reconciler_smtp_up"]] == [1, 1, 0, 1]
    assert found["reconciler_smtp_up_from_here"] == [("prod/submission", None, 0), ("prod/internal", None, 1)]
    assert [zone for _, zone, _ in found["reconciler_smtp_info"]] == ["dmz", "dmz", "plant", None]


def test_the_page_says_where_each_was_asked_from() -> None:
    shown = report.text(FOUND, now=NOW)
    assert shown.count("smtp.example.com:587, from dmz") == 4  # in the table and on the card of each
    assert "no route to host" in shown


def test_nothing_of_it_is_said_where_there_is_one_network() -> None:
    def all_forms(found: Handshake) -> list[str]:
        page = report.text([found], now=NOW)
        return [
            text.text([found], Paper()),
            markdown.text([found]),
            junit.text([found]),
            prometheus.text([found], now=NOW),
            page,
        ]

    assert not any(word in said for said in all_forms(WELL) for word in ("from here", "from_here", "zone="))
