"""The lab of zones where nothing has to be installed: its files are valid, and its links can be cut."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.zones import networks, site
from lab.zones.link import Link

from reconciler.engine.zone import read_settings
from reconciler.pipeline import declaration

ZONES = ("dmz", "plant")


@pytest.fixture
def access(tmp_path: Path) -> site.Access:
    for name in ("ca", "certificate", "key"):
        (tmp_path / name).write_text("")
    return site.Access(
        url="amqps://user@127.0.0.1:5671/reconciler",
        password="",
        ca_file=tmp_path / "ca",
        certificate=tmp_path / "certificate",
        key=tmp_path / "key",
    )


def test_the_files_of_both_sides_are_valid(tmp_path: Path, access: site.Access) -> None:
    signers = site.signers(ZONES)
    with networks.loopback(ZONES) as found:
        site.coordinator(tmp_path / "site", found, access, signers, relays_ca=b"", deadline=20)
        login = {"role_id": "role", "secret_id": "id"}
        for network in found:
            (tmp_path / network.zone).mkdir()
            site.worker(tmp_path / network.zone, network, access, signers, login)
    judged = declaration.judged(tmp_path / "site/environments", base=tmp_path / "site", today="2026-11-29", select=())
    assert judged.landscape is not None, judged.findings
    assert {target.zone for target in judged.landscape.targets} == set(ZONES)
    for zone in ZONES:
        assert read_settings.settings(tmp_path / zone / "worker.yaml", zone).findings == ()


def test_zones_on_loopback_share_no_port() -> None:
    with networks.loopback(ZONES) as found:
        ports = [port for one in found for port in (one.ports.vault, one.ports.relay, one.ports.console)]
    assert len(set(ports)) == 6


@pytest.fixture
def echo() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            client, _ = listener.accept()
            with client:
                while piece := client.recv(100):
                    client.sendall(piece)

        threading.Thread(target=serve, daemon=True).start()
        yield int(listener.getsockname()[1])


def test_a_link_that_is_cut_is_silent_until_it_is_mended(echo: int) -> None:
    with Link(echo, keep=True) as link, socket.create_connection(("127.0.0.1", link.port), timeout=20) as client:
        client.sendall(b"one")
        assert client.recv(100) == b"one"
        link.cut()
        client.sendall(b"two")
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.recv(100)
        link.mend()
        client.settimeout(20)
        assert client.recv(100) == b"two"
        assert sorted(map(bytes, link.heard)) == [b"onetwo", b"onetwo"]
