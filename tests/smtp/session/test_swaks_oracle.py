"""swaks and we stop at the same place, wherever swaks is not the one at fault."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from lab.servers.mta import USERS, Mta
from lab.servers.smtp.faults import Expect, FaultServer, Script, Send
from lab.servers.smtp.peers import SWAKS_STOPS, Attempt, swaks, swaks_missing
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.zoo import LOGGED_IN, PASSWORD, USER, ZOO

from reconciler.model.handshake import Auth, Encryption, Handshake, Level
from reconciler.smtp.record.log import Timeouts

MISSING = swaks_missing()
pytestmark = pytest.mark.skipif(MISSING is not None, reason=f"no oracle: {MISSING}")
Shake = Callable[..., Handshake]
BOX = "app@lab.test"
PATIENT = Timeouts(banner=1)
BYE: Script = (Expect(), Send("502 no"), Expect(), Send("221 bye"))  # to QUIT, or to HELO and QUIT: spares the wait
STOPS = {
    "SMTP100": "connect",
    "SMTP101": "banner",
    "SMTP102": "banner",
    "SMTP103": "hello",
    "SMTP2": "tls",
    "SMTP3": "auth",
    "SMTP400": "mail",
    "SMTP401": "rcpt",
}
# Where swaks (20201014) is the one at fault, with the script and certificate that show it
SWAKS_ERRS = {
    "takes injected replies for the server's": (ZOO["injected reply"].script, "good"),
    "does not compare the host with the certificate": (LOGGED_IN, "wrong_name"),
}
# not here: "hangs up" and "TLS cut off", for which swaks has one exit code (6) whatever the place
ZOO_ALIKE = (
    "silent",
    "banner 554",
    "banner 421",
    "EHLO refused",
    "EHLO in TLS refused",
    "STARTTLS stripped",
    "STARTTLS 454",
    "STARTTLS 501",
    "unknown CA",
    "expired",
    "no AUTH",
    "AUTH 535",
    "AUTH 504",
    "AUTH 454",
    "MAIL 530",
    "RCPT 553",
)


def stop(found: Handshake) -> str:
    """Where it ended, in swaks's words."""
    ids = (check.id for check in found.checks if check.status in ("fail", "inconclusive"))
    return next((STOPS.get(one) or STOPS[one[:5]] for one in ids), "")


def in_zoo(server: FaultServer, pki: Pki, *, envelope: bool = False, careless: bool = False) -> int | None:
    attempt = Attempt(
        port=server.port, ca_file=pki.ca_file, user=USER, password=PASSWORD, envelope=envelope, careless=careless
    )
    return swaks(attempt)


@pytest.mark.parametrize("name", ZOO_ALIKE)
def test_swaks_stops_at_the_same_fault(shake: Shake, pki: Pki, name: str) -> None:
    fault = ZOO[name]
    level = Level(fault.settings.get("level", "auth"))
    with FaultServer((*fault.script, *BYE), certificate=getattr(pki, fault.certificate)) as server:
        ours = stop(shake(server.port, level=level))
        code = in_zoo(server, pki, envelope=level is Level.ENVELOPE)
    assert (ours, code in SWAKS_STOPS) == (SWAKS_STOPS.get(code or 0), True)
    assert ours != ""


@pytest.mark.parametrize(("script", "certificate"), SWAKS_ERRS.values(), ids=SWAKS_ERRS)
def test_swaks_logs_in_where_we_stop(shake: Shake, pki: Pki, script: Script, certificate: str) -> None:
    with FaultServer(script, certificate=getattr(pki, certificate)) as server:
        assert (stop(shake(server.port)), server.auth_attempts) == ("tls", 0)
        in_zoo(server, pki)
        assert server.auth_attempts == 1


def test_swaks_sends_the_password_in_clear_where_we_stop(shake: Shake, pki: Pki) -> None:
    with FaultServer(ZOO["STARTTLS stripped"].script) as server:
        shake(server.port)
        assert b"AUTH" not in server.received.clear
        in_zoo(server, pki, careless=True)
        assert b"AUTH PLAIN" in server.received.clear


def test_swaks_finds_nobody_where_we_find_nobody(shake: Shake, pki: Pki) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert stop(shake(port)) == SWAKS_STOPS[swaks(Attempt(port=port, ca_file=pki.ca_file)) or 0] == "connect"


@pytest.mark.parametrize(
    ("listener", "settings", "wanted"),
    [
        ("submission", {}, ""),
        ("implicit", {"encryption": "tls"}, ""),
        ("submission", {"password": "battery staple"}, "auth"),
        ("submission", {"sender": "ceo@lab.test"}, "rcpt"),
        ("submission", {"username": None}, "rcpt"),
        ("plain", {"username": None}, "rcpt"),
        ("plain", {}, "auth"),
        ("submission", {"encryption": "tls"}, "tls"),
        ("implicit", {}, "banner"),
    ],
    ids=["good", "implicit TLS", "password", "sender", "no login", "relay", "no AUTH", "TLS", "silence"],
)
def test_swaks_says_the_same_of_a_real_relay(
    mta: Mta, shake: Shake, listener: str, settings: dict[str, str | None], wanted: str
) -> None:
    port = getattr(mta, listener)
    told = {"username": BOX, "password": USERS[BOX], "sender": BOX, "encryption": "starttls"} | settings
    ours = shake(
        port,
        password=str(told["password"]),
        username=told["username"],
        sender=told["sender"],
        encryption=Encryption(str(told["encryption"])),
        auth=Auth.BASIC if told["username"] else Auth.NONE,
        level=Level.ENVELOPE,
        ca_file=mta.ca_file,
        timeouts=PATIENT,
    )
    theirs = swaks(
        Attempt(
            port=port,
            ca_file=mta.ca_file,
            encryption=str(told["encryption"]),
            user=told["username"],
            password=str(told["password"]),
            sender=str(told["sender"]),
            envelope=True,
            seconds=2,
        )
    )
    assert (stop(ours), SWAKS_STOPS.get(-1 if theirs is None else theirs)) == (wanted, wanted)
