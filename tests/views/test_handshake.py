"""What `verify` prints, to the letter."""

from __future__ import annotations

import json

import click
import pytest

from reconciler.model.handshake import CheckResult, CheckStatus, Handshake, Level, Status, Step
from reconciler.views import handshake as view


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
        certificate_expires=expires,
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
        "STARTTLS is not offered: the relay, or something between, removed it",
        "250-relay.corp\n250-SIZE 10485760\n250 8BITMIME",
        "ask for STARTTLS on this listener, or use port 465 with encryption: tls",
    ),
    check("SMTP301", "info", "nothing was sent after EHLO; no credential left here"),
    ms=(12, 3, 0.4),
)
BUSY = shaken("bulk", "::1:465", "inconclusive", check("SMTP303", "inconclusive", "the login server is busy (454)"))


def test_text_is_a_line_for_the_good_and_a_paragraph_for_the_rest() -> None:
    assert view.text([GOOD, EXPIRING, STRIPPED], width=130, color=False) == (
        "  ok    submission  smtp.example.com:587    starttls, TLSv1.3, AUTH PLAIN as no-reply@example.com  "
        "231 ms, certificate 63 days\n"
        "  warn  exchange    smtp.office365.com:587  SMTP206 certificate expires in 12 days (2026-12-02)    305 ms\n"
        "  FAIL  internal    relay.corp.example.com:25\n"
        "        SMTP200 STARTTLS is not offered: the relay, or something between, removed it\n"
        "          evidence  250-relay.corp · 250-SIZE 10485760 · 250 8BITMIME\n"
        "          safe      nothing was sent after EHLO; no credential left here\n"
        "          advice    ask for STARTTLS on this listener, or use port 465 with encryption: tls\n"
        "        tcp 12 ms, banner 3 ms, EHLO <1 ms\n"
        "\n"
        "3 relays: 1 ok, 1 warning, 1 failed."
    )


def test_text_on_a_narrow_terminal_cuts_in_the_middle_and_wraps() -> None:
    assert view.text([GOOD, STRIPPED], width=76, color=False) == (
        "  ok    submission  smtp.example.com:587  starttls, TL…y@example.com  231 ms\n"
        "  FAIL  internal    relay.corp.example.com:25\n"
        "        SMTP200 STARTTLS is not offered: the relay, or something between,\n"
        "        removed it\n"
        "          evidence  250-relay.corp · 250-SIZE 10485760 · 250 8BITMIME\n"
        "          safe      nothing was sent after EHLO; no credential left here\n"
        "          advice    ask for STARTTLS on this listener, or use port 465 with\n"
        "                    encryption: tls\n"
        "        tcp 12 ms, banner 3 ms, EHLO <1 ms\n"
        "\n"
        "2 relays: 1 ok, 1 failed."
    )


def test_the_days_of_a_certificate_give_way_before_what_was_proven() -> None:
    shown = view.text([GOOD], width=120, color=False)
    assert "AUTH PLAIN as no-reply@example.com  231 ms\n" in shown


def test_text_of_an_inconclusive_relay_without_name() -> None:
    ad_hoc = shaken(
        None, "::1:465", "inconclusive", *BUSY.checks, check("SMTP206", "warn", "certificate expires in 9 days")
    )
    assert view.text([ad_hoc], width=100, color=False) == (
        "  inconclusive  [::1]:465\n"
        "        SMTP303 the login server is busy (454)\n"
        "        SMTP206 certificate expires in 9 days\n"
        "        tcp 200 ms, banner 31 ms\n"
        "\n"
        "1 relay: 1 inconclusive."
    )


def test_text_says_where_a_connection_started() -> None:
    inside = [
        shaken("a", "a.corp:25", "pass", summary="starttls, TLSv1.3, via ssh://bastion", via="ssh://bastion"),
        shaken(
            "b", "b.corp:25", "warn", check("SMTP206", "warn", "certificate expires in 9 days"), via="ssh://bastion"
        ),
        shaken("c", "c.corp:25", "fail", check("SMTP100", "fail", "no connection"), via="ssh://bastion", ms=()),
    ]
    assert view.text(inside, width=120, color=False) == (
        "  ok    a  a.corp:25  starttls, TLSv1.3, via ssh://bastion                      231 ms\n"
        "  warn  b  b.corp:25  SMTP206 certificate expires in 9 days, via ssh://bastion  231 ms\n"
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
        reason="a login is offered before TLS (lowered from warn to info by verify.checks)",
    )
    assert view.text([shaken("main", "relay:587", "pass", lowered, summary="starttls")], width=120, color=False) == (
        "  ok  main  relay:587  starttls  231 ms\n"
        "        SMTP212 a login is offered before TLS (lowered from warn to info by verify.checks)\n"
        "\n"
        "1 relay: 1 ok."
    )


def test_text_tells_what_a_lowered_check_kept_from_being_tried() -> None:
    expired = check("SMTP206", "warn", "expired (lowered from fail to warn by verify.checks)")
    skipped = check("SMTP302", "skipped", "not tried: SMTP206 ended the session")
    assert view.text([shaken("main", "relay:587", "warn", expired, skipped)], width=120, color=False) == (
        "  warn  main  relay:587  SMTP206 expired (lowered from fail to warn by verify.checks)  231 ms\n"
        "        SMTP302 not tried: SMTP206 ended the session\n"
        "\n"
        "1 relay: 1 warning."
    )


def test_text_of_nothing() -> None:
    assert view.text([], width=80, color=False) == "0 relays."


def test_text_with_color_says_the_same() -> None:
    coloured = view.text([GOOD, EXPIRING, STRIPPED, BUSY], width=100, color=True)
    assert "\x1b[31mFAIL" in coloured
    assert click.unstyle(coloured) == view.text([GOOD, EXPIRING, STRIPPED, BUSY], width=100, color=False)


@pytest.mark.parametrize("width", [80, 100, 140])
def test_text_keeps_the_width(width: int) -> None:
    far = shaken("far", "a.corp:25", "fail", check("SMTP100", "fail", "no"), via="ssh://bastion." + "example." * 12)
    shown = view.text([GOOD, EXPIRING, STRIPPED, BUSY, far], width=width, color=False)
    assert max(map(len, shown.splitlines())) <= width


def test_json_has_exactly_the_keys_of_the_design() -> None:
    assert json.loads(json.dumps(view.as_json([EXPIRING]))) == {
        "handshakes": [
            {
                "relay": "exchange",
                "host": "smtp.office365.com",
                "port": 587,
                "level": "auth",
                "status": "warn",
                "steps": [{"name": "tcp", "ms": 200}, {"name": "banner", "ms": 105}],
                "checks": [
                    {
                        "id": "SMTP206",
                        "status": "warn",
                        "reason": "certificate expires in 12 days (2026-12-02)",
                        "evidence": "certificate 12 days",
                        "advice": "renew it",
                    }
                ],
            }
        ]
    }
