"""Postfix as a relay for applications: `postconf`, `postmap` and `postfix` on this host, or over ssh.

Only the parameters behind the declared settings are touched. The password map can be read by root, but it is not: what
`postmap` gives of a login is cut before the password, on the host itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from reconciler.drivers.shell import ssh_command
from reconciler.drivers.shell.scripts import DEFAULT_TIMEOUT, Host, ReadOnlyShell, Shell
from reconciler.errors import PlatformRefused
from reconciler.model.address import Resource
from reconciler.model.change import Change
from reconciler.model.finding import Finding, Severity
from reconciler.model.platform import Platform
from reconciler.model.ports import Opener, Reader, Writer
from reconciler.model.settings import Connection, Desired, Present, Reading, Settings, Shape
from reconciler.platforms.postfix import limits, reading_findings, spelling
from reconciler.platforms.postfix.access import PostfixReader, PostfixWriter, script

if TYPE_CHECKING:  # only doctor needs it
    from reconciler.model.checkup import Checkup

_DIRECTORY = "/etc/postfix"
_UNUSED = ("ca_file", "client_certificate", "proxy")  # for platforms with an address on the web


def installation(connection: Connection) -> str:
    """Whoever logs in, it is the same Postfix."""
    _, _, place = str(connection.get("ssh", "local")).lower().rpartition("@")
    return f"postfix:{place.removesuffix(':22')}:{_directory(connection)}"


def fields(collection: str, connection: Connection) -> frozenset[str]:
    return spelling.FIELDS


def normalised(resource: Resource, settings: Settings, connection: Connection) -> Settings:
    return spelling.normalised(settings)


def findings(desired: Desired, connection: Connection) -> Iterator[Finding]:
    """What Postfix cannot do, and what would make it an open relay."""
    address = str(desired.address)
    for severity, rule, field, what, why, fix in limits.limits(desired.settings):
        origin = desired.origin.get(field)
        where = origin.position if origin else desired.position
        yield Finding(
            severity=severity, rule=rule, address=address, field=field, what=what, why=why, fix=fix, where=where
        )
    if "ssh" in connection and ssh_command.login(str(connection["ssh"])) is None:
        yield Finding(
            severity=Severity.ERROR,
            rule="connection-ssh",
            address=desired.address.unit,
            where=desired.position,
            what=f"connection.ssh: {connection['ssh']} is not user@host:port",
            why="the port is a number from 1 to 65535",
            fix="ssh: root@relay.example.com",
        )
    for key in sorted(connection.keys() & set(_UNUSED)):
        yield Finding(
            severity=Severity.WARNING,
            rule="connection-unused",
            address=desired.address.unit,
            where=desired.position,
            what=f"connection.{key} is not used by postfix",
            why="ssh uses its own configuration and known_hosts",
            fix="leave it out; to go through another host, use ProxyJump in ssh's configuration",
        )


def refusals(changes: Sequence[Change], reading: Reading) -> Iterator[Finding]:
    for change in changes:
        live = reading.live(change.address.resource)
        if isinstance(live, Present) and (found := reading_findings.unverifiable(change, live)):
            yield found


def defaults(collection: str, connection: Connection) -> Settings:
    return spelling.DEFAULTS


def reader(unit: str, connection: Connection, secrets: Opener) -> Reader:  # ssh brings its own keys
    """Raises PlatformRefused when connection.ssh is not user@host:port."""
    shell = ReadOnlyShell(host=_host(connection), reads=frozenset({script("read")}))
    return PostfixReader(unit=unit, directory=_directory(connection), shell=shell)


def writer(unit: str, connection: Connection, secrets: Opener) -> Writer:
    """Raises PlatformRefused when connection.ssh is not user@host:port."""
    shell = Shell(host=_host(connection), reads=frozenset({script("read")}))
    return PostfixWriter(unit=unit, directory=_directory(connection), shell=shell, secrets=secrets)


def doctor(unit: str, connection: Connection, secrets: Opener, trace: bool) -> Checkup:
    """`trace` is for consoles."""
    from reconciler.platforms.postfix import checkup

    return checkup.checkup(unit, lambda: _host(connection), _directory(connection))


def _host(connection: Connection) -> Host:
    timeout = connection.get("timeout")
    return Host(
        login=_login(connection),
        sudo=connection.get("sudo") is True,
        timeout=float(timeout) if isinstance(timeout, int | float) else DEFAULT_TIMEOUT,
    )


def _login(connection: Connection) -> ssh_command.Login | None:
    if (text := connection.get("ssh")) is None:
        return None
    files = {key: str(connection[key]) if key in connection else None for key in ("identity_file", "known_hosts")}
    if (login := ssh_command.login(str(text), **files)) is None:  # `findings` says it first
        raise PlatformRefused("connection.ssh is not user@host:port", fix="ssh: root@relay.example.com")
    return login


def _directory(connection: Connection) -> str:
    return str(connection.get("config_directory") or _DIRECTORY).rstrip("/")


PLATFORM = Platform(
    collections={"settings": Shape.ONE},
    installation=installation,
    fields=fields,
    normalised=normalised,
    findings=findings,
    refusals=refusals,
    client=lambda connection: "postfix",
    defaults=defaults,
    reader=reader,
    writer=writer,
    doctor=doctor,
    risks=frozenset({"open-relay"}),
)
