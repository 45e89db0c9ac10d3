"""Against WinRM with a real login on loopback: what runs, what may run, and what comes back."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from lab.servers.windows.shells import Broken, Call

from reconciler.drivers.powershell import answer
from reconciler.drivers.powershell.faults import unexplained
from reconciler.drivers.powershell.scripts import Script, module
from reconciler.drivers.powershell.server import Server
from reconciler.drivers.powershell.values import Credential
from reconciler.errors import PlatformAnswer, PlatformError, PlatformMissing, PlatformRefused, WriteForbidden
from reconciler.model.secret import SecretValue

from .conftest import PASSWORD, READ, WRITE, Machine

HOSTILE = ("mail.o'x; $(throw 1)", '"quoted"', "a`b", "--%", "-Tls", "line\r\nbreak", "nul\0", "_x0041_", "ä€😀", "")


def test_a_script_gives_its_result(machine: Machine) -> None:
    assert machine.session().read(READ) == {"name": "read"}
    assert machine.server.endpoint.logins == ["CONTOSO\\svc-mail"]


def test_a_reader_runs_what_is_on_its_list_and_nothing_else(machine: Machine) -> None:
    changed = Script(name="read.ps1", text=READ.text + " ")
    for other in (WRITE, changed):
        with pytest.raises(WriteForbidden):
            machine.reader().read(other)
    assert machine.calls == []
    assert not hasattr(machine.reader(), "write")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_value_is_data(machine: Machine, text: str) -> None:
    machine.session().write(WRITE, Text=text, Texts=[text, "b"], Number=25, On=False, Nothing=None, Empty=())
    expected = {"Text": text, "Texts": [text, "b"], "Number": 25, "On": False, "Nothing": None, "Empty": []}
    assert machine.asked == [("write", expected)]


def test_secrets_arrive_encrypted_and_are_in_no_log(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("pypsrp", "pypsrp.wsman", "spnego"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    secret = SecretValue("canary-p'$(1)€")
    machine.session().write(WRITE, Key=secret, Login=Credential(username="CONTOSO\\m", password=secret))
    assert machine.asked[0][1] == {"Key": secret.reveal(), "Login": ("CONTOSO\\m", secret.reveal())}
    assert "canary" not in caplog.text
    assert "Envelope" not in caplog.text


@pytest.mark.parametrize("value", ["half \ud83d", 2**31, 1.5, {"a": 1}], ids=["surrogate", "33 bits", "float", "map"])
def test_what_would_arrive_as_something_else_is_not_sent(machine: Machine, value: object) -> None:
    with pytest.raises(PlatformRefused, match="Text"):
        machine.session().write(WRITE, Text=value)  # type: ignore[arg-type]
    assert machine.calls == []


@pytest.mark.parametrize(
    "said",
    [
        {"reconciler": 2, "ok": True, "result": {}},
        {"reconciler": 1, "ok": False, "error": None, "result": {}},
        {"reconciler": 1, "ok": True, "error": None, "result": None},
        ["a list"],
    ],
    ids=["another version", "not ok", "no result", "no document"],
)
def test_only_our_whole_document_is_an_answer(machine: Machine, said: object) -> None:
    machine.answers["read"] = said
    with pytest.raises(PlatformAnswer):
        machine.session().read(READ)


def test_what_five_one_escapes_is_the_same_text() -> None:
    """Windows PowerShell 5.1 writes each of <, >, & and ' as an escape of JSON."""
    text = '{"reconciler":1,"ok":true,"error":null,"result":{"a":"\\u003ca\\u0027\\u0026\\u003e"}}'
    ended = answer.Ended(completed=True, output=[text])
    assert answer.result(ended, READ, Server(host="sp01", port=5986), unexplained) == {"a": "<a'&>"}


def test_an_error_record_is_a_failure_although_the_pipeline_completed(machine: Machine) -> None:
    def breaks(call: Call) -> object:
        raise Broken("SomethingBroke,Get-Thing", "Etwas ging schief.")

    machine.answers["write"] = breaks
    with pytest.raises(PlatformAnswer, match="SomethingBroke") as raised:
        machine.session().write(WRITE)
    assert raised.value.why == "Etwas ging schief."


def test_a_script_that_the_endpoint_lacks_is_missing(machine: Machine) -> None:
    with pytest.raises(PlatformMissing):
        machine.session().write(Script(name="other.ps1", text="'other'"))


def test_the_platform_has_the_first_word_on_a_fault(machine: Machine) -> None:
    said = {"id": "MINE", "step": "one", "types": ["A.B"], "line": 3, "message": "m"}
    machine.answers["read"] = {"reconciler": 1, "ok": False, "error": said, "result": None}
    session = machine.session()
    mine = replace(session, explain=lambda fault, server: PlatformError(f"{fault.step} {server}"))
    with pytest.raises(PlatformError, match="one localhost"):
        mine.read(READ)
    with pytest.raises(PlatformAnswer, match="line 3: MINE"):
        session.read(READ)


def test_one_pool_serves_all_sessions_of_a_server(machine: Machine) -> None:
    machine.session().read(READ)
    machine.session().write(WRITE)
    machine.reader().read(READ)
    assert (machine.calls.count("Create"), machine.calls.count("Command")) == (1, 3)


def test_an_endpoint_without_a_language_runs_shipped_functions(machine: Machine) -> None:
    machine.server.language = False
    assert machine.session(functions=True).read(READ) == {"name": "read"}
    with pytest.raises(PlatformMissing):
        machine.session().read(READ)


def test_shipped_functions_are_named_by_the_hash_of_their_script() -> None:
    text = module((READ, WRITE))
    assert f"function {READ.function} {{\n{READ.text}}}" in text
    assert Script(name=READ.name, text="other").function != READ.function
    assert text.endswith(f"Export-ModuleMember -Function '{READ.function}', '{WRITE.function}'\n")


def test_the_password_is_in_no_repr(machine: Machine) -> None:
    session = machine.session()
    session.read(READ)
    assert PASSWORD not in repr(session)
