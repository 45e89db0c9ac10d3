"""A login proves the server that took it: its host, its key and its greeting; a protected stage makes its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.relay import SmtpRelay
from support.submission import USERS, Opened

from reconciler.model.handshake import CheckResult, CheckStatus, Handshake, Level, Policy, Relay, Status
from reconciler.pipeline import declaration
from reconciler.pipeline.verify import handshakes as verify
from reconciler.pipeline.verify import relays, same_server
from reconciler.pipeline.verify.run_memory import Memory


def login(found: Handshake) -> CheckResult:
    return next(check for check in found.checks if check.id == "SMTP302")


def greeted(text: str) -> Handshake:
    checks = (CheckResult(id="SMTP101", status=CheckStatus.PASS, reason="banner 220", evidence=f"220 {text}"),)
    return Handshake(
        relay=None, host="h", port=25, level=Level.TLS, status=Status.PASS, steps=(), checks=checks, certificate=None
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mx.example.com ESMTP Postfix (Debian/GNU)", "mx.example.com ESMTP Postfix (Debian/GNU)"),
        ("mx ESMTP Exim 4.96 Sun, 29 Nov 2026 15:00:00 +0000", "mx ESMTP Exim 4.96 Mon, 30 Nov 2026 00:00:01 +0000"),
        ("smtp.gmail.com ESMTP 5b1f17b1804b1-4ab - gsmtp", "smtp.gmail.com ESMTP ffacd0b85a97d-391 - gsmtp"),
        (
            "FR2P281CA0012.outlook.office365.com Microsoft ESMTP MAIL Service ready at Sun, 29 Nov 2026 15:00:00 +0000",
            "AM0PR02CA0099.outlook.office365.com Microsoft ESMTP MAIL Service ready at Tue, 1 Dec 2026 15:00:00 +0000",
        ),
    ],
    ids=["Postfix", "Exim", "Gmail", "Exchange Online"],
)
def test_a_greeting_is_the_same_in_each_session_of_a_server(one: str, other: str) -> None:
    assert same_server.difference(greeted(one), greeted(other)) is None


def test_another_program_or_name_is_another_server() -> None:
    postfix = greeted("mail ESMTP Postfix")
    assert same_server.difference(greeted("mail smtp4dev ready"), postfix) == (
        "it greets with “mail smtp4dev ready”, the other with “mail ESMTP Postfix”"
    )
    assert same_server.difference(greeted("dev.example.com ESMTP Postfix"), postfix)


@pytest.mark.usefixtures("far")
def test_a_login_proves_nothing_of_a_listener_with_another_greeting(
    server: SmtpRelay, submission: Relay, pki: Pki
) -> None:
    with SmtpRelay(users=USERS, certificate=pki.good, ident="smtp4dev ready") as second:
        other = replace(submission, name="other", port=second.port)
        found = verify.handshakes([submission, other], Opened(), Policy())
    assert ([one.status for one in found.values()], second.logins) == (["pass", "inconclusive"], [])
    assert login(found[other]).reason == (
        f"not tried: this is another server than localhost:{server.port} (submission), where this run has logged in: "
        "it greets with “relay.lab smtp4dev ready”, the other with “relay.lab ESMTP lab”"
    )
    assert "login verified" not in found[other].summary


@pytest.mark.usefixtures("far", "server")
def test_a_login_proves_nothing_of_a_listener_with_another_key(submission: Relay, pki: Pki) -> None:
    with SmtpRelay(users=USERS, certificate=pki.twelve_days) as second:
        other = replace(submission, name="other", port=second.port)
        found = verify.handshakes([submission, other], Opened(), Policy())
    assert found[other].status == "inconclusive"
    assert login(found[other]).reason.endswith("where this run has logged in: its certificate has another key")


def test_a_login_at_a_catcher_of_developers_says_that_it_proves_nothing(submission: Relay, pki: Pki) -> None:
    with SmtpRelay(users=USERS, certificate=pki.good, ident="smtp4dev ready") as catcher:
        there = replace(submission, port=catcher.port)
        found = verify.handshakes([there], Opened(), Policy())[there]
    assert login(found).reason == (
        "logged in as user0; smtp4dev takes any password as it comes, and this proves nothing of it"
    )
    assert found.summary.endswith("AUTH PLAIN as user0 (smtp4dev takes any password)")


# --- a protected stage takes no proof from another


def staged(submission: Relay) -> tuple[Relay, Relay]:
    """Each in a session of its own."""
    return submission, replace(submission, name="prod", ehlo_name="prod.example.com", protected=True)


def test_a_protected_stage_logs_in_itself_after_another_stage(server: SmtpRelay, submission: Relay) -> None:
    dev, prod = staged(submission)
    memory = Memory(expected=(dev, prod))
    found = [verify.handshakes([one], Opened(), Policy(), memory=memory)[one] for one in (dev, prod)]
    assert ([one.status for one in found], server.logins) == (["pass", "pass"], ["user0", "user0"])
    assert login(found[1]).reason == "logged in as user0"


def test_a_protected_stage_logs_in_for_all_of_a_run(server: SmtpRelay, submission: Relay) -> None:
    dev, prod = staged(submission)
    found = verify.handshakes([dev, prod], Opened(), Policy())
    assert ([one.status for one in found.values()], server.logins) == (["pass", "pass"], ["user0"])
    assert login(found[dev]).reason == f"logged in as user0, on localhost:{server.port} (prod)"


def test_a_refused_login_is_not_tried_again_for_a_protected_stage(server: SmtpRelay, submission: Relay) -> None:
    dev, prod = staged(submission)
    memory = Memory(expected=(dev, prod))
    found = [verify.handshakes([one], Opened("wrong"), Policy(), memory=memory)[one] for one in (dev, prod)]
    assert ([one.status for one in found], server.logins) == (["fail", "inconclusive"], ["user0"])


def test_two_protected_stages_share_one_login(server: SmtpRelay, submission: Relay) -> None:
    _, prod = staged(submission)
    other = replace(prod, name="other", ehlo_name="other.example.com")
    memory = Memory(expected=(prod, other))
    found = [verify.handshakes([one], Opened(), Policy(), memory=memory)[one] for one in (prod, other)]
    assert ([one.status for one in found], server.logins) == (["pass", "pass"], ["user0"])


def test_relays_know_whether_their_stage_is_protected(tmp_path: Path) -> None:
    """A relay of the files, and the route of a resource of its own."""
    route = "host: smtp.example.com, port: 587, encryption: starttls, auth: none"
    for stage, protected in (("dev", "false"), ("prod", "true")):
        (tmp_path / "environments" / stage).mkdir(parents=True)
        said = f"order: 10\nprotected: {protected}\nrelays: {{relay: {{{route}}}}}\n"
        (tmp_path / "environments" / stage / "environment.yaml").write_text(said, encoding="utf-8")
        file = f"connection: {{path: /srv/{stage}/.env, preset: django}}\nsettings: {{{route}, ehlo_name: a.example}}\n"
        (tmp_path / "environments" / stage / "app.yaml").write_text(f"platform: file\n{file}", encoding="utf-8")
    (tmp_path / "environments/reconciler.yaml").write_text("version: 1\n", encoding="utf-8")
    land = declaration.judged(tmp_path / "environments", base=tmp_path, today="2026-11-29").landscape
    assert land is not None
    found = relays.chosen(land, (), lambda relay: relay)
    assert {one.name: one.protected for one in found} == {
        "dev/relay": False,
        "prod/relay": True,
        "dev/app:settings": False,
        "prod/app:settings": True,
    }
