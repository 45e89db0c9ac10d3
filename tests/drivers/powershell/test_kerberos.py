"""With a real KDC on loopback, where one is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.servers.windows.kdc import REALM, Kdc

from reconciler.errors import PlatformDenied
from reconciler.model.secret import SecretValue

from .conftest import READ, Machine

USER, PASSWORD = "svc", "canary-kerberos-4711"


@pytest.fixture
def realm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kdc]:
    if reason := Kdc.missing():
        pytest.skip(f"no Kerberos: {reason}")
    with Kdc(tmp_path, user=USER, password=PASSWORD) as kdc:
        for name, value in kdc.environment.items():
            monkeypatch.setenv(name, value)
        yield kdc


def test_a_user_logs_in_by_kerberos_over_tls(realm: Kdc, machine: Machine) -> None:
    machine.server.endpoint.service = "host"
    login = {"auth": "kerberos", "username": f"{USER}@{REALM}", "password": SecretValue(PASSWORD)}
    assert machine.session(**login).read(READ) == {"name": "read"}
    assert machine.server.endpoint.logins == [f"{USER}@{REALM}"]


def test_a_user_logs_in_by_kerberos_with_message_encryption(realm: Kdc, plain_machine: Machine) -> None:
    plain_machine.server.endpoint.service = "host"
    login = {"auth": "kerberos", "username": f"{USER}@{REALM}", "password": SecretValue(PASSWORD), "tls": False}
    assert plain_machine.session(**login).read(READ) == {"name": "read"}
    assert plain_machine.server.endpoint.encrypted == len(plain_machine.calls)


def test_a_wrong_password_is_denied_before_anything_is_sent(realm: Kdc, machine: Machine) -> None:
    login = {"auth": "kerberos", "username": f"{USER}@{REALM}", "password": SecretValue("wrong-password")}
    with pytest.raises(PlatformDenied) as raised:
        machine.session(**login).read(READ)
    assert ("wrong-password" in str(vars(raised.value)), machine.calls) == (False, [])
