"""Where a zone is: a network namespace of its own, or, without root, this machine's loopback at ports of its own.

Two labs side by side do not meet: names carry the process, and addresses are those that nobody here has.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

_PROTO = "201"  # of routes that a lab has made
_NAME = re.compile(r"rz(\d+)[a-z]+\d*")
_NUMBERS = itertools.count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """On the zone's own 127.0.0.1."""

    vault: int
    relay: int
    console: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """`enter` is what a command line in it begins with; `here` is our address as it is seen from there.

    `link` is the interface on our side; None on loopback, where a link is a proxy (`lab.zones.link`). `relay` is the
    address of its relay: in a namespace a private one that each zone has, and to which no way leads from here.
    """

    zone: str
    enter: tuple[str, ...]
    here: str
    ports: Ports
    link: str | None = None
    relay: str = "localhost"

    def up(self, *, up: bool) -> None:
        """Cuts the cable, or mends it."""
        if self.link is not None:
            _run("ip", "link", "set", self.link, "up" if up else "down")


def missing() -> str | None:
    """Why there are no namespaces here; None where there are."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "there is no `ip` here (apt-get install iproute2)"
    probe = f"rz{os.getpid()}probe"
    try:
        _run("ip", "netns", "add", probe)
        _run("ip", "link", "add", f"{probe[:13]}0", "type", "veth", "peer", "name", "eth0", "netns", probe)
    except Refused as error:
        return f"no network namespace can be made here ({error})"
    finally:
        _try("ip", "netns", "delete", probe)
    return None


@contextmanager
def namespaces(zones: Sequence[str]) -> Iterator[list[Network]]:
    """One of each zone, with a cable to us and no way to another: no route leads anywhere else. Needs root."""
    sweep()
    with ExitStack() as stack:
        free = _free_pairs()
        _, relay = next(free)
        _nowhere(stack, relay)
        yield [_namespace(stack, zone, relay, next(free)) for zone in zones]


def _nowhere(stack: ExitStack, address: str) -> None:
    """No way leads there from here, not even the default one."""
    _run("ip", "route", "add", *_unreachable(address, os.getpid()))
    stack.callback(_try, "ip", "route", "delete", *_unreachable(address, os.getpid()))


def _unreachable(address: str, process: int) -> tuple[str, ...]:
    """The metric says whose it is."""
    return "unreachable", f"{address}/32", "proto", _PROTO, "metric", str(process)


def _namespace(stack: ExitStack, zone: str, relay: str, pair: tuple[str, str]) -> Network:
    number = next(_NUMBERS)  # one process may have several labs
    name, link = f"rz{os.getpid()}{zone}{number}", f"rz{os.getpid()}{zone[:4]}{number}"[:15]
    ours, theirs = pair
    _run("ip", "netns", "add", name)
    stack.callback(_try, "ip", "netns", "delete", name)
    _run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", name)
    stack.callback(_try, "ip", "link", "delete", link)
    _run("ip", "address", "add", f"{ours}/30", "dev", link)
    _run("ip", "link", "set", link, "up")
    for words in (("address", "add", f"{theirs}/30", "dev", "eth0"), ("link", "set", "eth0", "up")):
        _run("ip", "-n", name, *words)
    _run("ip", "-n", name, "link", "set", "lo", "up")
    _run("ip", "-n", name, "address", "add", f"{relay}/32", "dev", "lo")
    ports = Ports(vault=8200, relay=587, console=8069)  # the same in each: they are not the same places
    return Network(zone=zone, enter=("ip", "netns", "exec", name), here=ours, ports=ports, link=link, relay=relay)


def _free_pairs() -> Iterator[tuple[str, str]]:
    """Each is two addresses of a network of four that nobody here has; 198.18.0.0/15 is for tests (RFC 2544)."""
    taken = _run("ip", "-4", "-o", "address")
    first = os.getpid() * 16  # labs that start together have neighbouring numbers, and look at the same time
    for number in range(first, first + (1 << 17), 4):
        low = number % (1 << 17)
        net = f"198.{18 + (low >> 16)}.{(low >> 8) & 255}"
        ours, theirs = f"{net}.{low % 256 + 1}", f"{net}.{low % 256 + 2}"
        if f" {ours}/" not in taken and _reaches_nothing(theirs):
            yield ours, theirs


def _reaches_nothing(address: str) -> bool:
    """No interface here has the network, and no lab its relay there: at most the default route leads there."""
    found = subprocess.run(["ip", "route", "get", address], capture_output=True, text=True, check=False)
    return " via " in found.stdout or "Network is unreachable" in found.stderr


@contextmanager
def loopback(zones: Sequence[str]) -> Iterator[list[Network]]:
    """All of them on our own 127.0.0.1, told apart by their ports: no isolation, for where nobody is root."""
    yield [Network(zone=zone, enter=(), here="127.0.0.1", ports=_free_ports()) for zone in zones]


def _free_ports() -> Ports:
    with ExitStack() as stack:
        for _ in range(50):  # bao takes the port beside its own too
            pair = [stack.enter_context(socket.socket()) for _ in range(2)]
            pair[0].bind(("127.0.0.1", 0))
            with contextlib.suppress(OSError, OverflowError):
                pair[1].bind(("127.0.0.1", pair[0].getsockname()[1] + 1))
                others = [stack.enter_context(socket.socket()) for _ in range(2)]
                for one in others:
                    one.bind(("127.0.0.1", 0))
                relay, console = (int(one.getsockname()[1]) for one in others)
                return Ports(vault=int(pair[0].getsockname()[1]), relay=relay, console=console)
    raise RuntimeError("no free ports on 127.0.0.1")


def sweep() -> None:
    """What labs have left that were killed."""
    for line in _run("ip", "netns", "list").splitlines():
        name = line.split()[0]
        if (found := _NAME.fullmatch(name)) and not Path(f"/proc/{found[1]}").exists():
            _try("ip", "netns", "delete", name)
    for line in _run("ip", "route", "show", "type", "unreachable", "proto", _PROTO).splitlines():
        address, process = line.split()[1], line.split("metric ")[1].split()[0]
        if not Path(f"/proc/{process}").exists():
            _try("ip", "route", "delete", *_unreachable(address, int(process)))


class Refused(RuntimeError):
    """What `ip` said."""


def _run(*words: str) -> str:
    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=10)
    if done.returncode != 0:
        raise Refused(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def _try(*words: str) -> None:
    subprocess.run(words, check=False, capture_output=True, timeout=10)
