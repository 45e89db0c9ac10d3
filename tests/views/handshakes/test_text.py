"""What `verify` prints, to the letter."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import click
import pytest
from support.plans import at
from support.values import certificate

from reconciler.model.handshake import CheckResult, CheckStatus, Handshake, Level, Status, Step
from reconciler.model.source import Position
from reconciler.views.handshakes import text as view
from reconciler.views.paper import Paper


def _text(handshakes: Sequence[Handshake], *, width: int, color: bool, **beside: Any) -> str:
    """Without the end of the last line."""
    shown = view.text(handshakes, Paper(width=width, color=color), **beside)
    assert shown.endswith("\n")
    return shown[:-1]


def check(id: str, status: str, reason: str, evidence: str | None = None, advice: str | None = None) -> CheckResult:  # noqa: A002
    return CheckResult(id=id, status=CheckStatus(status), reason=reason, evidence=evidence, advice=advice)


def shaken(
    relay: str | None,
    place: str,
    status: str,
    *checks: CheckResult,
    summary: str = "",
    ms: tuple[float, ...] = (200, 31),
    via: str | None = None,
    expires: str | None = None,
) -> Handshake:
    host, _, port = place.rpartition(":")
    steps = tuple(Step(name=name, ms=time) for name, time in zip(("tcp", "banner", "EHLO"), ms, strict=False))
    return Handshake(
        relay=relay,
        host=host,
        port=int(port),
        level=Level.AUTH,
        status=Status(status),
        steps=steps,
        checks=checks,
        summary=summary,
        via=via,
        certificate=certificate(expires) if expires else None,
    )


GOOD = shaken(
    "submission",
    "smtp.example.com:587",
    "pass",
    check("SMTP206", "pass", "the certificate is valid until 2027-01-22", "certificate 63 days"),
    summary="starttls, TLSv1.3, AUTH PLAIN as no-reply@example.com",
    expires="2027-01-22T09:00:00+00:00",
)
EXPIRING = shaken(
    "exchange",
    "smtp.office365.com:587",
    "warn",
    check("SMTP206", "warn", "certificate expires in 12 days (2026-12-02)", "certificate 12 days", "renew it"),
    summary="starttls, TLSv1.3, AUTH XOAUTH2 as x@example.com",
    ms=(200, 105),
)
STRIPPED = shaken(
    "internal",
    "relay.corp.example.com:25",
    "fail",
    check("SMTP103", "pass", "EHLO is accepted", "250 relay.corp"),
    check(
        "SMTP200",
        "fail",
        "STARTTLS is not offered: the relay, or something in between, removed it",
        "250-relay.corp\n250-SIZE 10485760\n250 8BITMIME",
        "have STARTTLS enabled on this listener, or use port 465 with encryption: tls",
    ),
    check("SMTP301", "info", "nothing was sent after EHLO; no credential left this machine"),
    ms=(12, 3, 0.4),
)
BUSY = shaken("bulk", "::1:465", "inconclusive", check("SMTP303", "inconclusive", "the login server is busy (454)"))


def test_text_is_a_line_for_the_good_and_a_paragraph_for_the_rest() -> None:
    assert _text([GOOD, EXPIRING, STRIPPED], width=130, color=False) == (
        "  ok    submission  smtp.example.com:587    starttls, TLSv1.3, AUTH PLAIN as no-reply@example.com  "
        "231 ms, certificate 63 days\n"
        "  warn  exchange    smtp.office365.com:587  starttls, TLSv1.3, AUTH XOAUTH2 as x@example.com       305 ms\n"
        "        SMTP206 certificate expires in 12 days (2026-12-02)\n"
        "          advice    renew it\n"
        "  FAIL  internal    relay.corp.example.com:25\n"
        "        SMTP200 STARTTLS is not offered: the relay, or something in between, removed it\n"
        "          evidence  250-relay.corp · 250-SIZE 10485760 · 250 8BITMIME\n"
        "          safe      nothing was sent after EHLO; no credential left this machine\n"
        "          advice    have STARTTLS enabled on this listener, or use port 465 with encryption: tls\n"
        "        tcp 12 ms, banner 3 ms, EHLO <1 ms\n"
        "\n"
        "3 relays: 1 ok, 1 warning, 1 failed."
    )


def test_text_on_a_narrow_terminal_wraps_and_cuts_nothing() -> None:
    assert _text([GOOD, STRIPPED], width=76, color=False) == (
        "  ok    submission  smtp.example.com:587  231 ms\n"
        "        starttls, TLSv1.3, AUTH PLAIN as no-reply@example.com\n"
        "  FAIL  internal    relay.corp.example.com:25\n"
        "        SMTP200 STARTTLS is not offered: the relay, or something in between,\n"
        "        removed it\n"
        "          evidence  250-relay.corp · 250-SIZE 10485760 · 250 8BITMIME\n"
        "          safe      nothing was sent after EHLO; no credential left this\n"
        "                    machine\n"
        "          advice    have STARTTLS enabled on this listener, or use port 465\n"
        "                    with encryption: tls\n"
        "        tcp 12 ms, banner 3 ms, EHLO <1 ms\n"
        "\n"
        "2 relays: 1 ok, 1 failed."
    )


def test_the_days_of_a_certificate_give_way_before_what_was_proven() -> None:
    shown = _text([GOOD], width=120, color=False)
    assert "AUTH PLAIN as no-reply@example.com  231 ms\n" in shown


def test_text_of_an_inconclusive_relay_without_name() -> None:
    ad_hoc = shaken(
        None, "::1:465", "inconclusive", *BUSY.checks, check("SMTP206", "warn", "certificate expires in 9 days")
    )
    assert _text([ad_hoc], width=100, color=False) == (
        "  inconclusive  [::1]:465\n"
        "        SMTP303 the login server is busy (454)\n"
        "        SMTP206 warning: certificate expires in 9 days\n"
        "        tcp 200 ms, banner 31 ms\n"
        "\n"
        "1 relay: 1 inconclusive."
    )


def test_text_says_where_a_connection_started() -> None:
    inside = [
        shaken("a", "a.corp:25", "pass", summary="starttls, TLSv1.3, via ssh://bastion", via="ssh://bastion"),
        shaken(
            "b",
            "b.corp:25",
            "warn",
            check("SMTP206", "warn", "certificate expires in 9 days"),
            summary="starttls, via ssh://bastion",
            via="ssh://bastion",
        ),
        shaken("c", "c.corp:25", "fail", check("SMTP100", "fail", "no connection"), via="ssh://bastion", ms=()),
    ]
    assert _text(inside, width=120, color=False) == (
        "  ok    a  a.corp:25  starttls, TLSv1.3, via ssh://bastion  231 ms\n"
        "  warn  b  b.corp:25  starttls, via ssh://bastion           231 ms\n"
        "        SMTP206 certificate expires in 9 days\n"
        "  FAIL  c  c.corp:25  via ssh://bastion\n"
        "        SMTP100 no connection\n"
        "\n"
        "3 relays: 1 ok, 1 warning, 1 failed."
    )


def test_text_tells_what_was_lowered_to_information() -> None:
    lowered = CheckResult(
        id="SMTP212",
        status=CheckStatus.INFO,
        usual=CheckStatus.WARN,
        reason="a login is offered before TLS",
    )
    assert _text([shaken("main", "relay:587", "pass", lowered, summary="starttls")], width=120, color=False) == (
        "  ok  main  relay:587  starttls  231 ms\n"
        "        SMTP212 a login is offered before TLS (lowered from warn to info by verify.checks)\n"
        "\n"
        "1 relay: 1 ok."
    )


def test_text_tells_what_a_lowered_check_kept_from_being_tried() -> None:
    expired = CheckResult(
        id="SMTP206",
        status=CheckStatus.INFO,
        usual=CheckStatus.FAIL,
        reason="expired",
        evidence="certificate -3 days",
        advice="renew it",
    )
    skipped = check("SMTP302", "skipped", "no login was tried: SMTP206 ended the session")
    opt_in = check("SMTP403", "skipped", "not tried: it needs level envelope")
    found = shaken("main", "relay:587", "warn", expired, skipped, opt_in, summary="connected")
    assert _text([found], width=120, color=False) == (
        "  warn  main  relay:587  connected  231 ms\n"
        "        SMTP206 expired (lowered from fail to info by verify.checks)\n"
        "          evidence  certificate -3 days\n"
        "          advice    renew it\n"
        "        SMTP302 no login was tried: SMTP206 ended the session\n"
        "\n"
        "1 relay: 1 warning."
    )


def test_text_tells_the_worst_first_and_marks_what_only_warns() -> None:
    found = shaken(
        "main",
        "relay:25",
        "fail",
        check("SMTP001", "warn", "a login on port 25", "its evidence", "use port 587"),
        check("SMTP010", "inconclusive", "the name server does not answer"),
        check("SMTP100", "fail", "no connection", "refused"),
        ms=(),
    )
    assert _text([found], width=120, color=False) == (
        "  FAIL  main  relay:25\n"
        "        SMTP100 no connection\n"
        "          evidence  refused\n"
        "        SMTP010 inconclusive: the name server does not answer\n"
        "        SMTP001 warning: a login on port 25\n"
        "          advice    use port 587\n"
        "\n"
        "1 relay: 1 failed."
    )


def test_text_says_where_a_relay_is_declared_that_is_not_well() -> None:
    declared = {
        found.relay or "": Position(file="dev/environment.yaml", line=line, column=3)
        for line, found in enumerate((GOOD, EXPIRING, STRIPPED), 5)
    }
    shown = _text([GOOD, EXPIRING, STRIPPED], width=120, color=False, declared=declared).splitlines()
    at = [number for number, line in enumerate(shown) if "declared" in line]
    assert [shown[number] for number in at] == [
        "        declared  dev/environment.yaml:6:3",
        "        declared  dev/environment.yaml:7:3",
    ]
    assert shown[at[0] - 1].endswith("renew it")
    assert shown[at[1] + 1].strip().startswith("tcp")


def test_text_tells_the_same_finding_once() -> None:
    sealed = check("SMTP302", "inconclusive", "no login was tried: Vault is sealed", "503", "unseal it")
    nine, ten = (check("SMTP206", "warn", f"certificate expires in {days} days") for days in (9, 10))
    relays = [
        shaken("dev/a", "a:25", "inconclusive", nine, sealed),
        shaken("dev/b", "b:25", "inconclusive", nine, sealed),
        shaken("dev/c", "c:25", "inconclusive", ten, sealed),
    ]
    declared = {name: Position(file="f.yaml", line=1, column=1) for name in ("dev/a", "dev/b", "dev/c")}
    assert _text(relays, width=100, color=False, declared=declared) == (
        "  inconclusive  dev/a  a:25\n"
        "        SMTP302 no login was tried: Vault is sealed\n"
        "          evidence  503\n"
        "          advice    unseal it\n"
        "        SMTP206 warning: certificate expires in 9 days\n"
        "        declared  f.yaml:1:1\n"
        "        tcp 200 ms, banner 31 ms\n"
        "  inconclusive  dev/b  b:25\n"
        "        SMTP302, SMTP206 as for dev/a\n"
        "  inconclusive  dev/c  c:25\n"
        "        SMTP302 as for dev/a\n"
        "        SMTP206 warning: certificate expires in 10 days\n"
        "        declared  f.yaml:1:1\n"
        "        tcp 200 ms, banner 31 ms\n"
        "\n"
        "3 relays: 3 inconclusive."
    )


@pytest.mark.parametrize("field", ["reason", "evidence", "advice"])
def test_text_tells_a_finding_that_differs_in_anything(field: str) -> None:
    one = check("SMTP302", "fail", "refused", "535", "compare")
    other = replace(one, **{field: "another"})
    shown = _text([shaken("a", "a:25", "fail", one), shaken("b", "b:25", "fail", other)], width=100, color=False)
    assert "as for" not in shown


@pytest.mark.parametrize("width", [76, 90, 120])
def test_text_cuts_no_message(width: int) -> None:
    reason = "the relay accepts at most 10485760 bytes, and verify.size asks for 20971520 bytes of it " * 3
    found = [
        shaken("a", "a.example.com:25", "warn", check("SMTP404", "warn", reason), summary="starttls, " * 20),
        shaken("b", "b.example.com:25", "pass", summary="tls"),
    ]
    shown = " ".join(_text(found, width=width, color=False).split())
    assert " ".join(reason.split()) in shown
    assert " ".join(found[0].summary.split()) in shown


def test_text_of_nothing() -> None:
    assert _text([], width=80, color=False) == "0 relays."


def test_text_with_color_says_the_same() -> None:
    coloured = _text([GOOD, EXPIRING, STRIPPED, BUSY], width=100, color=True)
    assert "\x1b[31mFAIL" in coloured
    assert click.unstyle(coloured) == _text([GOOD, EXPIRING, STRIPPED, BUSY], width=100, color=False)


@pytest.mark.parametrize("width", [80, 100, 140])
def test_text_keeps_the_width(width: int) -> None:
    far = shaken("far", "a.corp:25", "fail", check("SMTP100", "fail", "no"), via="ssh://bastion." + "example." * 12)
    shown = _text([GOOD, EXPIRING, STRIPPED, BUSY, far], width=width, color=False)
    assert max(map(len, shown.splitlines())) <= width


def test_json_has_exactly_the_keys_of_the_design() -> None:
    shown = replace(EXPIRING, certificate=certificate("2026-12-02T12:00:00+00:00"), at="2026-11-20T08:00:00Z")
    made = view.document([shown], declared={"exchange": at(6)}, users={"exchange": ["prod/crm:settings"]})
    assert json.loads(json.dumps(made)) == {
        "handshakes": [
            {
                "id": "h1",
                "relay": "exchange",
                "host": "smtp.office365.com",
                "port": 587,
                "level": "auth",
                "status": "warn",
                "reached": True,
                "at": "2026-11-20T08:00:00Z",
                "via": None,
                "summary": EXPIRING.summary,
                "certificate": {
                    "expires": "2026-12-02T12:00:00Z",
                    "days": 12,
                    "subject": "CN=smtp",
                    "issuer": "CN=Example CA",
                    "names": ["smtp.example.com"],
                    "pin": "sha256/AAAA",
                },
                "steps": [{"name": "tcp", "ms": 200}, {"name": "banner", "ms": 105}],
                "checks": [
                    {
                        "id": "SMTP206",
                        "status": "warn",
                        "usual": None,
                        "reason": "certificate expires in 12 days (2026-12-02)",
                        "evidence": "certificate 12 days",
                        "advice": "renew it",
                    }
                ],
                "predicted": [],
                "where": {"file": "environments/prod/openspp.yaml", "line": 6, "column": 11},
                "used_by": ["prod/crm:settings"],
            }
        ]
    }


def test_what_many_relays_have_in_common_is_told_of_the_first_and_they_are_counted() -> None:
    many = [replace(STRIPPED, relay=f"prod/relay-{at:03}") for at in range(200)]
    shown = _text([GOOD, *many], width=100, color=False)
    assert "\n  FAIL  196 more relays: prod/relay-004, prod/relay-005, prod/relay-006 and 193 more\n" in shown
    assert "        SMTP200 as for prod/relay-000\n" in shown
    assert shown.endswith("201 relays: 1 ok, 200 failed.")
    assert len(shown.splitlines()) <= 20
