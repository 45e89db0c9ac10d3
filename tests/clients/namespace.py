"""Where clients see the host names of the shapes, and no network but loopback: a namespace of this process's own.

It takes root, or unprivileged namespaces.
"""

from __future__ import annotations

import fcntl
import os
import runpy
import socket
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

NAME = "app1"  # of the machine that an application runs on
HOSTS = """\
127.0.0.1 localhost
::1 localhost6
127.0.1.1 app1
127.0.0.1 relay.lab.test relay.lab.test. xn--bcher-kva.lab.test
127.0.0.1 two.lab.test
127.0.0.2 two.lab.test
::1 six.lab.test
127.0.0.1 six.lab.test
"""
_UP = 0x1


def unshare() -> tuple[str, ...]:
    """The command that begins one, for whoever is not root, too."""
    own = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    return ("unshare", *own, "--mount", "--uts", "--net")


def missing() -> str | None:
    """Why there can be none."""
    try:
        done = subprocess.run([*unshare(), "true"], capture_output=True, text=True, check=False, timeout=30)
    except OSError as error:
        return f"unshare cannot be run: {error}"
    return None if done.returncode == 0 else f"no namespace of its own: {done.stderr.strip()}"


def inside(*arguments: str) -> list[str]:
    """The command that runs a module of Python there, with its arguments."""
    return [*unshare(), sys.executable, "-m", "clients.namespace", _place(), *arguments]


def _place() -> str:
    return Path("/proc/self/ns/mnt").readlink().name


def _furnish(outside: str) -> None:
    """`outside` is where the caller is: nothing may change there."""
    if not outside.startswith("mnt:") or outside == _place():
        sys.exit("this is no namespace of its own: python -m clients makes one")
    socket.sethostname(NAME)
    with tempfile.NamedTemporaryFile("w", suffix=".hosts", delete=False) as hosts:
        hosts.write(HOSTS)
    Path(hosts.name).chmod(0o644)
    subprocess.run(["mount", "--bind", hosts.name, "/etc/hosts"], check=True)
    Path(hosts.name).unlink()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", _UP))  # SIOCSIFFLAGS


if __name__ == "__main__":
    _furnish(sys.argv[1])
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
