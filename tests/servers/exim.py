"""Exim as Debian builds it, as a relay for those who log in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lab.servers.mta import free_ports

from reconciler.model.handshake import Encryption
from tests.servers.running import HOST, PASSWORD, USER, Listener, Place, Server, started
from tests.servers.unpacked import inside

NAME = "Exim"
_CONFIGURATION = """
primary_hostname = {host}
local_interfaces = 127.0.0.1.{starttls} : 127.0.0.1.{tls}
tls_on_connect_ports = {tls}
tls_advertise_hosts = *
tls_certificate = {certificate}
tls_privatekey = {key}
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
pid_file_path = {folder}/pid
exim_user = root
exim_group = root
never_users =
host_lookup =
acl_smtp_rcpt = relay
begin acl
relay:
  accept authenticated = *
  deny message = relay not permitted
begin routers
nowhere:
  driver = redirect
  data = :blackhole:
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = <| Username: | Password:
  server_condition = ${{if and{{{{eq{{$auth1}}{{{user}}}}}{{eq{{$auth2}}{{{password}}}}}}}}}
  server_set_id = $auth1
"""


@contextmanager
def running(place: Place) -> Iterator[Server]:
    starttls, tls = free_ports(2)
    text = _CONFIGURATION.format(
        host=HOST,
        starttls=starttls,
        tls=tls,
        certificate=place.certificate,
        key=place.key,
        folder=place.folder,
        user=USER,
        password=PASSWORD,
    )
    file = place.write("exim.conf", text)
    (place.folder / "spool").mkdir()
    output, log = place.folder / "output", place.folder / "mainlog"
    with started(inside(place, "/usr/sbin/exim4", "-C", str(file), "-bdf"), output, ports=[starttls]):
        listeners = [
            Listener(name="submission", port=starttls),
            Listener(name="submissions", port=tls, encryption=Encryption.TLS),
        ]
        yield Server(name=NAME, listeners=listeners, logs=[log, output], banned_by=["exim"])
