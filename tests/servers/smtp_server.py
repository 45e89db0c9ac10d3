"""Nodemailer's smtp-server, from npm."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from lab.servers.mta import free_ports

from reconciler.model.handshake import Encryption
from tests.servers.running import HOST, PASSWORD, USER, Listener, Missing, Place, Server, started
from tests.servers.unpacked import FOLDER

NAME, OFFERS_EARLY = "npm smtp-server", "submission"
_PROGRAM = """
const {{ SMTPServer }} = require({module});
const fs = require("fs");
const common = {{
  name: "{host}", key: fs.readFileSync("{key}"), cert: fs.readFileSync("{certificate}"), logger: true,
  onAuth: (auth, session, done) =>
    auth.username === "{user}" && auth.password === "{password}"
      ? done(null, {{ user: auth.username }}) : done(new Error("Invalid username or password")),
  onData: (stream, session, done) => {{ stream.resume(); stream.on("end", done); }},
}};
for (const [port, secure] of [[{starttls}, false], [{tls}, true]]) {{
  const server = new SMTPServer({{ ...common, secure }});
  server.on("error", (error) => console.log("ERROR " + error.message));
  server.listen(port, "127.0.0.1");
}}
"""


@contextmanager
def running(place: Place) -> Iterator[Server]:
    module, node = FOLDER / "node_modules" / "smtp-server", shutil.which("node")
    if node is None or not module.exists():
        raise Missing(f"there is no node, or no {module} (.ci/servers)")
    starttls, tls = free_ports(2)
    text = _PROGRAM.format(
        module=json.dumps(str(module)),
        host=HOST,
        key=place.key,
        certificate=place.certificate,
        user=USER,
        password=PASSWORD,
        starttls=starttls,
        tls=tls,
    )
    log = place.folder / "log"
    with started([node, str(place.write("server.js", text))], log, ports=[starttls]):
        # on its other port it offers a login before TLS, and then refuses it there
        early = Listener(name=OFFERS_EARLY, port=starttls)
        submissions = Listener(name="submissions", port=tls, encryption=Encryption.TLS)
        yield Server(name=NAME, listeners=[submissions], unwell=[early], logs=[log])
