"""Every fault fails its own check, and no credential leaves before the relay is proven."""

from __future__ import annotations

import socket
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from lab.servers.smtp.faults import Expect, FaultServer, Send, Sleep, wait_until_told
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.relay import SmtpRelay
from lab.servers.smtp.zoo import ASKED, CONTROLS, HELLO, PASSWORD, TOKEN, USER, ZOO

from reconciler.model.handshake import Auth, CheckResult, Encryption, Handshake, Level
from reconciler.smtp.record.log import Timeouts

Shake = Callable[..., Handshake]
SECRETS = (PASSWORD.encode(), b64encode(PASSWORD.encode()), b64encode(f"\0{USER}\0{PASSWORD}".encode()), TOKEN.encode())


def bad(found: Handshake) -> list[tuple[str, str]]:
    return [(check.id, str(check.status)) for check in found.checks if check.status not in ("pass", "info")]


def check(found: Handshake, wanted: str) -> CheckResult:
    return next(check for check in found.checks if check.id == wanted)


def typed(settings: Mapping[str, str]) -> dict[str, object]:
    """A fault's settings as the model has them."""
    kinds: dict[str, Callable[[str], object]] = {"encryption": Encryption, "level": Level, "auth": Auth}
    return {key: kinds.get(key, str)(value) for key, value in settings.items()}


# where somebody is silent: the others get the patience of a busy machine
_WAITS = ("silen", "unanswered", "clear text on a TLS port")


@pytest.mark.parametrize("name", [*ZOO, *CONTROLS])
def test_a_fault_fails_its_check_and_keeps_the_credential(shake: Shake, calm: Shake, pki: Pki, name: str) -> None:
    fault = {**ZOO, **CONTROLS}[name]
    shake = shake if any(word in name for word in _WAITS) else calm
    settings = typed(fault.settings) | {"severities": tuple(fault.checks.items())}
    password = TOKEN if fault.settings.get("auth") == "oauth2" else PASSWORD
    certificate = getattr(pki, fault.certificate)
    with FaultServer(fault.script, certificate=certificate, later=fault.later) as server:
        found = shake(server.port, password=password, **settings)
    assert (bad(found), found.status) == ([(fault.check, fault.status)], fault.status)
    assert server.auth_attempts == fault.logins
    assert not any(secret in server.received.clear or secret.decode() in repr(found) for secret in SECRETS)
    if not fault.logins:
        assert not any(secret in line for secret in SECRETS for line in server.received.lines)
        assert check(found, "SMTP301").reason.endswith("no credential left this machine")


def test_a_port_that_refuses_fails(shake: Shake) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    found = shake(port, host="127.0.0.1")
    assert (bad(found), check(found, "SMTP100").evidence) == ([("SMTP100", "fail")], "127.0.0.1: Connection refused")


@pytest.mark.parametrize(
    ("code", "status"), [(socket.EAI_NONAME, "fail"), (socket.EAI_AGAIN, "inconclusive")], ids=["unknown", "later"]
)
def test_a_name_that_does_not_resolve(shake: Shake, monkeypatch: pytest.MonkeyPatch, code: int, status: str) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise socket.gaierror(code, "said the resolver")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert bad(shake(2525, host="relay.invalid")) == [("SMTP100", status)]


def test_a_name_server_that_is_silent_is_not_waited_for(shake: Shake, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer.wait(15) and [])
    began = time.monotonic()
    found = shake(2525, host="relay.invalid", timeouts=Timeouts(dns=0.1))
    assert (bad(found), time.monotonic() - began < 10) == ([("SMTP100", "fail")], True)
    answer.set()


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".example"], ids=["empty label", "long label"])
def test_what_is_no_host_name_fails(shake: Shake, host: str) -> None:
    assert bad(shake(2525, host=host)) == [("SMTP100", "fail")]


def test_the_second_address_is_tried(shake: Shake, pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(0, 0, 0, "", (address, 0)) for address in ("127.0.0.2", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.good) as relay:
        found = shake(relay.port)
    assert check(found, "SMTP100").reason == "connected to 127.0.0.1"


@pytest.mark.parametrize(
    ("setting", "value", "wanted"),
    [
        ("host", "localhost\r\nMAIL", "SMTP100"),
        ("ehlo_name", "me\r\nSTARTTLS", "SMTP103"),
        ("username", "shop\r\nMAIL FROM:<>", "SMTP301"),
        ("username", "shop\0admin", "SMTP301"),
        ("sender", "a@example.com>\r\nDATA", "SMTP400"),
        ("recipient", "b@example.com\n", "SMTP401"),
    ],
)
def test_a_value_that_breaks_out_of_its_command_is_refused(
    shake: Shake, pki: Pki, setting: str, value: str, wanted: str
) -> None:
    with FaultServer(ASKED, certificate=pki.good) as server:
        found = shake(server.port, level=Level.ENVELOPE, **{setting: value})
    assert (bad(found), server.connections, found.steps) == ([(wanted, "fail")], 0, ())


@pytest.mark.parametrize("password", ["", "nul\0inside", "half \ud800"], ids=["empty", "NUL", "surrogate"])
def test_a_password_that_smtp_cannot_carry_is_refused(shake: Shake, password: str) -> None:
    assert bad(shake(1, password=password)) == [("SMTP301", "fail")]


def test_a_password_never_goes_over_an_unencrypted_connection(shake: Shake) -> None:
    with FaultServer(HELLO) as server:
        found = shake(server.port, encryption=Encryption.NONE)
    assert (bad(found), server.connections) == ([("SMTP301", "fail")], 0)


def test_a_ca_file_that_is_not_there_fails_before_connecting(shake: Shake, tmp_path: Path) -> None:
    with FaultServer(HELLO) as server:
        found = shake(server.port, ca_file=str(tmp_path / "none.pem"))
    assert (bad(found), server.connections) == ([("SMTP204", "fail")], 0)


def test_a_stripped_starttls_says_what_was_offered_and_that_nothing_was_sent(shake: Shake) -> None:
    with FaultServer(ZOO["STARTTLS stripped"].script) as server:
        found = shake(server.port)
    assert "encryption: none is for a relay that deliberately has no TLS" in (check(found, "SMTP200").advice or "")
    assert check(found, "SMTP200").evidence == "250-relay.lab\n250-SIZE 10485760\n250 AUTH PLAIN LOGIN"
    assert check(found, "SMTP301").reason == "nothing but QUIT was sent after EHLO; no credential left this machine"
    assert [line[:4] for line in server.received.lines] == [b"EHLO", b"QUIT"]


def test_injected_replies_are_shown(shake: Shake, pki: Pki) -> None:
    with FaultServer(ZOO["injected reply"].script, certificate=pki.good) as server:
        found = shake(server.port)
    told = check(found, "SMTP202")
    assert told.reason == "data arrived after 220 and before TLS: someone between here and the relay injects replies"
    assert told.advice == "do not use this path; tell the owners of the network and the relay"
    assert told.evidence == "250-relay.lab\\r\\n250 AUTH PLAIN\\r\\n"


def test_a_silent_server_is_asked_for_implicit_tls_and_the_other_way_round(shake: Shake) -> None:
    with FaultServer(()) as silent, FaultServer(HELLO) as chatty:
        assert "encryption: tls" in str(check(shake(silent.port), "SMTP101").advice)
        assert "encryption: starttls" in str(check(shake(chatty.port, encryption=Encryption.TLS), "SMTP203").advice)


def test_a_server_that_repeats_the_credential_does_not_bring_it_into_the_result(shake: Shake, pki: Pki) -> None:
    said = [f"535-{secret.decode()} is wrong" for secret in SECRETS[:3]]
    with FaultServer((*ASKED, Send(*said, "535 go")), certificate=pki.good) as server:
        found = shake(server.port)
    assert check(found, "SMTP302").evidence == "535-*** is wrong\n535-*** is wrong\n535-*** is wrong\n535 go"


def test_a_wrong_password_is_tried_once(shake: Shake, pki: Pki) -> None:
    with SmtpRelay(users={USER: PASSWORD}, certificate=pki.good) as relay:
        found = shake(relay.port, password="battery staple")
    assert (bad(found), relay.logins) == ([("SMTP302", "fail")], [USER])
    assert "mail/submission#password" in str(check(found, "SMTP302").advice)


def test_a_dialog_that_dribbles_ends_with_the_total_time(shake: Shake, pki: Pki) -> None:
    slow = (Sleep(0.1), *HELLO, Sleep(0.1), Send("250-relay.lab", "250 STARTTLS"), Expect("STARTTLS"), Sleep(20))
    began = time.monotonic()
    with FaultServer(slow, certificate=pki.good) as server:
        found = shake(server.port, timeouts=Timeouts(total=3.0))
        assert (bad(found), time.monotonic() - began < 15) == ([("SMTP201", "inconclusive")], True)


def test_a_refused_login_is_left_with_quit(shake: Shake, pki: Pki) -> None:
    with FaultServer(ZOO["AUTH 535"].script, certificate=pki.good) as server:
        shake(server.port)
        assert wait_until_told(server, "QUIT")


def test_a_distrusted_server_gets_no_further_word(shake: Shake, pki: Pki) -> None:
    with FaultServer(ZOO["injected reply"].script, certificate=pki.good) as server:
        shake(server.port)
    assert [line[:4] for line in server.received.lines] == [b"EHLO", b"STAR"]


def test_a_login_that_waits_for_another_answer_is_not_given_one(shake: Shake, pki: Pki) -> None:
    with FaultServer(ZOO["AUTH asks again"].script, certificate=pki.good) as server:
        shake(server.port)
    assert server.received.lines[-1].startswith(b"AUTH")
