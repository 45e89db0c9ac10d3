"""HAProxy in front of Postfix: it passes STARTTLS on, and ends implicit TLS itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.servers.mta import free_ports

from reconciler.model.handshake import Encryption
from tests.servers import postfix
from tests.servers.running import Listener, Place, Server, started
from tests.servers.unpacked import inside

NAME = "HAProxy before Postfix"
_CONFIGURATION = """
global
  log stdout format raw local0 info
defaults
  mode tcp
  log global
  option tcplog
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend submission
  bind 127.0.0.1:{submission}
  default_backend submission
frontend submissions
  bind 127.0.0.1:{submissions} ssl crt {both}
  default_backend ended
backend submission
  server one 127.0.0.1:{passed} send-proxy
backend ended
  server one 127.0.0.1:{ended} send-proxy
"""
PROXIED = "-o smtpd_upstream_proxy_protocol=haproxy"
# behind a proxy that ends TLS, a login comes in clear
ENDED = f"{PROXIED} -o smtpd_tls_security_level=none -o smtpd_tls_auth_only=no"


@contextmanager
def running(place: Place) -> Iterator[Server]:
    services = {"ready": "", "passed": f"{PROXIED} -o smtpd_tls_security_level=encrypt", "ended": ENDED}
    with (
        postfix.listening(place, services) as (ports, behind),
        in_front(place, passed=ports["passed"], ended=ports["ended"]) as (listeners, log),
    ):
        yield Server(name=NAME, listeners=listeners, logs=[log, *behind.logs], banned_by=behind.banned_by)


@contextmanager
def in_front(place: Place, *, passed: int, ended: int) -> Iterator[tuple[list[Listener], Path]]:
    """STARTTLS goes through to port `passed`, and what came over TLS goes to port `ended` in clear."""
    submission, submissions = free_ports(2)
    text = _CONFIGURATION.format(
        submission=submission, submissions=submissions, both=place.folder / "relay.pem", passed=passed, ended=ended
    )
    file, log = place.write("haproxy.cfg", text), place.folder / "haproxy.log"
    with started(inside(place, "/usr/sbin/haproxy", "-db", "-f", str(file)), log, ports=[submission]):
        listeners = [
            Listener(name="submission", port=submission),
            Listener(name="submissions", port=submissions, encryption=Encryption.TLS),
        ]
        yield listeners, log
