"""A real sshd on loopback with throw-away keys, and an `ssh` that knows it: put `bin` before PATH.

OpenSSH looks for the user's files in the password database, not in HOME; so `bin/ssh` is the real client with a
configuration of its own.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType

SSHD = shutil.which("sshd") or next(
    (path for path in ("/usr/sbin/sshd", "/usr/local/sbin/sshd") if Path(path).exists()), None
)
SSH = shutil.which("ssh")
AVAILABLE = SSHD is not None and SSH is not None and shutil.which("ssh-keygen") is not None
MISSING = "there is no sshd: apt-get install openssh-server"


class SshServer:
    """Lets one key in. `forwarding` is what sshd_config calls PermitOpen ("any", "none", "host:port"); `path` is where
    its sessions find their programs."""

    def __init__(
        self, folder: Path, *, forwarding: str = "any", known: bool = True, key_known: bool = True, path: str = ""
    ) -> None:
        self.folder, self.forwarding, self.known, self.key_known = folder, forwarding, known, key_known
        self.path = path
        self.bin = folder / "bin"
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"ssh://127.0.0.1:{self.port}"

    def clients(self) -> list[int]:
        """The process id of each ssh that was started, also of those that ended."""
        return [int(line) for line in (self.folder / "pids").read_text().split()]

    def log(self) -> str:
        return (self.folder / "sshd.log").read_text("utf-8", "replace")

    def __enter__(self) -> SshServer:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._write()
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd as root wants it for privilege separation
        with (self.folder / "sshd.log").open("wb") as log:
            self._process = subprocess.Popen(
                [str(SSHD), "-D", "-e", "-f", str(self.folder / "sshd_config")],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        self._wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(5)

    def _write(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.bin.mkdir(exist_ok=True)
        for name in ("host", "user", "other"):
            _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / name))
        host = (self.folder / ("host.pub" if self.key_known else "other.pub")).read_text().split()
        known = f"[127.0.0.1]:{self.port} {host[0]} {host[1]}\n" if self.known else ""
        (self.folder / "known_hosts").write_text(known)
        shutil.copy(self.folder / "user.pub", self.folder / "authorized_keys")
        self._config(
            "sshd_config",
            {
                "Port": self.port,
                "ListenAddress": "127.0.0.1",
                "HostKey": self.folder / "host",
                "AuthorizedKeysFile": self.folder / "authorized_keys",
                "PidFile": "none",
                "StrictModes": "no",
                "UsePAM": "no",
                "PermitRootLogin": "prohibit-password",
                "PasswordAuthentication": "no",
                "KbdInteractiveAuthentication": "no",
                "PermitOpen": self.forwarding,
                "Banner": self.folder / "banner",
                **({"SetEnv": f"PATH={self.path}"} if self.path else {}),
            },
        )
        (self.folder / "banner").write_text("Authorised use only.\n")
        self._config(
            "ssh_config",
            {
                "IdentityFile": self.folder / "user",
                "IdentitiesOnly": "yes",
                "IdentityAgent": "none",
                "UserKnownHostsFile": self.folder / "known_hosts",
                "GlobalKnownHostsFile": "/dev/null",
            },
        )
        (self.bin / "ssh").write_text(
            f'#!/bin/sh\necho $$ >>{self.folder / "pids"}\nexec {SSH} -F {self.folder / "ssh_config"} "$@"\n'
        )
        (self.bin / "ssh").chmod(0o755)

    def _config(self, name: str, values: dict[str, object]) -> None:
        (self.folder / name).write_text("".join(f"{key} {value}\n" for key, value in values.items()))

    def _wait(self) -> None:
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise RuntimeError(f"the lab's sshd does not start:\n{self.log()}")


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=20)
