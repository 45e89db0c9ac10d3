"""A login by a client certificate: WinRM takes it from TLS, and maps it to a local account."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from reconciler.drivers.powershell import pool
from reconciler.errors import PlatformDenied, PlatformError, PlatformUnreachable

from .conftest import READ, Machine, running

Pair = tuple[str, str]


@dataclass
class Site:
    machine: Machine
    certified: Callable[[str], Pair]

    def login(self, pair: Pair) -> object:
        changed = {"auth": "certificate", "username": None, "password": None, "password_named": None}
        return self.machine.session(certificate=pair, **changed).read(READ)

    def refused(self, pair: Pair) -> PlatformError:
        with pytest.raises(PlatformError) as raised:
            self.login(pair)
        return raised.value


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost").configure_cert(context)
    ca.configure_trust(context)
    context.verify_mode = ssl.CERT_OPTIONAL

    def certified(account: str) -> Pair:
        """A certificate that the server maps to the account; to none when that is empty."""
        made = ca.issue_cert("reconciler@contoso.example")
        pair = str(tmp_path / f"{account}.pem"), str(tmp_path / f"{account}.key")
        made.cert_chain_pems[0].write_to_path(pair[0])
        made.private_key_pem.write_to_path(pair[1])
        if account:
            der = ssl.PEM_cert_to_DER_cert(made.cert_chain_pems[0].bytes().decode())
            machine.server.endpoint.certificates[hashlib.sha256(der).hexdigest()] = account
        return pair

    for machine in running((str(tmp_path / "ca.pem"), context), tls=True):
        yield Site(machine, certified)


def test_a_certificate_logs_in_without_a_password(site: Site) -> None:
    assert site.login(site.certified("svc-mail")) == {"name": "read"}
    assert site.machine.server.endpoint.logins == ["svc-mail"]


def test_a_connection_that_was_lost_shows_the_certificate_again(site: Site) -> None:
    pair = site.certified("svc-mail")
    site.login(pair)
    site.machine.server.endpoint.drop = "Receive"
    assert site.login(pair) == {"name": "read"}
    assert site.machine.server.endpoint.logins == ["svc-mail"] * 2


def test_a_certificate_that_maps_to_nobody_is_refused_with_where_to_look(site: Site) -> None:
    error = site.refused(site.certified(""))
    assert (type(error), "ClientCertificate" in str(error.fix)) == (PlatformDenied, True)
    assert site.machine.asked == []


def test_a_server_that_takes_no_certificates_refuses(machine: Machine, tmp_path: Path, site: Site) -> None:
    error = Site(machine, site.certified).refused(site.certified("svc-mail"))
    assert type(error) is PlatformDenied


def test_a_certificate_of_an_unknown_authority_is_refused_by_tls(site: Site, tmp_path: Path) -> None:
    stranger = trustme.CA().issue_cert("reconciler@contoso.example")
    stranger.cert_chain_pems[0].write_to_path(str(tmp_path / "x.pem"))
    stranger.private_key_pem.write_to_path(str(tmp_path / "x.key"))
    error = site.refused((str(tmp_path / "x.pem"), str(tmp_path / "x.key")))
    assert (type(error), site.machine.calls) == (PlatformUnreachable, [])


def test_a_file_that_is_not_there_is_said_before_anything_is_sent(site: Site, tmp_path: Path) -> None:
    error = site.refused((str(tmp_path / "none.pem"), str(tmp_path / "none.key")))
    assert (type(error), "client_certificate" in str(error.fix)) == (PlatformUnreachable, True)
    pool.close_all()
    assert site.machine.server.endpoint.logins == []


def test_a_key_of_another_certificate_is_told(site: Site) -> None:
    one, other = site.certified("svc-mail"), site.certified("other")
    error = site.refused((one[0], other[1]))
    assert (type(error), "client_certificate" in str(error.fix)) == (PlatformUnreachable, True)
