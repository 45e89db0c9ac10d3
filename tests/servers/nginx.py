"""nginx's mail proxy: it takes the login, asks an HTTP service about it (itself, here), and passes mail on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from lab.servers.mta import free_ports

from reconciler.model.handshake import Encryption
from tests.servers.running import HOST, PASSWORD, USER, Listener, Place, Server, started
from tests.servers.unpacked import inside

NAME = "nginx mail proxy"
_CONFIGURATION = """
daemon off;
worker_processes 1;
user root;
pid {folder}/pid;
error_log {folder}/error.log info;
load_module /usr/lib/nginx/modules/ngx_mail_module.so;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  map "$http_auth_user $http_auth_pass" $known {{ "{user} {password}" OK; default "Invalid login or password"; }}
  server {{
    listen 127.0.0.1:{http};
    location / {{
      add_header Auth-Status $known;
      add_header Auth-Server 127.0.0.1;
      add_header Auth-Port {behind};
      return 204;
    }}
  }}
}}
mail {{
  server_name {host};
  auth_http 127.0.0.1:{http}/;
  proxy_pass_error_message on;
  xclient off;
  smtp_auth plain login;
  smtp_capabilities "SIZE 36700160" 8BITMIME;
  ssl_certificate {certificate};
  ssl_certificate_key {key};
  server {{ listen 127.0.0.1:{starttls}; protocol smtp; starttls only; }}
  server {{ listen 127.0.0.1:{tls} ssl; protocol smtp; }}
}}
"""


@contextmanager
def running(place: Place) -> Iterator[Server]:
    starttls, tls, http, behind = free_ports(4)
    text = _CONFIGURATION.format(
        folder=place.folder,
        host=HOST,
        certificate=place.certificate,
        key=place.key,
        user=USER,
        password=PASSWORD,
        starttls=starttls,
        tls=tls,
        http=http,
        behind=behind,
    )
    file = place.write("nginx.conf", text)
    backend = Controller(Sink(), hostname="127.0.0.1", port=behind, server_hostname=HOST)
    backend.start()
    output, log = place.folder / "output", place.folder / "error.log"
    try:
        with started(inside(place, "/usr/sbin/nginx", "-c", str(file)), output, ports=[starttls]):
            listeners = [
                Listener(name="submission", port=starttls),
                Listener(name="submissions", port=tls, encryption=Encryption.TLS),
            ]
            yield Server(name=NAME, listeners=listeners, logs=[log, output])
    finally:
        backend.stop()
