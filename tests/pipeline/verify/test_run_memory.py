"""Stages of one run: what an earlier one has proven of a login is told, and not asked again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from lab.servers import kept_alive
from lab.servers.smtp.faults import Expect, FaultServer, Send
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.relay import SmtpRelay
from support.submission import REF, USERS, Opened

from reconciler.model.handshake import Auth, Encryption, Handshake, Level, OAuth2, Policy, Relay
from reconciler.pipeline.verify import handshakes as verify
from reconciler.pipeline.verify.run_memory import Memory


def stages(*relays: Relay, password: str = "secret", secrets: Opened | None = None) -> list[Handshake]:
    """Each relay in a stage of its own."""
    memory, opener = Memory(expected=relays), secrets or Opened(password)
    return [verify.handshakes([relay], opener, Policy(), memory=memory)[relay] for relay in relays]


def of(found: Handshake, check: str) -> list[tuple[str, str]]:
    return [(str(result.status), result.told) for result in found.checks if result.id == check]


def test_a_user_logs_in_once_over_all_stages(server: SmtpRelay, submission: Relay) -> None:
    secrets = Opened()
    found = stages(submission, submission, replace(submission, name="prod"), secrets=secrets)
    assert ([one.status for one in found], server.logins, secrets.asked) == (["pass"] * 3, ["user0"], [REF])
    by = f"localhost:{server.port} (submission)"
    (login,) = (check for check in found[2].checks if check.id == "SMTP302")
    assert login.reason == f"logged in as user0, on {by}"
    assert str(login.evidence).startswith(f"by this run's one login, on {by}")


def test_a_later_stage_still_connects_and_proves_tls(server: SmtpRelay, submission: Relay, pki: Pki) -> None:
    with SmtpRelay(users=USERS, certificate=pki.wrong_name) as wrong:
        found = stages(submission, submission, replace(submission, port=wrong.port))
    assert (server.connections, wrong.connections > 0) == (2, True)
    assert [str(one.status) for one in found] == ["pass", "pass", "fail"]
    assert of(found[2], "SMTP302") == []


def test_senders_of_later_stages_are_tried_with_the_one_login(server: SmtpRelay, submission: Relay) -> None:
    first = replace(submission, level=Level.ENVELOPE)
    found = stages(first, replace(first, sender="b@example.com"), replace(first, sender=None))
    assert (server.senders, server.logins) == (["a@example.com", "b@example.com"], ["user0"])
    assert [str(one.status) for one in found] == ["pass", "pass", "inconclusive"]
    by = f"localhost:{server.port} (submission)"
    assert of(found[1], "SMTP400") == [("pass", f"MAIL b@example.com is accepted, on {by}")]


def test_after_a_refused_login_no_later_stage_tries_it(server: SmtpRelay, submission: Relay) -> None:
    lowered = replace(submission, severities=(("SMTP302", "info"),))
    found = stages(lowered, submission, lowered, password="wrong")
    reason = "not tried: a login as user0 at localhost was already refused in this run, which tries only one"
    assert server.logins == ["user0"]
    assert of(found[1], "SMTP302") == [("inconclusive", reason)]
    assert [str(one.status) for one in found] == ["warn", "inconclusive", "warn"]
    assert of(found[2], "SMTP302") == [("info", f"{reason} (lowered from inconclusive to info by verify.checks)")]


def test_a_second_credential_of_a_user_is_not_tried_in_a_later_stage(server: SmtpRelay, submission: Relay) -> None:
    found = stages(submission, replace(submission, password=replace(REF, version=4)))
    assert (server.logins, [str(one.status) for one in found]) == (["user0"], ["pass", "inconclusive"])
    reason = "not tried: this run logged in as user0 with another credential, and tries only one"
    assert of(found[1], "SMTP302") == [("inconclusive", reason)]


def test_another_user_of_a_later_stage_logs_in(server: SmtpRelay, submission: Relay) -> None:
    found = stages(submission, replace(submission, username="user1"))
    assert (server.logins, [str(one.status) for one in found]) == (["user0", "user1"], ["pass", "pass"])


def test_where_the_first_stage_gets_to_no_login_the_next_makes_it(server: SmtpRelay, submission: Relay) -> None:
    found = stages(replace(submission, port=1), submission, submission)
    assert ([str(one.status) for one in found], server.logins) == (["fail", "pass", "pass"], ["user0"])


def test_an_opt_in_check_is_done_once_over_all_stages(server: SmtpRelay, submission: Relay) -> None:
    asked = replace(submission, severities=(("SMTP403", "fail"),))
    found = stages(asked, asked)
    assert [of(one, "SMTP403")[0][0] for one in found] == ["pass", "pass"]
    assert server.connections == 3


def test_a_relay_without_a_login_is_not_taken_for_one_with_it(server: SmtpRelay, submission: Relay) -> None:
    bare = replace(submission, auth=Auth.NONE, level=Level.ENVELOPE)
    found = stages(submission, bare, replace(submission, level=Level.TLS))
    assert ([str(one.status) for one in found], server.logins) == (["pass", "fail", "pass"], ["user0"])
    assert [of(one, "SMTP302") for one in found[1:]] == [[], []]
    assert of(found[1], "SMTP400") == [("fail", "MAIL a@example.com is refused (530): the relay wants a login first")]


@contextmanager
def token_server() -> Iterator[tuple[str, list[str]]]:
    """A token endpoint on loopback, and the paths that it was asked for."""
    asked: list[str] = []

    class Handler(kept_alive.Handler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers["Content-Length"]))
            body = json.dumps({"access_token": "t0ken", "token_type": "Bearer", "expires_in": 3600}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with kept_alive.Server(("127.0.0.1", 0), Handler) as server:
        yield f"{server.url}/token", asked


def test_stages_of_one_client_fetch_one_token() -> None:
    script = (Send("220 r"), Expect("EHLO"), Send("250-r", "250 AUTH XOAUTH2"), Expect("AUTH"), Send("235 welcome"))
    with token_server() as (url, asked), FaultServer(script, later=script) as server:
        client = OAuth2(provider="client_credentials", client_id="c", token_url=url, client_secret=REF)
        relay = Relay(
            name="r",
            host="127.0.0.1",
            port=server.port,
            encryption=Encryption.NONE,
            auth=Auth.OAUTH2,
            username="dev",
            oauth2=client,
        )
        found = stages(relay, replace(relay, username="test"), replace(relay, username="prod"))
    assert ([str(one.status) for one in found], server.auth_attempts, asked) == (["pass"] * 3, 3, ["/token"])
