from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from lab.servers.entra.grants import Client
from lab.servers.entra.server import EntraServer
from lab.servers.mta import Mta
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.zoo import PASSWORD, USER
from support.entra_clients import CLIENT, SECRET

from reconciler.model.handshake import Auth, Encryption, Handshake, Relay
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.smtp.record.log import Timeouts
from reconciler.smtp.session.handshake import handshake

QUICK = Timeouts(
    dns=2, tcp=2, banner=0.8, ehlo=0.8, tls=1.2, auth=0.8, envelope=0.8, message=0.8, linger=0.2, quit=0.5, total=8
)


@pytest.fixture
def shake(pki: Pki) -> Callable[..., Handshake]:
    """One handshake with a server on localhost, as `shop`, over STARTTLS; every setting can be given another value."""

    def run(
        port: int, *, password: str = PASSWORD, plaintext: bool = False, timeouts: Timeouts = QUICK, **settings: Any
    ) -> Handshake:
        declared = {
            "name": "submission",
            "host": "localhost",
            "port": port,
            "encryption": Encryption.STARTTLS,
            "auth": Auth.BASIC,
            "username": USER,
            "password": SecretRef(store="default", path="mail/submission", key="password"),
            "ca_file": pki.ca_file,
            "sender": "from@example.com",
            "recipient": "to@example.com",
        }
        relay = Relay(**(declared | settings))
        return asyncio.run(handshake(relay, SecretValue(password), plaintext_allowed=plaintext, timeouts=timeouts))

    return run


@pytest.fixture
def calm(shake: Callable[..., Handshake]) -> Callable[..., Handshake]:
    """As `shake`, for servers that answer: a busy machine is not told as a silent one."""
    return partial(shake, timeouts=Timeouts(quit=0.5, linger=0.2))


@pytest.fixture(scope="session")
def entra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EntraServer]:
    folder = tmp_path_factory.mktemp("entra")
    with EntraServer(folder, [Client(id=CLIENT, secret=SECRET)], keys=folder / "keys") as running:
        yield running


@pytest.fixture(scope="session")
def mta(entra: EntraServer) -> Iterator[Mta]:
    """A real Postfix with a real Dovecot, which believes the tokens of `entra`."""
    if reason := Mta.missing():
        pytest.skip(f"no real relay: {reason}")
    with Mta(oauth2_keys=Path(entra.ca_file).with_name("keys"), issuer=entra.issuer) as running:
        yield running
