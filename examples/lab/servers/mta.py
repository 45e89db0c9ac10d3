"""A real relay: Postfix, with Dovecot for AUTH, on loopback and in a folder of its own. Takes in mail, and discards it.

with Mta() as mta:
    print(mta.submission, mta.ca_file, mta.sessions())
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

import trustme

from lab.servers.mta_files import MECHANISMS, files

USERS = {"app@lab.test": "s3cret-Pässwörd", "ceo@lab.test": "ceo-pass"}
SENDERS = {"app@lab.test": "app@lab.test", "noreply@lab.test": "app@lab.test", "ceo@lab.test": "ceo@lab.test"}
PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin"
_CONNECT, _DISCONNECT = re.compile(r": connect from \S+"), re.compile(r": disconnect from \S+ (.*)")
_SECONDS = 20  # to start, on a machine that is busy


class Mta:
    """`plain` takes STARTTLS and no login, `submission` wants STARTTLS and a login, `implicit` TLS and a login.

    `only` has more ports like `submission`, by the one mechanism that each offers.
    `oauth2_keys` holds public keys as `default/RS256/<key id>` (PEM), `issuer` is the `iss` of the tokens they sign;
    their `preferred_username` is the user. `penalty` lets Dovecot punish wrong passwords, as it does by default.
    """

    def __init__(
        self,
        *,
        users: Mapping[str, str] = USERS,
        senders: Mapping[str, str] = SENDERS,
        hosts: tuple[str, ...] = ("localhost",),
        oauth2_keys: Path | None = None,
        issuer: str | None = None,
        penalty: bool = False,
        options: Mapping[str, str] | None = None,
    ) -> None:
        self.users, self.senders, self.issuer, self.penalty = dict(users), dict(senders), issuer, penalty
        self.options = dict(options or {})
        self.plain = self.submission = self.implicit = 0
        self.only = dict.fromkeys(MECHANISMS if issuer else MECHANISMS[:3], 0)
        self._hosts, self._keys = hosts, oauth2_keys
        self._running: list[subprocess.Popen[bytes]] = []

    @staticmethod
    def missing() -> str | None:
        """Why it cannot start here, or None when it can."""
        if os.geteuid() != 0:
            return "starting Postfix needs root"
        for program, package in (("postfix", "postfix"), ("dovecot", "dovecot-core")):
            if shutil.which(program, path=PATH) is None:
                return f"{program} is not installed (apt-get install {package})"
        version = _asked("dovecot", "--version")
        return None if version.startswith("2.3.") else f"Dovecot {version} is not 2.3; its configuration differs"

    def __enter__(self) -> Mta:
        if reason := self.missing():
            raise RuntimeError(reason)
        self.folder = Path(tempfile.mkdtemp(prefix="lab-mta-"))
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    @property
    def ca_file(self) -> str:
        return str(self.folder / "ca.pem")

    def punish(self) -> None:
        """As after four wrong passwords: Dovecot lets each login from 127.0.0.1 wait 15 s."""
        with socket.socket(socket.AF_UNIX) as anvil:
            anvil.connect(str(self.folder / "dovecot" / "anvil-auth-penalty"))
            anvil.sendall(b"VERSION\tanvil\t1\t0\nPENALTY-INC\t127.0.0.1\t1\t4\nPENALTY-GET\t127.0.0.1\n")
            anvil.recv(1000)  # the answer to the last: now it is known

    def log(self) -> str:
        """What Postfix and Dovecot wrote."""
        found = (self.folder / name for name in ("mail.log", "dovecot.log"))
        return "\n".join(path.read_text(errors="replace") for path in found if path.exists())

    def sessions(self, seconds: float = 5) -> list[dict[str, str]]:
        """Postfix's own count of each session: `{"auth": "0/1", "mail": "1", …}` is one AUTH that was refused.

        Waits for those that are not over yet; leaves out those in which nothing was asked.
        """

        def over() -> bool:
            log = self.log()
            return len(_CONNECT.findall(log)) == len(_DISCONNECT.findall(log))

        until(over, seconds, lambda: f"a session is not over after {seconds:g} s:\n{self.log()}")
        counted = (dict(pair.split("=") for pair in line.split()) for line in _DISCONNECT.findall(self.log()))
        return [session for session in counted if session["commands"] != "0/0"]

    def _start(self) -> None:
        self.folder.chmod(0o755)  # mkdtemp's is for root alone; Postfix and Dovecot have their own users
        self.plain, self.submission, self.implicit, *others = free_ports(3 + len(self.only))
        self.only = dict(zip(self.only, others, strict=True))
        self._write()
        auth = self.folder / "auth"
        self._run("dovecot", "-F", "-c", str(self.folder / "dovecot.conf"))
        self._ready(auth.exists)
        # not `postfix start`: its master would be in a group of its own, and not ours to wait for
        postfix = str(self.folder / "postfix")
        _asked("postfix", "-c", postfix, "check")  # makes the folders of the queue
        self._run(f"{_asked('postconf', '-d', '-h', 'daemon_directory')}/master", "-c", postfix, "-d")
        self._ready(lambda: greets(self.plain))

    def _write(self) -> None:
        ca = trustme.CA()
        ca.cert_pem.write_to_path(self.ca_file)
        for name, owner in (("postfix", "root"), ("queue", "root"), ("data", "postfix")):
            (self.folder / name).mkdir()
            os.chown(self.folder / name, pwd.getpwnam(owner).pw_uid, -1)
        ports = {"plain": self.plain, "submission": self.submission, "implicit": self.implicit}
        texts = files(
            self.folder,
            ports=ports,
            only=self.only,
            options=self.options,
            users=self.users,
            senders=self.senders,
            issuer=self.issuer,
            penalty=self.penalty,
        )
        # Postfix reads the key while it is root still; the users' passwords are for Dovecot alone
        texts["relay.pem"] = ca.issue_cert(*self._hosts).private_key_and_cert_chain_pem.bytes().decode()
        for name, text in texts.items():
            path = self.folder / name
            path.touch(0o600 if name in ("users", "relay.pem") else 0o644)
            path.write_text(text, "utf-8")
        os.chown(self.folder / "users", pwd.getpwnam("dovecot").pw_uid, -1)
        if self._keys is not None:
            _copy_readable(self._keys, self.folder / "keys")

    def _run(self, *command: str) -> None:
        with (self.folder / "started.log").open("ab") as output:
            self._running.append(
                subprocess.Popen(
                    command,
                    env=environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )

    def _ready(self, condition: Callable[[], bool]) -> None:
        def up() -> bool:
            return condition() or any(process.poll() is not None for process in self._running)

        def why() -> str:
            return f"the lab's relay does not start:\n{(self.folder / 'started.log').read_text()}\n{self.log()}"

        until(up, _SECONDS, why)
        if any(process.poll() is not None for process in self._running):
            raise RuntimeError(why())

    def _stop(self) -> None:
        for process in reversed(self._running):
            process.terminate()
        for process in self._running:
            process.wait(10)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # what it has started, and not taken with it
        shutil.rmtree(self.folder, ignore_errors=True)


def _asked(*command: str) -> str:
    return subprocess.run(command, env=environment(), capture_output=True, text=True, check=True).stdout.strip()


def environment() -> dict[str, str]:
    return {"PATH": PATH, "LANG": "C.UTF-8"}


def until(condition: Callable[[], bool], seconds: float, why: Callable[[], str]) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(why())
        time.sleep(0.02)


def greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 2) as connection:
            return connection.recv(100).startswith(b"220")
    except OSError:
        return False


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in found]


def _copy_readable(source: Path, target: Path) -> None:
    """pytest's folders are closed to Dovecot's user; public keys need not be."""
    shutil.copytree(source, target)
    for path in (target, *target.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
