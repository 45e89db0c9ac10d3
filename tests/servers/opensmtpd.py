"""OpenSMTPD, with the TLS of the libretls or OpenSSL that Debian builds it with."""

from __future__ import annotations

import smtplib
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from lab.servers.mta import free_ports

from reconciler.model.handshake import Encryption
from tests.servers.running import CLIENT, HOST, PASSWORD, USER, Listener, Missing, Place, Server, started
from tests.servers.unpacked import inside

NAME = "OpenSMTPD"
_CONFIGURATION = """
pki lab cert "{certificate}"
pki lab key "{key}"
table logins {{ "{user}" = "{password}" }}
listen on 127.0.0.1 port {starttls} hostname {host} tls-require pki lab auth <logins>
listen on 127.0.0.1 port {tls} hostname {host} smtps pki lab auth <logins>
action nowhere mda "cat >/dev/null" virtual {{ "@" = "opensmtpd" }}
match auth from any for any action nowhere
"""


@contextmanager
def running(place: Place) -> Iterator[Server]:
    starttls, tls = free_ports(2)
    text = _CONFIGURATION.format(
        certificate=place.certificate,
        key=place.key,
        user=USER,
        password=_hashed(),
        host=HOST,
        starttls=starttls,
        tls=tls,
    )
    file = place.write("smtpd.conf", text)
    file.chmod(0o600)
    log = place.folder / "log"
    with started(inside(place, "/usr/sbin/smtpd", "-d", "-f", str(file)), log, ports=[starttls]):
        if reason := _broken(tls):
            raise Missing(f"its TLS does not work here: {reason}")
        listeners = [
            Listener(name="submission", port=starttls),
            Listener(name="submissions", port=tls, encryption=Encryption.TLS),
        ]
        yield Server(name=NAME, listeners=listeners, logs=[log])


def _broken(port: int) -> str | None:
    """Debian 12's ends each handshake with an internal error, whoever the client is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with smtplib.SMTP_SSL("127.0.0.1", port, timeout=10, context=context) as client:
            client.ehlo(CLIENT)
    except OSError as error:
        return str(error)
    return None


def _hashed() -> str:
    command = ["openssl", "passwd", "-6", "-stdin"]
    return subprocess.run(
        command, input=PASSWORD, capture_output=True, text=True, check=True, timeout=20
    ).stdout.strip()
