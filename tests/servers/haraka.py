"""Haraka, from npm, as a submission server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from lab.servers.mta import free_ports

from reconciler.model.handshake import Encryption
from tests.servers.running import HOST, PASSWORD, USER, Listener, Missing, Place, Server, started
from tests.servers.unpacked import FOLDER

NAME = "Haraka"
_FILES = {
    "config/smtp.ini": "listen=127.0.0.1:{starttls},127.0.0.1:{tls}\nsmtps_port={tls}\nnodes=0\n",
    "config/me": HOST,
    "config/log.ini": "[main]\nlevel=notice\n",
    "config/plugins": "tls\nauth_lab\nqueue/discard\n",
    "config/tls.ini": "key={key}\ncert={certificate}\n",
    # its own auth/flat_file offers a login before TLS to private addresses, such as that of a test
    "plugins/auth_lab.js": """
exports.register = function () {{ this.inherits("auth/auth_base"); }};
exports.hook_capabilities = function (next, connection) {{
  if (connection.tls.enabled) {{
    connection.capabilities.push("AUTH PLAIN LOGIN");
    connection.notes.allowed_auth_methods = ["PLAIN", "LOGIN"];
  }}
  next();
}};
exports.get_plain_passwd = (user, connection, done) => done(user === "{user}" ? "{password}" : null);
""",
    "package.json": "{{}}",
}


@contextmanager
def running(place: Place) -> Iterator[Server]:
    program, node = FOLDER / "node_modules" / "Haraka" / "bin" / "haraka", shutil.which("node")
    if node is None or not program.exists():
        raise Missing(f"there is no node, or no {program} (.ci/servers)")
    starttls, tls = free_ports(2)
    facts = {"key": place.key, "certificate": place.certificate, "user": USER, "password": PASSWORD}
    shutil.copytree(program.parents[1] / "config", place.folder / "config")  # it starts with nothing less
    for name, text in _FILES.items():
        place.write(name, text.format(starttls=starttls, tls=tls, **facts))
    log = place.folder / "log"
    with started([node, str(program), "-c", str(place.folder)], log, ports=[starttls]):
        listeners = [
            Listener(name="submission", port=starttls),
            Listener(name="submissions", port=tls, encryption=Encryption.TLS),
        ]
        yield Server(name=NAME, listeners=listeners, logs=[log])
