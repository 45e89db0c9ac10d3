"""A session says what the application's own mail client would say, and tells what it could not prove."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from lab.servers.smtp.faults import Expect, FaultServer, Send
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.zoo import HELLO, SECURED, TOKEN, USER

from reconciler import platforms
from reconciler.model.handshake import Auth, CheckResult, CheckStatus, Encryption, Handshake, Level, Status
from reconciler.smtp.clients.client import load

Shake = Callable[..., Handshake]
ODOO, DOTNET = "odoo", "system-net-mail"
CHALLENGE = Send("334 PDE4OTYuNjk3MTcwOTUyQHJlbGF5LmxhYj4=")
ROOM = Path(__file__).parents[3] / "reconciler" / "smtp" / "clients"
NAMES = sorted(file.stem for file in ROOM.glob("*.json"))


def offering(*mechanisms: str) -> tuple[Any, ...]:
    return (*SECURED, Send("250-relay.lab", f"250 AUTH {' '.join(mechanisms)}"), Expect("AUTH"))


def by_id(found: Handshake) -> Mapping[str, CheckResult]:
    return {check.id: check for check in found.checks}


def auth_line(server: FaultServer) -> bytes:
    return next(line for line in server.received.lines if line.upper().startswith(b"AUTH"))


# --- the data


@pytest.mark.parametrize("name", NAMES)
def test_every_client_fits_the_schema_and_bears_its_file_name(name: str) -> None:
    schema = json.loads((Path(str(platforms.schemas())) / "client.schema.json").read_text("utf-8"))
    data = json.loads((ROOM / f"{name}.json").read_text("utf-8"))
    assert list(Draft202012Validator(schema).iter_errors(data)) == []
    assert load(name).name == name


@pytest.mark.parametrize(
    ("kind", "client"),
    [
        ("openspp", ODOO),
        ("sharepoint", DOTNET),
        ("outsystems-o11", DOTNET),
        ("windows-smtp", DOTNET),
        ("outsystems-odc", "outsystems-odc"),
        ("netbrain", "netbrain"),
    ],
)
def test_every_platform_names_its_client(kind: str, client: str) -> None:
    platform = platforms.load(kind)
    assert platform is not None
    assert platform.client({}) == client
    assert client in NAMES


# --- the login


def test_odoo_takes_cram_md5_first_where_it_is_offered(shake: Shake, pki: Pki) -> None:
    script = (*offering("PLAIN", "LOGIN", "CRAM-MD5"), CHALLENGE, Expect(), Send("235 welcome"))
    with FaultServer(script, certificate=pki.good) as server:
        found = by_id(shake(server.port, clients=(ODOO,)))
    assert auth_line(server) == b"AUTH CRAM-MD5"
    assert found["SMTP310"].status is CheckStatus.PASS
    assert found["SMTP310"].reason == "Odoo's client (Python's smtplib) takes AUTH CRAM-MD5, and so was the login"
    assert str(found["SMTP310"].evidence).startswith("not proven from here: EHLO says the full name of the host")


def test_a_refused_cram_md5_says_what_else_it_may_mean(shake: Shake, pki: Pki) -> None:
    script = (*offering("PLAIN", "CRAM-MD5"), CHALLENGE, Expect(), Send("535 5.7.8 no"))
    with FaultServer(script, certificate=pki.good) as server:
        found = by_id(shake(server.port, clients=(ODOO,)))
    assert found["SMTP302"].status is CheckStatus.FAIL
    assert "tries CRAM-MD5 first, then PLAIN" in str(found["SMTP302"].advice)


def test_dotnet_names_the_user_in_the_line_of_auth_login(shake: Shake, pki: Pki) -> None:
    script = (*offering("PLAIN", "LOGIN"), Send("334 UGFzc3dvcmQ6"), Expect(), Send("235 welcome"))
    with FaultServer(script, certificate=pki.good) as server:
        found = shake(server.port, clients=(DOTNET,))
    assert b64decode(auth_line(server).removeprefix(b"AUTH LOGIN ")).decode() == USER
    assert found.status is Status.PASS


def test_a_relay_without_a_mechanism_of_the_client_fails_before_any_login(shake: Shake, pki: Pki) -> None:
    with FaultServer((*offering("PLAIN")[:-1], Expect("QUIT")), certificate=pki.good) as server:
        found = by_id(shake(server.port, clients=(DOTNET,)))
    assert found["SMTP300"].status is CheckStatus.FAIL
    assert found["SMTP300"].reason.endswith("the mail client of .NET (System.Net.Mail) takes LOGIN")
    assert "sends without a login, and says nothing" in str(found["SMTP300"].advice)
    assert not any(line.startswith(b"AUTH") for line in server.received.lines)


def test_two_clients_share_one_login_and_each_is_told_what_it_proves(shake: Shake, pki: Pki) -> None:
    script = (*offering("PLAIN", "LOGIN"), Send("235 welcome"))
    with FaultServer(script, certificate=pki.good) as server:
        shaken = shake(server.port, clients=(ODOO, DOTNET))
    found = by_id(shaken)
    assert shaken.summary.endswith(f"AUTH PLAIN as {USER}, LOGIN of system-net-mail not proven")
    assert sum(line.startswith(b"AUTH") for line in server.received.lines) == 1
    assert found["SMTP310"].status is CheckStatus.INFO
    assert found["SMTP310"].reason.endswith("takes AUTH LOGIN: offered, not proven; proven is PLAIN")


def test_one_of_two_clients_that_cannot_log_in_fails_all_the_same(shake: Shake, pki: Pki) -> None:
    with FaultServer((*offering("PLAIN"), Send("235 welcome")), certificate=pki.good) as server:
        found = shake(server.port, clients=(ODOO, DOTNET))
    assert found.status is Status.FAIL
    assert "takes LOGIN" in by_id(found)["SMTP300"].reason
    assert by_id(found)["SMTP302"].status is CheckStatus.PASS


def test_a_client_that_nobody_has_looked_at_is_said_to_be_so(shake: Shake, pki: Pki) -> None:
    with FaultServer((*offering("PLAIN", "LOGIN"), Send("235 welcome")), certificate=pki.good) as server:
        found = shake(server.port, clients=("netbrain",))
    told = "how the mail client of NetBrain logs in is UNVERIFIED; the login was ours, AUTH PLAIN"
    assert (by_id(found)["SMTP310"].status, by_id(found)["SMTP310"].reason) == (CheckStatus.INFO, told)
    assert found.summary.endswith(f"AUTH PLAIN as {USER}, login of netbrain UNVERIFIED")


def test_a_declared_mechanism_wins(shake: Shake, pki: Pki) -> None:
    with FaultServer((*offering("PLAIN", "CRAM-MD5"), Send("235 welcome")), certificate=pki.good) as server:
        found = by_id(shake(server.port, clients=(ODOO,), mechanism="PLAIN"))
    assert auth_line(server).startswith(b"AUTH PLAIN ")
    assert found["SMTP310"].reason.endswith("takes AUTH CRAM-MD5: offered, not proven; proven is PLAIN")


def test_a_declared_mechanism_is_what_an_application_with_a_key_for_it_takes(shake: Shake, pki: Pki) -> None:
    script = (
        *offering("LOGIN"),
        Send("334 VXNlcm5hbWU6"),
        Expect(),
        Send("334 UGFzc3dvcmQ6"),
        Expect(),
        Send("235 ok"),
    )
    with FaultServer(script, certificate=pki.good) as server:
        found = shake(server.port, clients=("rails",), mechanism="login")
    assert found.status is Status.PASS
    assert by_id(found)["SMTP310"].reason == "Rails takes AUTH LOGIN, and so was the login"


def test_where_the_one_mechanism_of_an_application_is_not_offered_another_can_be_written(
    shake: Shake, pki: Pki
) -> None:
    with FaultServer((*offering("LOGIN")[:-1], Expect("QUIT")), certificate=pki.good) as server:
        found = by_id(shake(server.port, clients=("rails",)))
    assert str(found["SMTP300"].advice).startswith(
        "set the application to LOGIN (mechanism: login in the relay, where its target writes that)"
    )


def test_plain_of_java_and_symfony_has_the_user_as_authorization_identity(shake: Shake, pki: Pki) -> None:
    with FaultServer((*offering("PLAIN"), Send("235 welcome")), certificate=pki.good) as server:
        found = shake(server.port, clients=("keycloak",))
    said = b64decode(auth_line(server).removeprefix(b"AUTH PLAIN ")).split(b"\0")
    assert ([part.decode() for part in said[:2]], found.checks[0].id) == ([USER, USER], "SMTP001")


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"clients": ("rails",)}, "localhost.localdomain"),
        ({"clients": ("rails", "gitlab")}, "localhost.localdomain"),
        ({"clients": ("nextcloud",)}, "[127.0.0.1]"),
        ({"clients": ("rails",), "ehlo_name": "app.example.com"}, "app.example.com"),
    ],
    ids=["Rails", "two alike", "Nextcloud", "declared"],
)
def test_ehlo_gives_the_name_that_the_clients_give(shake: Shake, pki: Pki, settings: dict[str, Any], name: str) -> None:
    with FaultServer((*offering("PLAIN", "LOGIN"), Send("235 welcome")), certificate=pki.good) as server:
        found = shake(server.port, **settings)
    assert [line for line in server.received.lines if line.startswith(b"EHLO")] == [f"EHLO {name}".encode()] * 2
    assert "EHLO says" not in str(by_id(found)["SMTP310"].evidence)


def test_where_clients_give_different_names_ehlo_gives_ours(shake: Shake, pki: Pki) -> None:
    with FaultServer((*offering("PLAIN", "LOGIN"), Send("235 welcome")), certificate=pki.good) as server:
        found = shake(server.port, clients=("rails", "nextcloud"))
    assert b"EHLO localhost.localdomain" not in server.received.lines
    assert "EHLO says localhost.localdomain" in str(by_id(found)["SMTP310"].evidence)


@pytest.mark.parametrize(("clients", "waits"), [((ODOO,), False), ((), True)], ids=["odoo", "ours"])
def test_a_long_token_goes_as_the_client_sends_it(shake: Shake, pki: Pki, clients: Any, waits: bool) -> None:
    token = TOKEN + "x" * 3000
    rest = (Send("334 "), Expect(), Send("235 ok")) if waits else (Send("235 ok"),)
    with FaultServer((*offering("XOAUTH2"), *rest), certificate=pki.good) as server:
        found = shake(server.port, password=token, auth=Auth.OAUTH2, clients=clients)
    assert found.status is Status.PASS
    assert (len(auth_line(server)) > 4000) is not waits


def test_a_line_too_long_for_the_relay_says_nothing_of_the_credential(shake: Shake, pki: Pki) -> None:
    refusal = Send("535 5.7.8 Error: authentication failed: Invalid base64 data in initial response")
    _, *rest = offering("XOAUTH2")
    script = (Send("220 relay.lab ESMTP Postfix"), *rest, refusal)
    for token, says in ((TOKEN + "x" * 3000, "Postfix takes 2,048"), (TOKEN, "is refused (535")):
        with FaultServer(script, certificate=pki.good) as server:
            found = by_id(shake(server.port, password=token, auth=Auth.OAUTH2, clients=(ODOO,)))
        assert found["SMTP302"].status is CheckStatus.FAIL
        assert says in found["SMTP302"].reason
        assert ("line_length_limit" in (found["SMTP302"].advice or "")) is (len(token) > 3000)


# --- the envelope

ENVELOPE = {"level": Level.ENVELOPE, "sender": "no-reply@example.org", "recipient": "postmaster@example.org"}
RCPT = (Expect("RCPT"), Send("250 ok"))
OPEN = (*HELLO, Send("250 relay.lab"))


def transaction(answer: str = "250 ok") -> tuple[Any, ...]:
    rest = () if answer[0] != "2" else RCPT
    return (Expect("MAIL"), Send(answer), *rest, Expect("RSET"), Send("250 ok"))


def mails(server: FaultServer) -> list[bytes]:
    return [line for line in server.received.lines if line.startswith(b"MAIL")]


def test_each_sender_of_the_application_is_tried_in_one_session(shake: Shake) -> None:
    script = (*OPEN, *transaction(), *transaction(), Expect("QUIT"))
    both = ("no-reply@example.org", "bounce@example.org")
    with FaultServer(script) as server:
        found = shake(server.port, encryption=Encryption.NONE, auth=Auth.NONE, plaintext=True, senders=both, **ENVELOPE)
    assert mails(server) == [b"MAIL FROM:<no-reply@example.org>", b"MAIL FROM:<bounce@example.org>"]
    accepted = "MAIL no-reply@example.org is accepted; MAIL bounce@example.org is accepted"
    assert (found.status, by_id(found)["SMTP400"].reason) == (Status.PASS, accepted)


def test_a_refused_bounce_address_is_named_and_fails(shake: Shake) -> None:
    script = (*OPEN, *transaction("553 5.7.1 not owned"), *transaction(), Expect("QUIT"))
    asked = {**ENVELOPE, "sender": "bounce@example.org", "senders": ("no-reply@example.org",)}
    with FaultServer(script) as server:
        found = shake(server.port, encryption=Encryption.NONE, auth=Auth.NONE, plaintext=True, **asked)
    assert found.status is Status.FAIL
    assert by_id(found)["SMTP400"].reason == "MAIL bounce@example.org is refused (553)"
    assert by_id(found)["SMTP401"].status is CheckStatus.PASS


@pytest.mark.parametrize("senders", [(), ("bounce@example.org",)], ids=["unknown", "known"])
def test_an_envelope_sender_that_the_files_do_not_tell_is_said_to_be_unproven(
    shake: Shake, senders: tuple[str, ...]
) -> None:
    script = (*OPEN, *(line for _ in range(1 + len(senders)) for line in transaction()), Expect("QUIT"))
    given = {**ENVELOPE, "senders": senders, "clients": (ODOO,)}
    with FaultServer(script) as server:
        found = by_id(shake(server.port, encryption=Encryption.NONE, auth=Auth.NONE, plaintext=True, **given))
    assert ("which the files do not tell" in str(found["SMTP310"].evidence)) is not bool(senders)
    assert found["SMTP310"].reason == "there is no login to make"
