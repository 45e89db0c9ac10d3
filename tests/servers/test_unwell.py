"""What is wrong with a server, or seems so, and what we say of it: each as the server itself does it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.handshake import Auth, Encryption, Handshake
from reconciler.smtp.record.log import Timeouts
from tests.servers import fail2ban, haproxy, postfix, smtp_server
from tests.servers.proven import UNWELL, shaken
from tests.servers.running import Listener, Missing, Place, Server, placed

_NO_LOGIN = {"auth": Auth.NONE, "username": None, "password": None}
_ANYBODY = "-o smtpd_sender_restrictions="
_TLS = "-o smtpd_tls_security_level=encrypt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`options` are those of Postfix's smtpd, `relay` is what is declared otherwise; `found` are checks and statuses.

    `says` stands in a reason or an advice.
    """

    options: str
    found: Mapping[str, str]
    says: str
    relay: Mapping[str, Any] = field(default_factory=dict)
    password: str | None = None
    patience: Timeouts = field(default_factory=Timeouts)


_IMPATIENT = Timeouts(banner=1)
_ENDED = "HAProxy ends TLS, and Postfix wants it"
CASES = {
    "a wrong password": Case(
        options=_TLS, found={"SMTP302": "fail"}, says="compare username and password", password="battery staple"
    ),
    "another host's relay": Case(
        options=f"{_ANYBODY} -o smtpd_relay_restrictions=reject_unauth_destination",
        relay={**_NO_LOGIN, "recipient": "x@example.com"},
        found={"SMTP401": "fail"},
        says="logins or known addresses",
    ),
    "STARTTLS where TLS is declared": Case(
        options=_TLS, relay={"encryption": Encryption.TLS}, found={"SMTP203": "fail"}, says="encryption: starttls"
    ),
    _ENDED: Case(
        options=haproxy.ENDED.replace("auth_only=no", "auth_only=yes"),
        relay={"encryption": Encryption.TLS},
        found={"SMTP300": "fail"},
        says="",
    ),
}
# what the classification of replies is to say
PENDING = {
    "relay access denied, for now": Case(
        options=f"{_ANYBODY} -o smtpd_relay_restrictions=defer_unauth_destination",
        relay={**_NO_LOGIN, "recipient": "x@example.com"},
        found={"SMTP401": "fail"},
        says="relay",
    ),
    "this machine is refused": Case(
        options=f"{_ANYBODY} -o smtpd_client_restrictions=reject",
        relay=_NO_LOGIN,
        found={"SMTP401": "fail"},
        says="address",
    ),
    "the name in EHLO is refused": Case(
        options=f"{_ANYBODY} -o smtpd_helo_restrictions=reject",
        relay=_NO_LOGIN,
        found={"SMTP401": "fail"},
        says="ehlo_name",
    ),
    "the sender's domain is not found": Case(
        options="-o { smtpd_sender_restrictions = "
        "check_sender_access inline:{ {app@lab.test = 450 4.1.8 Domain not found} } }",
        found={"SMTP401": "fail"},
        says="domain",
    ),
    "the login service is gone": Case(
        options=f"{_TLS} -o smtpd_sasl_path=nowhere", found={"SMTP103": "inconclusive"}, says="login service"
    ),
    "no certificate": Case(
        options=f"{_TLS} -o smtpd_tls_chain_files= -o smtpd_tls_cert_file=none",
        found={"SMTP203": "fail"},
        says="no certificate",
    ),
    "a slow greeting": Case(
        options="-o smtpd_delay_reject=no -o { smtpd_client_restrictions = sleep 3, reject_unauth_pipelining }",
        found={"SMTP101": "inconclusive"},
        says="",
        patience=_IMPATIENT,
    ),
}


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with placed() as where:
        yield where


@pytest.fixture(scope="module")
def mta(place: Place) -> Iterator[tuple[Mapping[str, int], Server]]:
    services = {"ready": "", "passed": haproxy.PROXIED}
    services |= {name: case.options for name, case in {**CASES, **PENDING}.items()}
    try:
        with (
            postfix.listening(place, services) as (ports, server),
            haproxy.in_front(place, passed=ports["passed"], ended=ports[_ENDED]) as ((_, tls), _log),
        ):
            yield {**ports, _ENDED: tls.port}, server
    except Missing as missing:
        pytest.skip(f"no Postfix behind HAProxy: {missing}")


def told(case: Case, port: int, place: Place) -> Handshake:
    listener = Listener(name="faulty", port=port, login="auth" not in case.relay)
    more = {name: value for name, value in case.relay.items() if name not in _NO_LOGIN}
    return shaken(listener, place, patience=case.patience, credential=case.password, **more)


_NOT_YET = pytest.mark.xfail(strict=False, reason="not said yet")


@pytest.mark.parametrize("name", [*CASES, *(pytest.param(name, marks=_NOT_YET) for name in PENDING)])
def test_it_is_named(mta: tuple[Mapping[str, int], Server], place: Place, name: str) -> None:
    case = {**CASES, **PENDING}[name]
    found = told(case, mta[0][name], place)
    unwell = [one for one in found.checks if one.status in UNWELL]
    assert {one.id: str(one.status) for one in unwell} == case.found
    assert case.says in " ".join(f"{one.reason} {one.advice}" for one in unwell)


def test_a_refused_login_is_what_fail2ban_counts(
    mta: tuple[Mapping[str, int], Server], place: Place, tmp_path: Path
) -> None:
    """So that its silence about healthy servers means something."""
    ports, server = mta
    told(CASES["a wrong password"], ports["a wrong password"], place)
    lines = [line for line in server.log().splitlines() if "SASL PLAIN authentication failed" in line]
    (tmp_path / "log").write_text(f"{lines[-1]}\n")
    try:
        assert fail2ban.matched(tmp_path / "log", ["postfix"]) == {"postfix": 1}
    except Missing as missing:
        pytest.skip(f"no fail2ban: {missing}")


def test_a_login_offered_before_tls_is_a_warning() -> None:
    with placed() as where:
        try:
            with smtp_server.running(where) as server:
                (listener,) = server.unwell
                found = shaken(listener, where)
        except Missing as missing:
            pytest.skip(f"no {smtp_server.NAME}: {missing}")
    assert [(one.id, str(one.status)) for one in found.checks if one.status in UNWELL] == [("SMTP212", "warn")]
