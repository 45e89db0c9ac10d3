"""`probe.ps1` by a real PowerShell, against real SMTP servers: what SharePoint itself would meet there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from lab.servers.smtp.pki import Pki
from lab.servers.smtp.relay import SmtpRelay
from lab.servers.windows import engine
from support.powershell_engine import engine_session, ours

Probe = Callable[[str, int], Mapping[str, Any]]


@pytest.fixture(scope="module")
def probe(pki: Pki) -> Iterator[Probe]:
    if (pwsh := engine.found()) is None:
        pytest.skip("no real PowerShell: set RECONCILER_PWSH, or put pwsh on the PATH")
    trusts = {"SSL_CERT_FILE": pki.ca_file, "SSL_CERT_DIR": os.devnull}  # as the server's own store would
    with engine_session("2019", pwsh, trusts) as session:
        yield lambda host, port: session.read(ours("sharepoint", "probe"), MailHost=host, Port=port, Seconds=10)


def test_a_relay_with_verified_starttls_passes(probe: Probe, pki: Pki) -> None:
    with SmtpRelay(certificate=pki.good) as relay:
        assert probe("localhost", relay.port) == {"stage": "done", "message": ""}
        assert (relay.logins, relay.messages) == ([], [])


@pytest.mark.parametrize("wrong", ["wrong_name", "unknown_ca", "expired", "self_signed"])
def test_a_certificate_that_the_server_does_not_trust_is_told(probe: Probe, pki: Pki, wrong: str) -> None:
    with SmtpRelay(certificate=getattr(pki, wrong)) as relay:
        assert probe("localhost", relay.port)["stage"] == "tls"


def test_a_relay_without_starttls_is_told(probe: Probe) -> None:
    with SmtpRelay(tls="none") as relay:
        assert probe("localhost", relay.port)["stage"] == "starttls"


def test_no_relay_and_no_name_are_told(probe: Probe) -> None:
    assert probe("127.0.0.1", 9)["stage"] == "connect"
    assert probe("nowhere.invalid", 25)["stage"] == "connect"
