from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from lab.mta import Mta
from lab.smtp.pki import Pki, make
from lab.smtp.zoo import PASSWORD, USER
from lab.tokens import ISSUER, TokenKey

from reconciler.model.handshake import Auth, Encryption, Handshake, Relay
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.smtp.log import Timeouts
from reconciler.smtp.probe import handshake

QUICK = Timeouts(dns=2, tcp=2, banner=0.4, ehlo=0.4, tls=0.6, auth=0.4, envelope=0.4, quit=0.3, total=5)


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return make(tmp_path_factory.mktemp("pki"))


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


@pytest.fixture(scope="session")
def token_key() -> TokenKey:
    return TokenKey()


@pytest.fixture(scope="session")
def mta(tmp_path_factory: pytest.TempPathFactory, token_key: TokenKey) -> Iterator[Mta]:
    """A real Postfix with a real Dovecot."""
    if reason := Mta.missing():
        pytest.skip(f"no real relay: {reason}")
    keys = tmp_path_factory.mktemp("keys")
    token_key.publish(keys)
    with Mta(oauth2_keys=keys, issuer=ISSUER) as running:
        yield running
