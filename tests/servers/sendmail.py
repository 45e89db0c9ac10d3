"""sendmail, as a relay for this machine: it asks nobody for a login."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lab.servers.mta import free_ports

from reconciler.model.handshake import Encryption
from tests.servers.running import HOST, Listener, Place, Server, started, syslog
from tests.servers.unpacked import asked, inside

NAME = "sendmail"
_MACROS = """divert(-1)include(`/usr/share/sendmail/cf/m4/cf.m4')divert(0)dnl
OSTYPE(`debian')dnl
define(`confDOMAIN_NAME', `{host}')dnl
define(`QUEUE_DIR', `{folder}/queue')dnl
define(`STATUS_FILE', `{folder}/statistics')dnl
define(`confPID_FILE', `{folder}/pid')dnl
define(`confCACERT_PATH', `{folder}')dnl
define(`confCACERT', `{ca_file}')dnl
define(`confSERVER_CERT', `{certificate}')dnl
define(`confSERVER_KEY', `{key}')dnl
define(`confDONT_BLAME_SENDMAIL', `TrustStickyBit')dnl
define(`confRUN_AS_USER', `root')dnl
define(`confDELIVERY_MODE', `q')dnl
define(`ALIAS_FILE', `')dnl
FEATURE(`no_default_msa')dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
DAEMON_OPTIONS(`Name=MTA, Addr=127.0.0.1, Port={starttls}, M=A')dnl
DAEMON_OPTIONS(`Name=MSA, Addr=127.0.0.1, Port={tls}, M=As')dnl
MAILER(`local')dnl
MAILER(`smtp')dnl
"""


@contextmanager
def running(place: Place) -> Iterator[Server]:
    starttls, tls = free_ports(2)
    text = _MACROS.format(
        host=HOST,
        folder=place.folder,
        ca_file=place.ca_file,
        certificate=place.certificate,
        key=place.key,
        starttls=starttls,
        tls=tls,
    )
    (place.folder / "queue").mkdir(mode=0o700)
    source = place.write("sendmail.mc", text)
    file = place.write("sendmail.cf", asked(place, "/usr/bin/m4", str(source)))
    command = inside(place, "/usr/libexec/sendmail/sendmail", "-bD", "-C", str(file))
    with syslog(place) as log, started(command, place.folder / "output", ports=[starttls]):
        listeners = [
            Listener(name="relay", port=starttls, login=False),
            Listener(name="relay with TLS", port=tls, encryption=Encryption.TLS, login=False),
        ]
        yield Server(name=NAME, listeners=listeners, logs=[log], banned_by=["sendmail-auth", "sendmail-reject"])
