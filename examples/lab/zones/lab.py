"""The whole lab while a `with` block runs: networks, broker, zones with their servers, and the files of all of them."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import amqp
import trustme

from lab import canary
from lab.servers.rabbit import COORDINATOR, VHOST, Rabbit
from lab.zones import networks as places
from lab.zones import site
from lab.zones.link import Link
from lab.zones.networks import Network
from lab.zones.zone import PROGRAM, Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`tls=False` lets the broker be spoken with in clear, to look at the wire; `heard` keeps what goes over it, and
    between the workers and their consoles. `canaries`: each secret says that it is one."""

    zones: tuple[str, ...] = ("dmz", "plant")
    loopback: bool = False
    tls: bool = True
    heard: bool = False
    canaries: bool = False
    deadline: float = 20.0  # seconds


@dataclass(slots=True, kw_only=True)
class Lab:
    """`loopback_because` is why the zones are no networks of their own; None where they are."""

    folder: Path
    broker: Rabbit
    zones: dict[str, Zone]
    signers: site.Signers
    access: dict[str, site.Access]
    links: dict[str, Link] = field(default_factory=dict)
    loopback_because: str | None = None

    @property
    def site(self) -> Path:
        return self.folder / "site"

    def command(self, *words: str, program: str = PROGRAM) -> tuple[list[str], dict[str, str]]:
        """A command line of the coordinator and its environment: it has no login at any Vault."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TERM", "COLUMNS") if name in os.environ}
        return [program, *words], {**kept, "HOME": str(self.folder)}

    def run(self, *words: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        command, environ = self.command(*words)
        return subprocess.run(
            command,
            cwd=self.site,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def start(self, *words: str) -> subprocess.Popen[str]:
        command, environ = self.command(*words)
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=self.site, env=environ, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True
        )

    def listens(self, zone: str, workers: int = 1, seconds: float = 30) -> bool:
        """Waits until so many workers of the zone take what comes; False when they do not in time."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(OSError, amqp.AMQPError):
                if self._consumers(zone) >= workers:
                    return True
            time.sleep(0.1)
        return False

    def _consumers(self, zone: str) -> int:
        login = {"userid": COORDINATOR, "password": self.broker.password(COORDINATOR)}
        with amqp.Connection(
            f"127.0.0.1:{self.broker.plain}", virtual_host=VHOST, connect_timeout=5, read_timeout=5, **login
        ) as connection:
            return int(connection.channel().queue_declare(f"zone.{zone}", passive=True).consumer_count)

    def cut(self, zone: str) -> None:
        """The cable between this zone and the broker."""
        self.links[zone].cut() if zone in self.links else self.zones[zone].network.up(up=False)

    def mend(self, zone: str) -> None:
        self.links[zone].mend() if zone in self.links else self.zones[zone].network.up(up=True)


@contextmanager
def started(options: Options = Options()) -> Iterator[Lab]:  # frozen
    """Without workers: `Zone.start_worker`. Raises RuntimeError where a server does not start."""
    why = "it was asked for" if options.loopback else places.missing()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lab-zones-")))
        found = stack.enter_context((places.loopback if why else places.namespaces)(options.zones))
        yield _lab(stack, folder, found, options, why)


def _lab(stack: ExitStack, folder: Path, found: Sequence[Network], options: Options, why: str | None) -> Lab:
    broker = stack.enter_context(Rabbit(options.zones, addresses=() if why else [one.here for one in found]))
    signers, authority = site.signers(options.zones), trustme.CA()
    hosts = {COORDINATOR: "127.0.0.1", **{one.zone: one.here for one in found}}
    linked = list(hosts) if options.heard else [one.zone for one in found if why]
    links = {user: _link(stack, broker, hosts[user], options) for user in linked}
    access = {user: _access(broker, user, host, links.get(user), options) for user, host in hosts.items()}
    (folder / "site").mkdir()
    relays_ca = authority.cert_pem.bytes()
    site.coordinator(
        folder / "site", found, access[COORDINATOR], signers, relays_ca=relays_ca, deadline=options.deadline
    )
    secret = canary.token if options.canaries else _secret
    zones = {one.zone: _zone(stack, folder, one, authority, secret, heard=options.heard) for one in found}
    for name, zone in zones.items():
        site.worker(zone.folder, zone.network, access[name], signers, zone.ask("login"))
    return Lab(
        folder=folder,
        broker=broker,
        zones=zones,
        signers=signers,
        access=access,
        links=links,
        loopback_because=why,
    )


def _secret() -> str:
    return secrets.token_urlsafe(16)


def _link(stack: ExitStack, broker: Rabbit, host: str, options: Options) -> Link:
    port = broker.tls if options.tls else broker.plain
    return stack.enter_context(Link(port, listen=(host, 0), keep=options.heard))


def _access(broker: Rabbit, user: str, host: str, link: Link | None, options: Options) -> site.Access:
    port = broker.tls if options.tls else broker.plain
    url = broker.url(user, tls=options.tls)
    return site.Access(
        url=url.replace(f"127.0.0.1:{port}", f"{host}:{link.port if link else port}"),
        password=broker.password(user),
        ca_file=broker.ca_file,
        certificate=broker.certificate(user),
        key=broker.key(user),
    )


def _zone(
    stack: ExitStack, folder: Path, network: Network, authority: trustme.CA, secret: Callable[[], str], *, heard: bool
) -> Zone:
    """Its disk has the authority of its relay, which its Odoo trusts."""
    there = folder / network.zone
    there.mkdir()
    (there / "ca.pem").write_bytes(authority.cert_pem.bytes())
    issued = authority.issue_cert(network.relay)
    told = {
        "relay": network.relay,
        "user": site.USER,
        "password": secret(),
        "api_key": secret(),
        "certificate": issued.private_key_and_cert_chain_pem.bytes().decode(),
        "ca_file": str(there / "ca.pem"),
        "heard": heard,
    }
    return stack.enter_context(Zone(network, there, told))
