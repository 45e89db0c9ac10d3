"""A port that tells nothing of its encryption: it is found out, and no login is tried on the way."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from lab import canary
from lab.servers.smtp.relay import SmtpRelay
from support.commandline import inside


@pytest.mark.parametrize("tls", ["starttls", "tls", "none"])
def test_what_a_port_speaks_is_said(tls: Any, certificates: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    password = canary.secret()
    monkeypatch.setenv("SMTP_PASSWORD", password)
    with SmtpRelay(users={"it": password}, tls=tls, certificate=certificates.good) as relay:
        login = ("--username", "it", "--password-env", "SMTP_PASSWORD", "--ca-file", certificates.ca_file)
        told = inside("verify", "--host", "localhost", "--port", str(relay.port), *login)
    assert told.code == 0, told.text
    assert f"port {relay.port} speaks {tls}: --encryption {tls}" in told.err
    assert "no login was tried" in told.err
    assert (relay.logins, told.out.endswith("1 relay: 1 ok.\n")) == ([], True)


def test_plain_text_is_not_the_answer_where_starttls_fails(certificates: Any) -> None:
    with SmtpRelay(users={}, tls="starttls", certificate=certificates.good) as relay:  # by a CA that nobody trusts
        told = inside("verify", "--host", "localhost", "--port", str(relay.port))
    assert told.code == 4, told.text
    assert f"port {relay.port} offers STARTTLS, which fails" in told.err
    assert "SMTP204" in told.out


def test_a_port_that_nobody_listens_on_is_told_as_such() -> None:
    with socket.socket() as held:  # bound and not listening: nobody else gets it meanwhile
        held.bind(("127.0.0.1", 0))
        told = inside("verify", "--host", "127.0.0.1", "--port", str(held.getsockname()[1]), "--format", "json")
    assert told.code in (1, 4)
    assert len(told.json["handshakes"]) == 1
    assert "none of them works" in told.err
