from __future__ import annotations

from collections.abc import Iterator

import pytest
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.relay import SmtpRelay
from support.submission import REF, USERS

from reconciler.model.handshake import Auth, Encryption, Relay
from reconciler.smtp.session import budget


@pytest.fixture
def server(pki: Pki) -> Iterator[SmtpRelay]:
    with SmtpRelay(users=USERS, certificate=pki.good) as relay:
        yield relay


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two listeners here are as two ports of one host elsewhere: those of loopback may be anybody's."""
    monkeypatch.setattr(budget, "loopback", lambda host: False)


@pytest.fixture
def submission(server: SmtpRelay, pki: Pki) -> Relay:
    return Relay(
        name="submission",
        host="localhost",
        port=server.port,
        encryption=Encryption.STARTTLS,
        auth=Auth.BASIC,
        username="user0",
        password=REF,
        ca_file=pki.ca_file,
        sender="a@example.com",
        recipient="p@example.com",
    )
