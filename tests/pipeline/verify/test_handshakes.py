"""The verify stage: as few logins as prove everything, and no crash whatever is missing."""

from __future__ import annotations

import base64
import json
import signal
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from lab.servers.proxies import Socks5Proxy
from lab.servers.smtp.faults import Expect, FaultServer, Send
from lab.servers.smtp.pki import Pki, context
from lab.servers.smtp.relay import SmtpRelay
from lab.servers.smtp.zoo import SECURED
from support.submission import REF, USERS, Opened

from reconciler.errors import ReconcilerError, TokenRefused, TokenUnreachable, VaultDenied
from reconciler.model.handshake import Auth, Encryption, Handshake, Level, OAuth2, Policy, Relay
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.oauth.tokens import Token
from reconciler.pipeline.verify import handshakes as verify
from reconciler.pipeline.verify.run_memory import Memory
from reconciler.smtp.record.log import Timeouts


class Denied:
    def open(self, ref: SecretRef) -> SecretValue:
        raise VaultDenied(f"{ref}: not readable", why="the policy does not allow it", fix="ask for the apply role")


def reasons(found: Handshake, check: str) -> list[str]:
    return [result.reason for result in found.checks if result.id == check]


def test_equal_relays_are_tried_once(server: SmtpRelay, submission: Relay) -> None:
    found = verify.handshakes([submission, replace(submission)], Opened(), Policy())
    assert (list(found), server.connections) == ([submission], 1)
    assert found[submission].summary == "starttls, TLSv1.3, AUTH PLAIN as user0"


def test_no_relays_are_no_handshakes() -> None:
    assert verify.handshakes([], Opened(), Policy()) == {}


def test_relays_of_one_credential_share_its_login(server: SmtpRelay, submission: Relay) -> None:
    relays = [
        submission,
        replace(submission, name="other", host="LOCALHOST"),
        replace(submission, level=Level.TLS),
        replace(submission, level=Level.ENVELOPE),
        replace(submission, level=Level.ENVELOPE, sender="b@example.com"),
    ]
    secrets = Opened()
    found = verify.handshakes(relays, secrets, Policy())
    assert {str(result.status) for result in found.values()} == {"pass"}
    assert (server.connections, server.logins, server.senders) == (1, ["user0"], ["a@example.com", "b@example.com"])
    assert secrets.asked == [REF]


def test_relays_that_differ_in_dns_share_a_login(server: SmtpRelay, submission: Relay) -> None:
    told = replace(submission, dns=True, dkim_selectors=("s1",), resolver="127.0.0.1:53")

    verify.handshakes([submission, told], Opened(), Policy())

    assert server.logins == ["user0"]


def test_a_wrong_password_is_sent_once_for_all_who_use_it(server: SmtpRelay, submission: Relay) -> None:
    other = replace(submission, name="other", ehlo_name="other.example.com")
    found = verify.handshakes([submission, other], Opened("wrong"), Policy())
    assert [result.status for result in found.values()] == ["fail", "fail"]
    assert server.logins == ["user0"]


def test_a_host_gets_two_connections_at_a_time(pki: Pki) -> None:
    with _crowd_counter() as (port, most):
        relay = Relay(name=None, host="127.0.0.1", port=port, encryption=Encryption.NONE, auth=Auth.BASIC, password=REF)
        verify.handshakes([replace(relay, username=user) for user in USERS], Opened(), Policy(), parallel=8)
    assert max(most) == verify.PER_HOST


def test_a_user_gets_one_connection_at_a_time() -> None:
    with _crowd_counter() as (port, most):
        relay = Relay(name=None, host="127.0.0.1", port=port, encryption=Encryption.NONE, auth=Auth.BASIC, username="u")
        verify.handshakes([replace(relay, ehlo_name=f"h{n}.example") for n in range(4)], Opened(), Policy())
    assert max(most) == 1


def test_parallel_bounds_all_of_them() -> None:
    with _crowd_counter() as (port, most):
        relay = Relay(name=None, host="127.0.0.1", port=port, encryption=Encryption.NONE)
        relays = [
            replace(relay, host=host, ehlo_name=name) for host in ("127.0.0.1", "localhost") for name in ("a", "b")
        ]
        verify.handshakes(relays, Opened(), Policy(), parallel=1)
    assert max(most) == 1


def test_a_credential_that_cannot_be_opened_is_inconclusive(server: SmtpRelay, submission: Relay) -> None:
    lower = replace(submission, level=Level.TLS)
    found = verify.handshakes([submission, lower], Denied(), Policy())
    assert (found[submission].status, found[lower].status, server.logins) == ("inconclusive", "pass", [])
    assert reasons(found[submission], "SMTP302") == ["no login was tried: mail/submission#password: not readable"]


@pytest.mark.parametrize(
    "settings",
    [{"level": Level.TLS}, {"auth": Auth.NONE}, {"encryption": Encryption.NONE, "host": "relay.invalid"}],
    ids=["level tls", "no auth", "plain text"],
)
def test_a_secret_that_is_not_sent_is_not_opened(submission: Relay, settings: dict[str, object]) -> None:
    secrets = Opened()
    verify.handshakes([replace(submission, **settings)], secrets, Policy())  # type: ignore[arg-type]
    assert secrets.asked == []


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("LocalHost.", True),
        ("old.corp.example.com", True),
        ("corp.example.com.evil.example", False),
        ("localhost.example.com", False),
        ("192.0.2.1", False),
    ],
)
def test_a_password_goes_in_clear_to_this_machine_or_where_policy_says(host: str, allowed: bool) -> None:
    assert verify.plaintext_allowed(host, Policy(plaintext_hosts=("*.Corp.example.com",))) is allowed


def test_one_relay_that_is_down_does_not_stop_the_others(submission: Relay) -> None:
    down = replace(submission, name="down", port=1)
    found = verify.handshakes([down, submission], Opened(), Policy())
    assert [result.status for result in found.values()] == ["fail", "pass"]


def test_an_interrupt_ends_the_run_and_closes_the_sockets(submission: Relay) -> None:
    with FaultServer(()) as silent:
        # to the main thread itself, as Ctrl-C does: only there it wakes up what waits
        timer = threading.Timer(0.2, signal.pthread_kill, [threading.get_ident(), signal.SIGINT])
        timer.start()
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            verify.handshakes([replace(submission, port=silent.port)], Opened(), Policy())
        timer.join()
    assert time.monotonic() - began < 8
    assert silent.connections == 1


@contextmanager
def _crowd_counter() -> Iterator[tuple[int, list[int]]]:
    """A server that keeps each connection for a moment; yields how many there were at a time."""
    most, now, lock, threads = [0], [0], threading.Lock(), list[threading.Thread]()

    def keep(connection: socket.socket) -> None:
        with lock:
            now[0] += 1
            most.append(now[0])
        time.sleep(0.03)
        with lock:
            now[0] -= 1  # before the client can see the end
        with connection:
            connection.sendall(b"554 5.7.1 enough\r\n")

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=keep, args=[connection]))
            threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=accept)
        accepting.start()
        yield listener.getsockname()[1], most
        listener.shutdown(socket.SHUT_RDWR)
    for thread in (accepting, *threads):
        thread.join(5)


def test_few_connections_at_a_time_go_through_one_proxy(server: SmtpRelay, submission: Relay) -> None:
    names = {f"relay{n}.inside": "127.0.0.1" for n in range(12)}
    with Socks5Proxy(names=names) as proxy:
        plain = replace(submission, encryption=Encryption.NONE, auth=Auth.NONE, via=proxy.url, level=Level.CONNECT)
        policy = Policy(plaintext_hosts=("*.inside",))
        found = verify.handshakes([replace(plain, host=host) for host in names], Opened(), policy)
    assert {result.status for result in found.values()} == {"pass"}
    assert (
        proxy.most <= verify.PER_VIA + 2
    )  # the proxy may see an end later than the next beginning; without a limit: 12


def test_a_password_in_clear_does_not_go_to_a_proxy_although_the_relay_is_on_loopback(submission: Relay) -> None:
    secrets = Opened()
    with Socks5Proxy() as proxy:
        relay = replace(submission, encryption=Encryption.NONE, via=proxy.url)
        found = verify.handshakes([relay], secrets, Policy())[relay]
    assert [check.id for check in found.checks if check.status == "fail"] == ["SMTP301"]
    assert (proxy.asked, secrets.asked) == ([], [])


HASTY = Timeouts(quit=0.1)
TOKEN = "eyJhbGciOiJub25lIn0.eyJleHAiOjF9.c2ln"
ENTRA = OAuth2(provider="entra", client_id="app", tenant_id="t", client_secret=REF)


class Fetched:
    """A source of tokens; keeps what it was asked for."""

    def __init__(self, *, error: ReconcilerError | None = None, exp: float = 4e9, aud: str = "") -> None:
        claims = {"aud": aud or "https://outlook.office365.com", "exp": exp, "roles": ["SMTP.SendAsApp"]}
        self.given, self.error, self.asked = Token(value=SecretValue(TOKEN), claims=claims), error, list[OAuth2]()

    def token(self, oauth2: OAuth2) -> Token:
        self.asked.append(oauth2)
        if self.error is not None:
            raise self.error
        return self.given


def exchange(port: int, pki: Pki) -> Relay:
    relay = Relay(name="exchange", host="localhost", port=port, encryption=Encryption.STARTTLS, auth=Auth.OAUTH2)
    return replace(relay, username="user0", oauth2=ENTRA, ca_file=pki.ca_file)


def test_a_token_is_fetched_once_looked_at_and_sent(pki: Pki) -> None:
    script = (*SECURED, Send("250-relay.lab", "250 AUTH XOAUTH2"), Expect("AUTH XOAUTH2"), Send("235 welcome"))
    with FaultServer(script, certificate=pki.good) as server:
        relay, tokens = exchange(server.port, pki), Fetched()
        found = verify.handshakes(
            [relay, replace(relay, name="b")], Opened(), Policy(), memory=Memory(tokens=tokens), timeouts=HASTY
        )
    assert (found[relay].status, len(tokens.asked), server.auth_attempts) == ("pass", 1, 1)
    assert [str(check.status) for check in found[relay].checks if check.id == "SMTP304"] == ["pass"]


@pytest.mark.parametrize("tokens", [Fetched(exp=1), Fetched(aud="https://graph.microsoft.com")], ids=["old", "other"])
def test_a_token_that_would_be_refused_is_not_sent(pki: Pki, tokens: Fetched) -> None:
    script = (*SECURED, Send("250-relay.lab", "250 AUTH XOAUTH2"))
    with FaultServer(script, certificate=pki.good) as server:
        relay = exchange(server.port, pki)
        found = verify.handshakes([relay], Opened(), Policy(), memory=Memory(tokens=tokens), timeouts=HASTY)[relay]
    bad = [check.id for check in found.checks if check.status == "fail"]
    safe = reasons(found, "SMTP301")
    assert (bad, server.auth_attempts, safe[0].endswith("no credential left this machine")) == (["SMTP304"], 0, True)


@pytest.mark.parametrize(
    ("error", "status"), [(TokenRefused("wrong secret"), "fail"), (TokenUnreachable("no answer"), "inconclusive")]
)
def test_a_token_that_cannot_be_had_still_proves_tls(pki: Pki, error: ReconcilerError, status: str) -> None:
    script, source = (*SECURED, Send("250-relay.lab", "250 AUTH XOAUTH2")), Fetched(error=error)
    with FaultServer(script, certificate=pki.good) as server:
        relay = exchange(server.port, pki)
        found = verify.handshakes([relay], Opened(), Policy(), memory=Memory(tokens=source), timeouts=HASTY)[relay]
    assert server.auth_attempts == 0
    assert [str(check.status) for check in found.checks if check.id == "SMTP304"] == [status]


EXCHANGE = "smtp.office365.com"
GOOD = {"aud": "https://outlook.office365.com", "roles": ["SMTP.SendAsApp"], "exp": 4e9}


def jwt(**claims: object) -> str:
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b'=').decode()}.c2ln"


@pytest.fixture(scope="module")
def of_microsoft(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, str]:
    """A relay that has the name of Exchange Online, and the file with its CA; on loopback, behind a proxy."""
    ca, file = trustme.CA(), tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(file))
    return context(ca.issue_cert(EXCHANGE, not_after=datetime.now(UTC) + timedelta(days=63))), str(file)


@pytest.mark.parametrize(
    ("token", "host", "status", "logins"),
    [
        (jwt(exp=1), "relay.example", "fail", 0),
        (jwt(aud="https://graph.microsoft.com", exp=4e9), "relay.example", "pass", 1),
        ("opaque", "relay.example", "skipped", 1),
        (jwt(**GOOD | {"aud": "https://graph.microsoft.com"}), EXCHANGE, "fail", 0),
        (jwt(**GOOD | {"aud": "https://graph.microsoft.com"}), "SMTP.Office365.com.", "fail", 0),
        (jwt(**GOOD), EXCHANGE, "pass", 1),
        ("opaque", EXCHANGE, "skipped", 1),
    ],
    ids=["expired", "not exchange", "opaque", "graph", "graph in capitals", "good", "opaque at exchange"],
)
def test_a_token_given_ad_hoc_is_looked_at_before_it_is_sent(
    of_microsoft: tuple[ssl.SSLContext, str], pki: Pki, token: str, host: str, status: str, logins: int
) -> None:
    certificate, ca_file = of_microsoft
    script = (*SECURED, Send("250-relay.lab", "250 AUTH XOAUTH2"), Expect("AUTH XOAUTH2"), Send("235 welcome"))
    if host == "relay.example":
        certificate, ca_file, host = pki.good, pki.ca_file, "localhost"
    given = SecretRef(store="env", path="T")
    with FaultServer(script, certificate=certificate) as server, Socks5Proxy(names={host: "127.0.0.1"}) as proxy:
        relay = replace(exchange(server.port, pki), name=None, oauth2=None, password=given, ca_file=ca_file)
        relay = replace(relay, host=host, via=proxy.url)
        found = verify.handshakes([relay], Opened(token), Policy(), timeouts=HASTY)[relay]
    assert [str(check.status) for check in found.checks if check.id == "SMTP304"] == [status]
    assert server.auth_attempts == logins


def test_a_declared_token_is_compared_with_the_relay_and_not_with_the_scope_alone(
    of_microsoft: tuple[ssl.SSLContext, str], pki: Pki
) -> None:
    certificate, ca_file = of_microsoft
    graph = "https://graph.microsoft.com"
    script = (*SECURED, Send("250-relay.lab", "250 AUTH XOAUTH2"))
    with FaultServer(script, certificate=certificate) as server, Socks5Proxy(names={EXCHANGE: "127.0.0.1"}) as proxy:
        relay = replace(exchange(server.port, pki), host=EXCHANGE, ca_file=ca_file, via=proxy.url)
        relay = replace(relay, oauth2=replace(ENTRA, scope=f"{graph}/.default"))
        found = verify.handshakes(
            [relay], Opened(), Policy(), memory=Memory(tokens=Fetched(aud=graph)), timeouts=HASTY
        )[relay]
    assert reasons(found, "SMTP304") == ["aud is not Exchange Online, which this relay is"]
    assert server.auth_attempts == 0


def test_relays_that_differ_in_severities_share_a_login(server: SmtpRelay, submission: Relay) -> None:
    other = replace(submission, name="other", severities=(("SMTP206", "warn"),))
    found = verify.handshakes([submission, other], Opened(), Policy())
    assert ([one.status for one in found.values()], server.logins) == (["pass", "pass"], ["user0"])


@pytest.mark.usefixtures("far")
def test_a_refused_user_is_not_tried_on_another_port(pki: Pki) -> None:
    with SmtpRelay(users=USERS, certificate=pki.good) as one, SmtpRelay(users=USERS, certificate=pki.good) as two:
        relay = Relay(name="one", host="localhost", port=one.port, encryption=Encryption.STARTTLS, auth=Auth.BASIC)
        relay = replace(relay, username="user0", password=REF, ca_file=pki.ca_file)
        found = verify.handshakes([relay, replace(relay, name="two", port=two.port)], Opened("wrong"), Policy())
    assert sorted(str(result.status) for result in found.values()) == ["fail", "inconclusive"]
    assert len(one.logins) + len(two.logins) == 1


def test_a_lowered_login_that_cannot_be_tried_is_told(server: SmtpRelay, submission: Relay) -> None:
    lowered = replace(submission, severities=(("SMTP302", "warn"),))
    found = verify.handshakes([lowered], Denied(), Policy())[lowered]
    (told,) = (result.told for result in found.checks if result.id == "SMTP302")
    assert (found.status, server.logins) == ("warn", [])
    assert told.endswith("(lowered from inconclusive to warn by verify.checks)")


def test_a_secret_that_cannot_be_opened_is_told_where_clear_text_is_allowed(
    server: SmtpRelay, submission: Relay
) -> None:
    relay = replace(submission, encryption=Encryption.NONE)
    found = verify.handshakes([relay], Denied(), Policy())[relay]
    assert {check.id: str(check.status) for check in found.checks if check.status in ("fail", "inconclusive")} == {
        "SMTP302": "inconclusive"
    }
