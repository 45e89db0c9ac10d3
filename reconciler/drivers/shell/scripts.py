"""Runs fixed scripts for sh, on this host or on another through ssh. No platform names here.

`ReadOnlyShell` runs the scripts on its list and nothing else: what holds it cannot write. Every user of the
host can see the arguments; a secret goes through standard input only, and is opened here.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.drivers.shell import connections, ssh_command
from reconciler.drivers.shell.ssh_command import Login
from reconciler.errors import PlatformAnswer, PlatformDenied, PlatformError, PlatformUnreachable, WriteForbidden
from reconciler.model import posix
from reconciler.model.secret import SecretValue
from reconciler.model.text import ssh

DEFAULT_TIMEOUT = 60.0  # seconds
Input: TypeAlias = "Sequence[str | SecretValue]"
_PATH = f"{os.defpath}:/usr/sbin:/sbin:/usr/local/sbin"
_LOCAL = ("HOME", "USER", "LOGNAME")
_MERCY = 10.0  # seconds that a script gets to put things back, once its time is up


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """The text for `sh`; its arguments are "$1" and so on, and no part of the text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """`login` is None for this host; `sudo` runs scripts as root, where nobody has to be asked for it.

    `kept`: the connection stays for the other scripts of this run.
    """

    login: Login | None = None
    sudo: bool = False
    timeout: float = DEFAULT_TIMEOUT  # seconds, for one script
    kept: bool = False

    def __str__(self) -> str:
        return "this host" if self.login is None else str(self.login)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    code: int
    out: str
    said: str  # on standard error


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOnlyShell:
    host: Host
    reads: frozenset[Script]

    def run(self, script: Script, *arguments: str) -> Ended:
        """Raises PlatformError when the script could not be run; how it ended is for the caller to judge.

        Raises WriteForbidden for a script that is not on the list of reads.
        """
        if script not in self.reads:
            raise WriteForbidden(f"{self.host}: opened for reading, refused to run {script.name}")
        return _ended(self.host, script, arguments, b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell(ReadOnlyShell):
    def write(self, script: Script, *arguments: str, stdin: Input = ()) -> Ended:
        """Runs any script; secrets in `stdin` are opened here.

        Raises PlatformError when the script could not be run.
        """
        text = "".join(part.reveal() if isinstance(part, SecretValue) else part for part in stdin)
        return _ended(self.host, script, arguments, text.encode())


def _ended(host: Host, script: Script, arguments: Sequence[str], data: bytes) -> Ended:
    posix.need(f"{host}: a shell", why="no sh, and no groups of processes")
    command = ["sh", "-c", script.text, script.name, *arguments]
    if host.sudo:
        command = ["sudo", "-n", "--", *command]
    if host.login is None:
        environment = {"PATH": f"{os.environ.get('PATH', os.defpath)}:{_PATH}", "LC_ALL": "C"}
        environment |= {name: os.environ[name] for name in _LOCAL if name in os.environ}
        return _judged(host, _run(host, command, environment, data))
    with _way(host.login, host) as options:
        words = ssh_command.words(host.login, command, host.timeout, options)
        found = _run(host, words, ssh.environment(os.environ), data)
    if found.code == ssh_command.FAILED:
        raise ssh_command.translated(host.login, found.said)
    return _judged(host, found)


def _way(login: Login, host: Host) -> AbstractContextManager[dict[str, str]]:
    """A connection of its own, or the one of this run."""
    return connections.session(login, host.timeout) if host.kept else contextlib.nullcontext({})


def _judged(host: Host, found: Ended) -> Ended:
    if host.sudo and found.code == 1 and found.said.startswith("sudo:"):
        raise PlatformDenied(
            f"{host}: sudo does not let us run anything as root",
            why=ssh_command.shown(found.said),
            fix="allow it in sudoers without a password, or log in as root, without sudo",
        )
    return found


def _run(host: Host, command: Sequence[str], environment: dict[str, str], data: bytes) -> Ended:
    try:
        process = subprocess.Popen(  # noqa: S603  # a fixed script; its arguments are words of their own
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # no terminal to ask at, and Ctrl-C does not end it in the middle
        )
    except OSError as error:
        raise _not_started(host, command[0], error) from None
    with process:
        try:
            out, said = process.communicate(data, timeout=host.timeout)
        except subprocess.TimeoutExpired:
            _stop(process)
            raise _too_slow(host) from None
        except BaseException:
            _stop(process)
            raise
    return Ended(code=process.returncode, out=out.decode("utf-8", "replace"), said=said.decode("utf-8", "replace"))


def _stop(process: subprocess.Popen[bytes]) -> None:
    """First in a way that a script can notice: one that was writing puts things back."""
    for number, seconds in ((signal.SIGTERM, _MERCY), (signal.SIGKILL, None)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=seconds)
            return


def _too_slow(host: Host) -> PlatformError:
    there = "; it may still be running there" if host.login else ""
    return PlatformUnreachable(
        f"{host}: no answer within {host.timeout:g} s{there}",
        why="no run may hang",
        fix="check the host, or raise connection.timeout",
    )


def _not_started(host: Host, program: str, error: OSError) -> PlatformError:
    said = error.strerror or "no reason given"
    if program == "ssh":
        return PlatformUnreachable(
            f"{host}: ssh cannot be started", why=said, fix="install the OpenSSH client (ssh) on this machine"
        )
    if program == "sudo":
        return PlatformDenied(f"{host}: sudo cannot be started", why=said, fix="install sudo, or set sudo: false")
    return PlatformAnswer(f"{host}: {program} cannot be started", why=said, fix="check the machine that runs this")
