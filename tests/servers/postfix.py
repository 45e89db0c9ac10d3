"""Postfix with Dovecot for the logins, and postscreen in front of it; whatever release is installed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from lab.servers.mta import free_ports
from lab.servers.mta_files import MAIN, SERVICES

from reconciler.model.handshake import Encryption
from tests.servers import dovecot
from tests.servers.running import USER, Listener, Place, Server, started
from tests.servers.unpacked import asked, inside, owner

NAME = "Postfix with Dovecot"
_SERVICE = "{address}:{port} inet n - n - {most} {program} {options}\n"
_LOGIN = "-o smtpd_client_restrictions=permit_sasl_authenticated,reject"
# what postscreen hands its clients over to, and what speaks TLS for it
_NO_LOGIN = "-o smtpd_sasl_auth_enable=no -o smtpd_sender_restrictions="
_BEHIND = f"smtpd pass - - n - - smtpd {_NO_LOGIN}\ntlsproxy unix - - n - 0 tlsproxy\n"
HEALTHY = {
    "relay without a login": _NO_LOGIN,
    "submission": f"-o smtpd_tls_security_level=encrypt {_LOGIN}",
    "submissions": f"-o smtpd_tls_wrappermode=yes {_LOGIN}",
    "postscreen": "",
}


@contextmanager
def running(place: Place) -> Iterator[Server]:
    with listening(place, HEALTHY) as (ports, server):
        listeners = [
            Listener(name="relay without a login", port=ports["relay without a login"], login=False),
            Listener(name="submission", port=ports["submission"]),
            Listener(name="submissions", port=ports["submissions"], encryption=Encryption.TLS),
            Listener(name="postscreen", port=ports["postscreen"], login=False),
        ]
        yield Server(name=server.name, listeners=listeners, logs=server.logs, banned_by=server.banned_by)


@contextmanager
def listening(
    place: Place,
    services: Mapping[str, str],
    *,
    options: Mapping[str, str] | None = None,
    beside: Mapping[str, str] | None = None,
) -> Iterator[tuple[Mapping[str, int], Server]]:
    """A listener for each of `services`, with these options of smtpd; `postscreen` is one of postscreen.

    `beside` are other options for the same ports of 127.0.0.2.
    """
    ports = dict(zip(services, free_ports(len(services)), strict=True))
    second = "".join(_listener(ports[name], said, address="127.0.0.2") for name, said in (beside or {}).items())
    _write(place, {ports[name]: (name, said) for name, said in services.items()}, dict(options or {}), second)
    with dovecot.running(place):
        folder = str(place.folder / "postfix")
        asked(place, "/usr/sbin/postfix", "-c", folder, "check")
        master = f"{asked(place, '/usr/sbin/postconf', '-d', '-h', 'daemon_directory')}/master"
        first = next(port for name, port in ports.items() if name != "postscreen")
        with started(inside(place, master, "-c", folder, "-d"), place.folder / "started", ports=[first]):
            files = [place.folder / name for name in ("mail.log", "dovecot.log")]
            yield (
                ports,
                Server(
                    name=NAME,
                    listeners=(),
                    logs=files,
                    banned_by=["postfix", "dovecot"],
                ),
            )


def _listener(port: int, options: str, *, address: str = "127.0.0.1") -> str:
    return _SERVICE.format(address=address, port=port, most="-", program="smtpd", options=options)


def _write(place: Place, services: Mapping[int, tuple[str, str]], options: Mapping[str, str], second: str) -> None:
    for name, user in (("postfix", "root"), ("queue", "root"), ("data", "postfix")):
        (place.folder / name).mkdir()
        os.chown(place.folder / name, owner(user)[0], -1)
    place.both.rename(place.folder / "relay.pem")
    more = {"postscreen_access_list": "", "postscreen_greet_wait": "1s", "postscreen_cache_map": "", **options}
    place.write(
        "postfix/main.cf",
        MAIN.format(folder=place.folder) + "".join(f"{name} = {value}\n" for name, value in more.items()),
    )
    place.write("postfix/senders", f"{USER} {USER}\n")
    lines = (
        _SERVICE.format(address="127.0.0.1", port=port, most=1, program="postscreen", options="")
        if name == "postscreen"
        else _listener(port, said)
        for port, (name, said) in services.items()
    )
    place.write("postfix/master.cf", f"{''.join(lines)}{second}{_BEHIND}{SERVICES}")
