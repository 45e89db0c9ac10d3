"""One AUTH for each user of a host and run, and what it proves for relays on other listeners."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.relay import SmtpRelay
from support.submission import REF, USERS, Opened

from reconciler.errors import SecretMissing
from reconciler.model.handshake import Auth, Encryption, Handshake, Level, Policy, Relay
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.pipeline.verify import handshakes as verify
from reconciler.smtp.record.log import Timeouts

HASTY = Timeouts(quit=0.1)


@pytest.fixture(scope="module")
def two(pki: Pki) -> Iterator[tuple[SmtpRelay, SmtpRelay]]:
    with SmtpRelay(users=USERS, certificate=pki.good) as one, SmtpRelay(users=USERS, certificate=pki.good) as other:
        yield one, other


def reasons(found: Handshake, check: str) -> list[str]:
    return [result.reason for result in found.checks if result.id == check]


def failures(found: Handshake) -> list[str]:
    return [check.id for check in found.checks if check.status == "fail"]


def other_port(relay: Relay, server: SmtpRelay, **settings: object) -> Relay:
    return replace(relay, name="smtps", port=server.port, **settings)  # type: ignore[arg-type]


@pytest.mark.usefixtures("far")
def test_one_user_of_two_ports_logs_in_once(server: SmtpRelay, submission: Relay, pki: Pki) -> None:
    with SmtpRelay(users=USERS, certificate=pki.good, tls="tls") as second:
        smtps = other_port(submission, second, encryption=Encryption.TLS)
        found = verify.handshakes([submission, smtps], Opened(), Policy())
    assert ([one.status for one in found.values()], server.logins, second.logins) == (["pass", "pass"], ["user0"], [])
    assert second.connections == 1
    by = f"localhost:{server.port} (submission)"
    assert found[smtps].summary == f"tls, TLSv1.3, AUTH PLAIN offered, login verified on {by}"
    (login,) = (check for check in found[smtps].checks if check.id == "SMTP302")
    assert (login.reason, str(login.evidence).splitlines()[0]) == (
        f"logged in as user0, on {by}",
        f"by this run's one login, on {by}",
    )


@pytest.mark.parametrize("settings", [{"ehlo_name": "b.example.com"}, {"pins": ()}], ids=["EHLO name", "CA file"])
def test_relays_of_one_listener_that_differ_in_trust_log_in_once(
    server: SmtpRelay, submission: Relay, pki: Pki, settings: dict[str, object]
) -> None:
    ca_file = pki.ca_file.replace("/", "//", 1) if "pins" in settings else pki.ca_file
    other = replace(submission, name="b", ca_file=ca_file, **settings)  # type: ignore[arg-type]
    found = verify.handshakes([submission, other], Opened(), Policy())
    assert ([one.status for one in found.values()], server.logins) == (["pass", "pass"], ["user0"])


@pytest.mark.usefixtures("far")
def test_the_envelope_of_another_listener_is_tried_with_the_one_login(
    server: SmtpRelay, submission: Relay, pki: Pki
) -> None:
    with SmtpRelay(users=USERS, certificate=pki.good) as second:
        there = other_port(submission, second, level=Level.ENVELOPE, sender="b@example.com")
        found = verify.handshakes([replace(submission, level=Level.ENVELOPE), there], Opened(), Policy())
    assert (server.senders, second.senders, second.logins) == (["a@example.com", "b@example.com"], [], [])
    assert [one.status for one in found.values()] == ["pass", "pass"]
    assert reasons(found[there], "SMTP400") == [
        f"MAIL b@example.com is accepted, on localhost:{server.port} (submission)"
    ]


def test_the_other_listener_proves_its_own_tls_and_that_a_login_is_offered(
    server: SmtpRelay, submission: Relay, pki: Pki
) -> None:
    with (
        SmtpRelay(users=USERS, certificate=pki.wrong_name) as wrong,
        SmtpRelay(certificate=pki.good, mechanisms=()) as bare,
    ):
        relays = [submission, other_port(submission, wrong), other_port(submission, bare)]
        found = verify.handshakes(relays, Opened(), Policy())
    assert [failures(one) for one in found.values()] == [[], ["SMTP205"], ["SMTP300"]]
    assert reasons(found[relays[1]], "SMTP302") == []


def test_where_the_first_gets_to_no_login_the_next_makes_it(server: SmtpRelay, submission: Relay) -> None:
    down = replace(submission, name="down", port=1)
    third = replace(submission, name="third", ehlo_name="third.example.com")
    found = verify.handshakes([down, submission, third], Opened(), Policy())
    assert ([one.status for one in found.values()], server.logins) == (["fail", "pass", "pass"], ["user0"])


@pytest.mark.parametrize("settings", [{}, {"ehlo_name": "b.example.com"}], ids=["one session", "two sessions"])
def test_a_refusal_is_told_to_the_second_as_the_first_ones(
    server: SmtpRelay, submission: Relay, settings: dict[str, object]
) -> None:
    second = replace(submission, name="second", **settings)  # type: ignore[arg-type]
    found = verify.handshakes([submission, second], Opened("wrong"), Policy())
    assert ([one.status for one in found.values()], server.logins) == (["fail", "fail"], ["user0"])
    by = f"localhost:{server.port} (submission)"
    (own,) = reasons(found[submission], "SMTP302")
    assert own == "the login as user0 is refused (535)"
    assert reasons(found[second], "SMTP302") == [f"{own}; refused on {by}, not tried again"]
    (evidence,) = (str(check.evidence) for check in found[second].checks if check.id == "SMTP302")
    assert evidence.splitlines()[0] == f"by this run's one login, on {by}"
    assert "535" in evidence


def test_a_refusal_counts_for_each_relay_as_its_own_environment_says(server: SmtpRelay, submission: Relay) -> None:
    lowered = replace(submission, severities=(("SMTP302", "info"),))
    strict = replace(submission, name="strict", ehlo_name="b.example.com")
    found = verify.handshakes([lowered, strict], Opened("wrong"), Policy())
    assert [one.status for one in found.values()] == ["warn", "fail"]
    assert "lowered" not in reasons(found[strict], "SMTP302")[0]


def test_a_relay_that_asks_for_no_login_hears_of_no_refusal(server: SmtpRelay, submission: Relay) -> None:
    short = replace(submission, name="short", ehlo_name="b.example.com", level=Level.TLS)
    shared = replace(submission, name="shared", level=Level.TLS)
    found = verify.handshakes([shared, submission, short], Opened("wrong"), Policy())
    assert [one.status for one in found.values()] == ["pass", "fail", "pass"]
    assert reasons(found[submission], "SMTP302") == ["the login as user0 is refused (535)"]


def test_a_second_credential_of_a_user_is_not_tried(server: SmtpRelay, submission: Relay) -> None:
    other = replace(submission, name="b", password=replace(REF, key="other"))
    found = verify.handshakes([submission, other], Opened(), Policy())
    assert ([one.status for one in found.values()], server.logins) == (["pass", "inconclusive"], ["user0"])
    assert reasons(found[other], "SMTP302") == [
        "not tried: this run logged in as user0 with another credential, and tries only one"
    ]


def test_a_listener_whose_tls_is_lowered_does_not_look_proven(server: SmtpRelay, submission: Relay, pki: Pki) -> None:
    with SmtpRelay(users=USERS, certificate=pki.wrong_name) as wrong:
        lowered = other_port(submission, wrong, severities=(("SMTP205", "warn"),))
        found = verify.handshakes([submission, lowered], Opened(), Policy())[lowered]
    assert [str(check.status) for check in found.checks if check.id == "SMTP302"] == ["skipped"]
    assert not found.reached


def test_a_login_without_its_secret_is_not_well_where_that_is_lowered(server: SmtpRelay, submission: Relay) -> None:
    class Closed(Opened):
        def open(self, ref: SecretRef) -> SecretValue:
            raise SecretMissing("there is no such secret")

    relay = replace(submission, severities=(("SMTP302", "info"),))
    found = verify.handshakes([relay], Closed(), Policy())[relay]
    assert (found.status, found.reached) == ("warn", False)


@pytest.mark.usefixtures("far")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 1]),
            st.sampled_from(["user0", "user1"]),
            st.sampled_from([Level.TLS, Level.AUTH, Level.ENVELOPE]),
            st.sampled_from([None, "a.example.com"]),
            st.sampled_from(["localhost", "LOCALHOST"]),
        ),
        max_size=6,
    ),
    st.sampled_from(["secret", "wrong"]),
)
def test_whatever_is_declared_there_is_one_auth_for_each_user(
    two: tuple[SmtpRelay, SmtpRelay], pki: Pki, wanted: list[tuple[int, str, Level, str | None, str]], password: str
) -> None:
    for one in two:
        one.logins.clear()
    relays = [
        Relay(
            name=f"relay{number}",
            host=host,
            port=two[at].port,
            encryption=Encryption.STARTTLS,
            auth=Auth.BASIC,
            username=user,
            password=REF,
            ca_file=pki.ca_file,
            ehlo_name=name,
            sender="a@example.com",
            recipient="p@example.com",
            level=level,
        )
        for number, (at, user, level, name, host) in enumerate(wanted)
    ]
    found = verify.handshakes(relays, Opened(password), Policy(), timeouts=HASTY)
    users = {relay.username for relay in relays if relay.level.rank >= Level.AUTH.rank}
    assert sorted((*two[0].logins, *two[1].logins)) == sorted(filter(None, users))
    assert all((one.status == "pass") == (password == "secret" or one.level is Level.TLS) for one in found.values())


def test_ports_of_loopback_prove_nothing_of_each_other(submission: Relay, pki: Pki) -> None:
    """Published ports and tunnels: one may take any password, and the other be prod."""
    with (
        SmtpRelay(users={"user0": "wrong"}, certificate=pki.good) as dev,
        SmtpRelay(users=USERS, certificate=pki.good) as prod,
    ):
        asked = [replace(submission, name="dev", port=dev.port), replace(submission, name="prod", port=prod.port)]
        found = verify.handshakes(asked, Opened("wrong"), Policy())
    assert [str(found[one].status) for one in asked] == ["pass", "fail"]
    assert (dev.logins, prod.logins) == (["user0"], ["user0"])
