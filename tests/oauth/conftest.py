"""The stand-in of Entra for this folder; every secret is a canary, and no canary may show."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from lab.servers.entra.grants import Client, Trust
from lab.servers.entra.server import TENANT, EntraServer
from support.entra_clients import CLIENT, ISSUER, PASSPHRASE, SECRET, SUBJECT, Clock, Pair, Vault, pair, ref

from reconciler.model.handshake import OAuth2
from reconciler.oauth.tokens import Limits, Tokens


@pytest.fixture(scope="session")
def registered() -> Pair:
    """The certificate that the application knows."""
    return pair()


@pytest.fixture(scope="session")
def identity_key() -> rsa.RSAPrivateKey:
    """Signs the identity tokens of a CI that Entra trusts."""
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="session")
def _server(
    tmp_path_factory: pytest.TempPathFactory, registered: Pair, identity_key: rsa.RSAPrivateKey
) -> Iterator[EntraServer]:
    trust = Trust(key=identity_key.public_key(), issuer=ISSUER, subject=SUBJECT)
    client = Client(id=CLIENT, secret=SECRET, certificates=(registered.certificate,), trust=trust)
    folder = tmp_path_factory.mktemp("entra")
    with EntraServer(folder, [client], keys=folder / "keys") as server:
        yield server


@pytest.fixture
def entra(_server: EntraServer) -> EntraServer:
    _server.fault, _server.methods = None, frozenset({"basic", "post"})
    _server.requests.clear()
    tenant = _server.tenant
    tenant.lifetime, tenant.opaque, tenant.extra = 3599, False, {}
    tenant.granted.clear()
    return _server


@pytest.fixture
def vault() -> Vault:
    return Vault(values={ref("secret"): SECRET, ref("passphrase"): PASSPHRASE})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(vault: Vault, clock: Clock) -> Callable[..., Tokens]:
    def made(**given: Any) -> Tokens:
        limits = Limits(connect=1.0, read=0.5, total=3.0)
        settings = {"environ": {}, "clock": clock, "limits": limits}
        return Tokens(vault, **(settings | given))

    return made


@pytest.fixture
def question(entra: EntraServer) -> Callable[..., OAuth2]:
    """The stand-in asked with the client secret; every setting can be given another value."""

    def made(**given: Any) -> OAuth2:
        settings: dict[str, Any] = {"provider": "entra", "client_id": CLIENT, "tenant_id": TENANT}
        settings |= {"authority_host": entra.authority_host, "client_secret": ref("secret")}
        settings |= {"ca_file": entra.ca_file}
        return OAuth2(**(settings | given))

    return made


@pytest.fixture
def identity(identity_key: rsa.RSAPrivateKey, clock: Clock) -> Callable[..., str]:
    def made(**claims: Any) -> str:
        found = {"iss": ISSUER, "sub": SUBJECT, "aud": "api://AzureADTokenExchange", "exp": clock.now + 300}
        return jwt.encode(found | claims, identity_key, algorithm="RS256")

    return made


@pytest.fixture(autouse=True)
def quiet(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> Iterator[None]:
    """Nothing of the developer's environment, and no secret or token in any output, at DEBUG."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTPS_PROXY", "https_proxy", "MSAL_FORCE_REGION"):
        monkeypatch.delenv(name, raising=False)
    caplog.set_level(logging.DEBUG)
    yield
    out, err = capsys.readouterr()
    shown = caplog.text + out + err
    assert "c4nary" not in shown
    if "entra" in request.fixturenames:
        server: EntraServer = request.getfixturevalue("_server")  # of the session: still there
        assert not [token for token in server.tenant.granted if token in shown]
