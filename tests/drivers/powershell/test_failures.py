"""What goes wrong on the way to a server, and what becomes of it: an error with advice, or another attempt."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from lab.servers.windows.languages import LANGUAGES, text
from lab.servers.windows.shells import Call

from reconciler.drivers.powershell import faults, pool
from reconciler.drivers.powershell.faults import Fault
from reconciler.errors import (
    PlatformAnswer,
    PlatformBusy,
    PlatformDenied,
    PlatformError,
    PlatformMissing,
    PlatformUnreachable,
)
from reconciler.model.secret import SecretValue

from .conftest import READ, WRITE, Machine, done


def told(machine: Machine, **changed: Any) -> PlatformError:
    with pytest.raises(PlatformError) as raised:
        machine.session(**changed).read(READ)
    assert (raised.value.__cause__, raised.value.__suppress_context__) == (None, True)
    return raised.value


def test_a_wrong_password_names_where_it_came_from(machine: Machine) -> None:
    error = told(machine, password=SecretValue("wrong-password"))
    assert (type(error), "connection.password (env PW)" in str(error.fix)) == (PlatformDenied, True)


def test_credssp_that_is_not_offered_is_said(machine: Machine) -> None:
    machine.server.endpoint.offers = ("Negotiate",)
    error = told(machine, auth="credssp")
    assert (type(error), "CredSSP" in f"{error.what} {error.why}") == (PlatformDenied, True)


@pytest.mark.parametrize("auth", ["credssp", "negotiate", "ntlm"])
def test_each_login_works_over_tls_and_with_message_encryption(
    machine: Machine, plain_machine: Machine, auth: str
) -> None:
    for one, tls in ((machine, True), (plain_machine, False)):
        one.session(auth=auth, tls=tls).write(WRITE, Text="x" * 300_000, Secret=SecretValue("canary-s€cret"))
        assert one.asked[0][1] == {"Text": "x" * 300_000, "Secret": "canary-s€cret"}
    sealed = plain_machine.server.endpoint.encrypted
    assert (machine.server.endpoint.encrypted, sealed) == (0, len(plain_machine.calls))


def test_an_untrusted_certificate_ends_before_a_login(machine: Machine, tmp_path: Any) -> None:
    from lab.servers.windows import authority

    other, _ = authority(tmp_path, "localhost")
    assert type(told(machine, ca_file=other)) is PlatformUnreachable
    assert machine.server.endpoint.logins == []


def test_a_certificate_for_another_name_ends_before_a_login(machine: Machine) -> None:
    assert type(told(machine, host="127.0.0.1")) is PlatformUnreachable


def test_no_listener_is_unreachable(machine: Machine) -> None:
    assert type(told(machine, port=1)) is PlatformUnreachable


def test_an_endpoint_that_is_not_there_is_named(machine: Machine) -> None:
    assert "Mail.Reconciler" in told(machine, configuration="Mail.Reconciler").what


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_winrm_refuses_is_told_by_its_number(machine: Machine, language: str) -> None:
    endpoint = machine.server.endpoint
    endpoint.language = language
    assert type(told(machine, configuration="Mail.Reconciler")) is PlatformDenied
    endpoint.full = True
    busy = told(machine)
    assert (type(busy), "MaxMemoryPerShellMB" in str(busy.fix)) == (PlatformBusy, True)
    endpoint.users = set()
    denied = told(machine)
    assert (type(denied), "Remote Management Users" in str(denied.fix)) == (PlatformDenied, True)
    said = text("access denied", language)
    assert said not in f"{denied.what} {denied.why} {denied.fix}"


def test_a_script_that_takes_too_long_is_stopped(machine: Machine) -> None:
    machine.answers["read"] = lambda call: time.sleep(12) or done()
    machine.server.endpoint.operation_timeout = 0.2
    began = time.monotonic()
    error = told(machine, timeout=1.0)
    assert (type(error), time.monotonic() - began < 10) == (PlatformUnreachable, True)
    assert machine.calls.count("Receive") > 2
    assert "Signal" in machine.calls


def test_a_slow_script_is_waited_for_over_several_receives(machine: Machine) -> None:
    machine.answers["read"] = lambda call: time.sleep(1) or done(slow=True)
    machine.server.endpoint.operation_timeout = 0.2
    assert machine.session().read(READ) == {"slow": True}


def test_a_lost_shell_is_opened_anew_for_a_write_too(machine: Machine) -> None:
    machine.session().read(READ)
    machine.server.endpoint.shells.clear()  # as after an idle timeout
    machine.session().write(WRITE)
    assert [name for name, _ in machine.asked] == ["read", "write"]


@pytest.mark.parametrize("lost", ["Command", "Receive"])
def test_after_a_dropped_answer_a_read_is_repeated(machine: Machine, lost: str) -> None:
    machine.session().read(READ)
    machine.server.endpoint.drop = lost
    assert machine.session().read(READ) == {"name": "read"}


@pytest.mark.parametrize("lost", ["Command", "Receive"])
def test_after_a_dropped_answer_a_write_is_not_repeated(machine: Machine, lost: str) -> None:
    machine.session().read(READ)
    machine.server.endpoint.drop = lost
    with pytest.raises(PlatformUnreachable):
        machine.session().write(WRITE)
    time.sleep(0.3)  # the script there goes on
    assert [name for name, _ in machine.asked].count("write") == 1


def test_a_dropped_connection_with_message_encryption_is_logged_in_again(plain_machine: Machine) -> None:
    session = plain_machine.session(tls=False)
    session.read(READ)
    plain_machine.server.endpoint.drop = "Receive"
    assert session.read(READ) == {"name": "read"}
    assert len(plain_machine.server.endpoint.logins) == 2


@pytest.mark.parametrize("tls", [True, False])
def test_a_server_that_is_not_ready_is_asked_again(machine: Machine, plain_machine: Machine, tls: bool) -> None:
    one = machine if tls else plain_machine
    one.server.endpoint.limit = (6, 0.5)
    session = one.session(tls=tls)
    for _ in range(3):
        session.write(WRITE)
    assert [name for name, _ in one.asked] == ["write"] * 3
    assert one.server.endpoint.refused > 0


def test_not_ready_until_the_deadline_is_busy(machine: Machine) -> None:
    machine.server.endpoint.failing = 1.0
    assert type(told(machine, timeout=1.0)) is PlatformBusy


def test_at_most_so_many_servers_at_once(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_SERVERS", threading.BoundedSemaphore(2))
    running, most = 0, 0
    lock = threading.Lock()

    def slow(call: Call) -> Any:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        deadline = time.monotonic() + 10  # on a busy machine the second one comes when it can
        while most < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.1)
        with lock:
            running -= 1
        return done()

    machine.answers["read"] = slow
    sessions = [machine.session(timeout=20.0, password_named=f"{number}") for number in range(4)]
    threads = [threading.Thread(target=one.read, args=(READ,)) for one in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (most, len(machine.asked)) == (2, 4)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(id="X", types=("System.OutOfMemoryException",)), PlatformBusy),
        (Fault(id="X", types=("A.Outer", "System.UnauthorizedAccessException")), PlatformDenied),
        (Fault(id="CommandNotFoundException", message="Zugriff"), PlatformMissing),
    ],
    ids=["memory", "rights", "command"],
)
def test_ids_and_types_are_matched_not_texts(machine: Machine, fault: Fault, kind: type[PlatformError]) -> None:
    assert type(faults.error(fault, READ, machine.reach())) is kind


def test_a_redirect_is_not_followed(served_tls: Any, authority: Any, machine: Machine, tmp_path: Path) -> None:
    """The login would go with it."""
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))

    def elsewhere(handler: Any) -> None:
        handler.send_response(307)
        handler.send_header("Location", f"https://localhost:{machine.server.port}/wsman")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    served_tls.replies.append(elsewhere)
    error = told(machine, host="127.0.0.1", port=served_tls.port, ca_file=str(ca_file))
    assert (type(error), len(served_tls.requests), machine.calls) == (PlatformAnswer, 1, [])


def test_html_instead_of_winrm_is_no_answer(served_tls: Any, authority: Any, machine: Machine, tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))

    def page(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "6")
        handler.end_headers()
        handler.wfile.write(b"<html>")

    served_tls.replies.append(page)
    error = told(machine, host="127.0.0.1", port=served_tls.port, ca_file=str(ca_file))
    assert (type(error), "html" in str(error)) == (PlatformAnswer, False)
