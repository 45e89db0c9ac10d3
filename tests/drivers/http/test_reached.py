"""How a site is reached, as `doctor` tells it: no request is sent for that."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest
from lab.servers.o11 import O11StandIn
from lab.servers.proxies import ConnectProxy
from lab.servers.smtp import pki

from reconciler.drivers.http.reached import reached
from reconciler.drivers.http.site import Site
from reconciler.errors import PlatformUnreachable


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> pki.Pki:
    return pki.make(tmp_path_factory.mktemp("pki"))


def test_address_tls_and_time_are_told(certificates: pki.Pki) -> None:
    with O11StandIn(tls=certificates.good) as there:
        found = reached(Site(url=f"{there.url}/ServiceCenter", ca_file=certificates.ca_file))
        assert (found.what, found.ok, there.seen) == ("reached", True, [])
        assert re.fullmatch(rf"{there.url}, TLSv1\.3, connected in \d+ ms", found.said)


def test_clear_text_is_told() -> None:
    with O11StandIn() as there:
        assert "without TLS" in reached(Site(url=there.url)).said


def test_a_proxy_is_gone_through(certificates: pki.Pki) -> None:
    with O11StandIn(tls=certificates.good) as there, ConnectProxy() as proxy:
        found = reached(Site(url=there.url, ca_file=certificates.ca_file, proxy=proxy.url))
        assert found.said.endswith(f", through {proxy.url}")
        assert "TLSv1.3" in found.said
        assert len(proxy.asked) == 1


def test_whom_nobody_trusts_is_not_reached(certificates: pki.Pki, tmp_path: Path) -> None:
    with O11StandIn(tls=certificates.good) as there, pytest.raises(PlatformUnreachable, match="is not trusted"):
        reached(Site(url=there.url))


def test_nobody_there_is_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(PlatformUnreachable, match="connection refused"):
            reached(Site(url=f"http://127.0.0.1:{free.getsockname()[1]}"))
