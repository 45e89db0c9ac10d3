"""A real RabbitMQ on loopback, in a folder of its own: the broker between the coordinator and the zones.

with Rabbit(("dmz", "plant")) as broker:
    print(broker.url("dmz"), broker.password("dmz"), broker.ca_file, broker.certificate("dmz"), broker.key("dmz"))

TLS wants a client certificate of the lab's CA. A second port without TLS is for looking at the wire, and for numbers.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import trustme

from lab.servers.mta import environment, free_ports, until
from reconciler.engine.celery.definitions import definitions

COORDINATOR = "coordinator"
VHOST = "reconciler"
SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # Debian's; the one in PATH would become the user rabbitmq
STARTS_WITHIN = 120.0  # seconds; it takes 7, on a machine that is not busy

CONFIG = """listeners.tcp.1 = 127.0.0.1:{plain}
{listeners}
ssl_options.cacertfile = {folder}/ca.pem
ssl_options.certfile = {folder}/broker.pem
ssl_options.keyfile = {folder}/broker.key
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = true
ssl_options.versions.1 = tlsv1.3
ssl_options.versions.2 = tlsv1.2
load_definitions = {folder}/definitions.json
disk_free_limit.absolute = 50MB
log.file = {folder}/broker.log
"""


class Rabbit:
    """`url` is what reconciler.yaml and worker.yaml call `broker`; passwords and keys are in `folder`, which goes.

    `kill` and `start` again keep ports, queues and messages. `addresses` are those of this machine where it listens
    too, with TLS.
    """

    def __init__(self, zones: Sequence[str] = ("dmz", "plant"), *, addresses: Sequence[str] = ()) -> None:
        self.zones, self._addresses = tuple(zones), ("127.0.0.1", *addresses)
        self._passwords = {user: secrets.token_urlsafe(18) for user in (COORDINATOR, *self.zones)}
        self._server: subprocess.Popen[bytes] | None = None
        self._epmd: subprocess.Popen[bytes] | None = None

    @staticmethod
    def missing() -> str | None:
        """Why it cannot start here, or None when it can."""
        return None if SERVER.exists() else "RabbitMQ is not installed (apt-get install rabbitmq-server)"

    def __enter__(self) -> Rabbit:
        if reason := self.missing():
            raise RuntimeError(reason)
        self.folder = Path(tempfile.mkdtemp(prefix="lab-rabbit-"))
        try:
            self.plain, self.tls, self._names = free_ports(3)
            self._write()
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()  # nothing of it is kept
        if self._epmd is not None:
            self._epmd.terminate()
            self._epmd.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def pid(self) -> int:
        assert self._server is not None
        return self._server.pid

    @property
    def ca_file(self) -> Path:
        return self.folder / "ca.pem"

    def certificate(self, user: str) -> Path:
        return self.folder / f"{user}.pem"

    def key(self, user: str) -> Path:
        return self.folder / f"{user}.key"

    def password(self, user: str) -> str:
        return self._passwords[user]

    def url(self, user: str, *, tls: bool = True) -> str:
        """Without the password."""
        return (
            f"amqps://{user}@127.0.0.1:{self.tls}/{VHOST}" if tls else f"amqp://{user}@127.0.0.1:{self.plain}/{VHOST}"
        )

    def start(self) -> None:
        [self._nodes] = free_ports(1)  # somebody may have taken the last one while it was down; nobody has to know it
        if self._epmd is None:  # else the server starts one, which stays
            self._epmd = self._run("epmd", "-address", "127.0.0.1", "-port", str(self._names), log="epmd.log")
            self._answers(self._names, self._epmd)
        self._server = self._run(str(SERVER), log="server.log")
        for port in (self.plain, self.tls):
            self._answers(port, self._server)

    def stop(self) -> None:
        """In good order: it writes down what it has."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As when the machine loses power."""
        self._end(signal.SIGKILL)

    def log(self) -> str:
        logs = (self.folder / name for name in ("server.log", "broker.log"))
        return "\n".join(path.read_text(errors="replace") for path in logs if path.exists())

    def queues(self) -> dict[str, dict[str, Any]]:
        """Messages and consumers, by name."""
        words = ["list_queues", "--silent", "--formatter", "json", "-p", VHOST, "name", "messages", "consumers"]
        return {row["name"]: row for row in json.loads(self.control(*words))}

    def control(self, *words: str, told: str = "") -> str:
        """`rabbitmqctl`, of this server. `told` is its input: passwords."""
        program = str(SERVER.with_name("rabbitmqctl"))
        command = [program, "--node", self._node, *words]
        done = subprocess.run(
            command, env=self._environment(), input=told, capture_output=True, text=True, check=True, timeout=120
        )
        return done.stdout

    @property
    def _node(self) -> str:
        return f"{self.folder.name}@localhost"

    def _environment(self) -> dict[str, str]:
        return {
            **environment(),
            "HOME": str(self.folder),  # where Erlang keeps the cookie of its nodes
            "ERL_EPMD_PORT": str(self._names),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_DIST_PORT": str(self._nodes),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "no-such-file"),
            "detached": "1",  # the script becomes the server, whose pid is then ours
        }

    def _run(self, *command: str, log: str) -> subprocess.Popen[bytes]:
        with (self.folder / log).open("ab") as output:
            return subprocess.Popen(
                command,
                env=self._environment(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _answers(self, port: int, process: subprocess.Popen[bytes]) -> None:
        def connects() -> bool:
            if process.poll() is not None:
                raise RuntimeError(f"the lab's RabbitMQ ended with {process.returncode}:\n{self.log()}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 2):
                return True
            return False

        until(connects, STARTS_WITHIN, lambda: f"the lab's RabbitMQ does not start:\n{self.log()}")

    def _end(self, how: signal.Signals) -> None:
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(30)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._server.pid, signal.SIGKILL)  # what it has started, and not taken with it
            self._server = None

    def _write(self) -> None:
        ca = trustme.CA()
        ca.cert_pem.write_to_path(str(self.ca_file))
        for name in ("broker", *self._passwords):
            identity = ("localhost", *self._addresses) if name == "broker" else (f"{name}.lab.test",)
            issued = ca.issue_cert(*identity)
            self._private(f"{name}.key", issued.private_key_pem.bytes())
            self.certificate(name).write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        hashes = {user: hashed(password) for user, password in self._passwords.items()}
        whole = definitions(self.zones, vhost=VHOST, coordinator=COORDINATOR, hashes=hashes)
        self._private("definitions.json", json.dumps(whole).encode())
        (self.folder / "plugins").write_text("[].\n", "utf-8")
        tls = (f"listeners.ssl.{n} = {address}:{self.tls}" for n, address in enumerate(self._addresses, 1))
        values = {"folder": self.folder, "plain": self.plain, "listeners": "\n".join(tls)}
        (self.folder / "rabbitmq.conf").write_text(CONFIG.format(**values), "utf-8")

    def _private(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.touch(0o600)
        path.write_bytes(content)


def hashed(password: str) -> str:
    """As RabbitMQ keeps it: https://www.rabbitmq.com/docs/passwords#computing-password-hash"""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
