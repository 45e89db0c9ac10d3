"""Scripts on this host and through ssh: what may run, where secrets go, and how it ends."""

from __future__ import annotations

import os
import shlex
import time
from pathlib import Path

import pytest

from reconciler.drivers.shell import ssh_command
from reconciler.drivers.shell.scripts import Host, ReadOnlyShell, Script, Shell
from reconciler.drivers.shell.ssh_command import Login
from reconciler.errors import PlatformDenied, PlatformUnreachable, WriteForbidden
from reconciler.model.secret import SecretValue

READ = Script(name="read.sh", text='printf "%s|" "$@"')
WRITE = Script(name="write.sh", text='cat; printf " %s" "$@"; tr "\\0" " " </proc/$$/cmdline; env')
SLOW = Script(name="slow.sh", text="trap 'echo put back; exit 3' TERM; while :; do sleep 0.05; done")
HERE = Host()


def test_reader_runs_the_scripts_on_its_list_only() -> None:
    shell = ReadOnlyShell(host=HERE, reads=frozenset({READ}))
    assert shell.run(READ, "a b", "$(id)", "'").out == "a b|$(id)|'|"
    with pytest.raises(WriteForbidden):
        shell.run(WRITE)
    with pytest.raises(WriteForbidden):  # the text counts, not the name
        shell.run(Script(name="read.sh", text="touch /tmp/x"))
    assert not hasattr(shell, "write")


def test_secret_goes_through_standard_input_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "c4n4ry-of-the-environment")
    done = Shell(host=HERE, reads=frozenset()).write(WRITE, "argument", stdin=("user:", SecretValue("c4n4ry")))
    assert done.out.startswith("user:c4n4ry argument")
    assert done.out.count("c4n4ry") == 1


def test_script_that_takes_too_long_can_put_things_back(tmp_path: Path) -> None:
    back = tmp_path / "back"
    text = f"trap 'touch {back}; exit 3' TERM; while :; do sleep 0.05; done"
    before = time.monotonic()
    with pytest.raises(PlatformUnreachable, match=r"no answer within 0\.3 s$"):
        Shell(host=Host(timeout=0.3), reads=frozenset()).write(Script(name="slow.sh", text=text))
    assert back.exists()
    assert time.monotonic() - before < 5


def program(folder: Path, name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_sudo_that_would_ask_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "sudo", "echo 'sudo: a password is required' >&2; exit 1", monkeypatch)
    with pytest.raises(PlatformDenied, match="sudo does not let us"):
        ReadOnlyShell(host=Host(sudo=True), reads=frozenset({READ})).run(READ)


@pytest.mark.parametrize(
    ("said", "kind", "what"),
    [
        ("Host key verification failed.", PlatformDenied, "host key verification failed"),
        ("root@mta: Permission denied (publickey).", PlatformDenied, "the ssh login is refused"),
        ("ssh: connect to host mta port 22: Connection refused", PlatformUnreachable, "no ssh connection"),
        ("ssh: Could not resolve hostname mta: Name or service not known", PlatformUnreachable, "no ssh connection"),
    ],
)
def test_ssh_that_does_not_get_there_says_why(
    said: str, kind: type[Exception], what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "ssh", f"echo {shlex.quote(said)} >&2; exit 255", monkeypatch)
    shell = ReadOnlyShell(host=Host(login=Login(host="mta", user="root")), reads=frozenset({READ}))
    with pytest.raises(kind, match=f"^ssh://root@mta: {what}$") as raised:
        shell.run(READ)
    assert raised.value.why == said  # type: ignore[attr-defined]


def test_ssh_that_does_not_get_there_gives_the_command_to_look_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "ssh", "echo 'ssh: no route' >&2; exit 255", monkeypatch)
    login = Login(host="mta", user="root", port=2222, identity_file="my key")
    with pytest.raises(PlatformUnreachable) as raised:
        ReadOnlyShell(host=Host(login=login), reads=frozenset({READ})).run(READ)
    assert raised.value.fix == "try by hand: ssh -o BatchMode=yes -i 'my key' -p 2222 root@mta"


def test_ssh_is_asked_for_known_hosts_and_never_for_a_password() -> None:
    login = Login(host="mta", user="ops", port=2222, identity_file="/a b/key%h", known_hosts="/k")
    found = ssh_command.words(login, ["sh", "-c", "echo 'x'", "it's"], 60)
    options = set(found)
    assert {
        "BatchMode=yes",
        "StrictHostKeyChecking=yes",
        'UserKnownHostsFile="/k"',
        "GlobalKnownHostsFile=/dev/null",
    } <= options
    assert 'IdentityFile="/a b/key%%h"' in options
    assert found[-7:-1] == ["-l", "ops", "-p", "2222", "--", "mta"]
    assert shlex.split(found[-1]) == ["sh", "-c", "echo 'x'", "it's"]


@pytest.mark.parametrize("text", ["-oProxyCommand=x", "root@-x", "mta:0", "mta:65536", "a b", "root@mta;id", "mta\n"])
def test_place_that_ssh_could_misread_is_none(text: str) -> None:
    assert ssh_command.login(text) is None
