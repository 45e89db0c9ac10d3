"""A server that runs: where it listens, what it logs, and how it is started and ended, by its process alone."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import trustme
from lab.servers.mta import environment, until

from reconciler.model.handshake import Encryption

USER, PASSWORD = "app@lab.test", "s3cret-passw0rd"
HOST, CLIENT = "relay.lab.test", "client.example.com"
_SECONDS = 30  # to start, on a machine that is busy


class Missing(Exception):
    """Why a server cannot run here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """`login`: it takes USER with PASSWORD; without one it relays for whoever connects."""

    name: str
    port: int
    encryption: Encryption = Encryption.STARTTLS
    login: bool = True


@dataclass(slots=True, kw_only=True)
class Server:
    """`unwell` are listeners of which there is something to tell.

    `logs` are the files that it writes, once it runs; `begin` forgets what it wrote as it started.
    """

    name: str
    listeners: Sequence[Listener]
    logs: Sequence[Path]
    unwell: Sequence[Listener] = field(default=())
    banned_by: Sequence[str] = field(default=())  # filters of fail2ban that read such a log

    _before: dict[Path, int] = field(default_factory=dict)

    def begin(self) -> None:
        self._before = {path: path.stat().st_size for path in self.logs if path.exists()}

    def settled(self) -> str:
        """The log of a server that goes on, once it writes nothing more."""
        said = [""]

        def quiet() -> bool:
            time.sleep(0.3)
            said.append(self.log())
            return bool(said[-1]) and said[-1] == said[-2]

        until(quiet, 10, lambda: f"{self.name} goes on writing")
        return said[-1]

    def log(self) -> str:
        there = (path for path in self.logs if path.exists())
        return "".join(path.read_bytes()[self._before.get(path, 0) :].decode(errors="replace") for path in there)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder for one server, with a certificate for localhost in it."""

    folder: Path
    ca_file: str

    @property
    def certificate(self) -> Path:
        return self.folder / "certificate.pem"

    @property
    def key(self) -> Path:
        return self.folder / "key.pem"

    @property
    def both(self) -> Path:
        return self.folder / "both.pem"

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path


@contextlib.contextmanager
def placed() -> Iterator[Place]:
    """Whoever the server runs as may look into it, which pytest's folders do not allow; the key is a throw-away."""
    folder = Path(tempfile.mkdtemp(prefix="lab-server-"))
    folder.chmod(0o755)
    ca, found = trustme.CA(), Place(folder=folder, ca_file=str(folder / "ca.pem"))
    ca.cert_pem.write_to_path(found.ca_file)
    issued = ca.issue_cert("localhost", HOST)
    issued.private_key_and_cert_chain_pem.write_to_path(str(found.both))
    issued.private_key_pem.write_to_path(str(found.key))
    issued.cert_chain_pems[0].write_to_path(str(found.certificate))
    for path in (found.both, found.key):
        path.chmod(0o600)
    try:
        yield found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def answers(port: int) -> bool:
    """Politely, so that nothing of it is in the log."""
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
            client.ehlo(CLIENT)
            client.mail("")  # sendmail says of clients without a MAIL that they issued none
            client.rset()
    except (OSError, smtplib.SMTPException):
        return False
    return True


@contextlib.contextmanager
def syslog(place: Place) -> Iterator[Path]:
    """The file in which is what a server says to /dev/log."""
    file = place.folder / "syslog.txt"

    def keep() -> None:
        with file.open("a") as output:
            while said := listener.recv(65536):
                output.write(f"{said.decode(errors='replace').partition('>')[2].strip()}\n")
                output.flush()

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(place.folder / "syslog"))
        thread = threading.Thread(target=keep)
        thread.start()
        try:
            yield file
        finally:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
                last.sendto(b"", str(place.folder / "syslog"))
            thread.join()


@contextlib.contextmanager
def started(
    command: Sequence[str], log: Path, *, ports: Sequence[int], ready: Callable[[int], bool] = answers
) -> Iterator[subprocess.Popen[bytes]]:
    """In a session of its own, until all ports answer; what it has started ends with it."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(command),
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def up() -> bool:
        return process.poll() is not None or all(map(ready, ports))

    def said() -> str:
        return f"{command[0]} does not start:\n{log.read_text(errors='replace')}"

    try:
        until(up, _SECONDS, said)
        if process.poll() is not None:
            raise RuntimeError(said())
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """What it has started gets the time to end by itself: a log has no line of processes that were killed."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
    with contextlib.suppress(RuntimeError):
        until(lambda: not _alive(process.pid), 3, lambda: "still there")
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(5)


def _alive(group: int) -> bool:
    """Whether anything of it runs; what nobody has waited for does not."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its, *_ = stat.read_text().rpartition(")")[2].split()
            if int(its) == group and state != "Z":
                return True
    return False
