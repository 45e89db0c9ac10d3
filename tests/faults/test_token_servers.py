"""Entra and any other token server behind the proxy of faults: an end to time and size, and no secret is told."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab import canary
from lab.servers.entra.grants import Client
from lab.servers.entra.server import TENANT, EntraServer
from support import fault_proxy
from support.entra_clients import CLIENT, Vault, ref
from support.fault_proxy import FaultProxy

from reconciler.errors import TokenError
from reconciler.model.handshake import OAuth2
from reconciler.oauth.grant import Limits
from reconciler.oauth.tokens import Tokens

pytestmark = pytest.mark.crash

LIMITS = Limits(connect=1.0, read=0.8, total=1.5)
MOST = 8.0  # seconds: the machine is shared, and whoever has no end waits for `fault_proxy.PATIENCE`
# what only delays or doubles is no error, and has its time
HARMLESS, PATIENT = ("latency", "request doubled", "answer doubled"), Limits(connect=20.0, read=20.0, total=20.0)
SECRET = canary.token()


@pytest.fixture(scope="module")
def entra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EntraServer]:
    with EntraServer(tmp_path_factory.mktemp("entra"), [Client(id=CLIENT, secret=SECRET)]) as server:
        yield server


@pytest.fixture
def proxy(entra: EntraServer) -> Iterator[FaultProxy]:
    back = ssl.create_default_context(cafile=entra.ca_file)
    with FaultProxy(int(entra.authority_host.rpartition(":")[2]), upstream=back) as made:
        yield made


def question(proxy: FaultProxy, folder: Path, provider: str) -> OAuth2:
    assert proxy.authority
    proxy.authority.cert_pem.write_to_path(folder / "ca.pem")
    given: dict[str, Any] = {"provider": provider, "client_id": CLIENT, "client_secret": ref("secret")}
    host = f"localhost:{proxy.port}"
    own = (
        {"tenant_id": TENANT, "authority_host": host}
        if provider == "entra"
        else {"token_url": f"https://{host}/connect/token", "scope": "mail"}
    )
    return OAuth2(**given, **own, ca_file=str(folder / "ca.pem"))


@pytest.mark.parametrize("provider", ["entra", "client_credentials"])
@pytest.mark.parametrize("fault", fault_proxy.NAMES)
def test_a_token_comes_or_the_reason_in_time(
    proxy: FaultProxy, tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: str, provider: str
) -> None:
    limits = PATIENT if fault in HARMLESS else LIMITS
    tokens = Tokens(Vault(values={ref("secret"): SECRET}), environ={}, limits=limits)
    proxy.fault = fault
    start, told = time.monotonic(), ""
    try:
        assert tokens.token(question(proxy, tmp_path, provider)).claims
    except TokenError as error:
        told = f"{error.what} {error.why} {error.fix}"
    assert time.monotonic() - start < MOST
    assert proxy.met
    assert not canary.leaks(told + caplog.text)
    assert bool(told) is (fault not in HARMLESS)


@pytest.mark.parametrize("minutes", [-31, 0, 31])
@pytest.mark.parametrize("provider", ["entra", "client_credentials"])
def test_a_token_is_fetched_once_whatever_our_clock_says(
    proxy: FaultProxy, tmp_path: Path, provider: str, minutes: int
) -> None:
    values = Vault(values={ref("secret"): SECRET})
    tokens = Tokens(values, environ={}, limits=PATIENT, clock=lambda: time.time() + 60 * minutes)
    for _ in range(3):
        assert tokens.token(question(proxy, tmp_path, provider)).claims
    assert proxy.passed == (2 if provider == "entra" else 1)


def test_without_faults_the_proxy_is_not_there(proxy: FaultProxy, tmp_path: Path) -> None:
    tokens = Tokens(Vault(values={ref("secret"): SECRET}), environ={}, limits=PATIENT)
    assert tokens.token(question(proxy, tmp_path, "entra")).claims
    assert proxy.passed == 2
