"""Level message: one real message, to the declared recipient and nobody else."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import Callable
from dataclasses import replace

import pytest
from lab.servers.smtp.faults import FaultServer, Send
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.relay import SmtpRelay
from lab.servers.smtp.zoo import LETTER, PASSWORD, USER

from reconciler.model.handshake import Auth, CheckResult, Encryption, Handshake, Level, Relay, Status
from reconciler.model.secret import SecretValue
from reconciler.smtp.protocol.reply import Reply
from reconciler.smtp.session import envelope, test_message
from reconciler.smtp.session.handshake import handshakes

Shake = Callable[..., Handshake]


def check(found: Handshake, wanted: str) -> CheckResult:
    return next(check for check in found.checks if check.id == wanted)


def test_one_message_arrives_and_says_what_it_is(shake: Shake, pki: Pki) -> None:
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.good) as server:
        found = shake(server.port, level=Level.MESSAGE)
    (kept,) = server.messages
    sent = email.message_from_bytes(bytes(kept.content or b""), policy=email.policy.default)
    assert (found.status, kept.mail_from, kept.rcpt_tos) == (Status.PASS, "from@example.com", ["to@example.com"])
    assert (sent["Auto-Submitted"], sent["To"], sent["From"]) == (
        "auto-generated",
        "to@example.com",
        "from@example.com",
    )
    assert sent["Message-ID"].strip("<>") in check(found, "SMTP500").reason
    assert found.summary == "starttls, TLSv1.3, AUTH PLAIN as shop, MAIL RCPT, message queued"


@pytest.mark.parametrize(("size", "status"), [(40_000_000, "warn"), (1_000_000, "info"), (None, "info")])
def test_a_relay_that_takes_too_little_is_a_warning(shake: Shake, pki: Pki, size: int | None, status: str) -> None:
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.good) as server:  # SIZE 33554432
        found = check(shake(server.port, level=Level.ENVELOPE, size=size), "SMTP404")
    assert str(found.status) == status
    assert ("33,554,432 bytes; 40,000,000 are wanted" in found.reason) == (status == "warn")


@pytest.mark.parametrize(
    ("words", "limit"),
    [({"SIZE": {"0"}}, None), ({"SIZE": set()}, None), ({}, None), ({"SIZE": {"9" * 30}}, None), ({"SIZE": {"7"}}, 7)],
    ids=["zero", "bare", "none", "absurd", "seven"],
)
def test_size_is_a_limit_only_where_it_names_one(words: dict[str, set[str]], limit: int | None) -> None:
    assert envelope._limit({name: frozenset(found) for name, found in words.items()}) == limit


def test_every_message_has_an_id_of_its_own() -> None:
    assert len({test_message.write("a@example.com", "b@example.com", None).id for _ in range(50)}) == 50


def test_the_queue_id_is_in_the_result(shake: Shake, pki: Pki) -> None:
    with FaultServer((*LETTER, Send("250 2.0.0 Ok: queued as 4Xq2Lz5Vb1z9")), certificate=pki.good) as server:
        found = shake(server.port, level=Level.MESSAGE)
    assert check(found, "SMTP500").reason.endswith("to to@example.com is queued as 4Xq2Lz5Vb1z9")
    assert found.summary.endswith("message queued as 4Xq2Lz5Vb1z9")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b"250 2.0.0 Ok: queued as 9F2A41C0A7", "9F2A41C0A7"),
        (b"250 OK id=1rKx2c-0004Gz-1X", "1rKx2c-0004Gz-1X"),
        (b"250 2.6.0 <x@y> [InternalId=1234567, Hostname=A.B] 1 bytes Queued mail for delivery", "1234567"),
        (b"250 2.0.0 42abcdef0123 Message accepted for delivery", "42abcdef0123"),
        (b"250 OK", None),
    ],
    ids=["Postfix", "Exim", "Exchange", "sendmail", "none"],
)
def test_queue_ids_of_well_known_servers(line: bytes, found: str | None) -> None:
    assert test_message.queue_id(Reply(code=250, lines=(line,))) == found


def test_relays_that_share_an_envelope_share_its_message(pki: Pki) -> None:
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.good) as server:
        first = Relay(
            name="a", host="localhost", port=server.port, encryption=Encryption.STARTTLS, auth=Auth.BASIC, username=USER
        )
        first = replace(first, ca_file=pki.ca_file, sender="a@example.com", recipient="p@example.com")
        relays = [replace(first, name=str(level), level=level) for level in (Level.ENVELOPE, Level.MESSAGE)]
        found = asyncio.run(handshakes(relays, SecretValue(PASSWORD)))
    assert [one.status for one in found.values()] == [Status.PASS, Status.PASS]
    assert ["SMTP500" in [one.id for one in part.checks] for part in found.values()] == [False, True]
    assert (len(server.messages), server.logins) == (1, [USER])


def test_without_a_recipient_nothing_is_sent(shake: Shake, pki: Pki) -> None:
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.good) as server:
        found = shake(server.port, level=Level.MESSAGE, recipient=None)
    assert (found.status, server.messages) == (Status.INCONCLUSIVE, [])


def test_a_line_that_begins_with_a_dot_is_stuffed() -> None:
    assert test_message.stuffed("a\r\n.\r\n..b") == b"a\r\n..\r\n...b\r\n."
