"""A handshake with each listener of a server, and what the server wrote of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from reconciler.model.handshake import Auth, CheckStatus, Handshake, Level, Relay
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.smtp.record.log import Timeouts
from reconciler.smtp.session.handshake import handshake
from tests.servers import aiosmtpd, exim, haproxy, haraka, nginx, opensmtpd, postfix, sendmail, smtp_server
from tests.servers.running import CLIENT, PASSWORD, USER, Listener, Place, placed

SERVERS: tuple[ModuleType, ...] = (
    postfix,
    exim,
    sendmail,
    opensmtpd,
    haraka,
    smtp_server,
    aiosmtpd,
    nginx,
    haproxy,
)
_PATIENT = Timeouts()
UNWELL = (CheckStatus.WARN, CheckStatus.FAIL, CheckStatus.INCONCLUSIVE)
# what a log says of each session and message alone: when, who, which
_OWN = re.compile(
    r"^\[?\d{4}-\d\d-\d\d[T ][\d:.]+Z?\]? |^\d{4}/\d\d/\d\d [\d:]+ |^\w{3} +\d+ [\d:]+ (relay )?"
    r"|\[\d+\](?=:)|\d+#\d+: \*\d+ |\[[0-9A-F-]{36}(\.\d+)?\] |\[#?\w{16}\] |^[0-9a-f]{16} |(?<=127\.0\.0\.1):\d+"
    r"|(?<=rdns=)\S+|(?<=time=)[\d.]+|(?<=port=)\d+|6\w{13}: |\('127\.0\.0\.1', \d+\) "
)
# how we end a server, and lines of a debug log
_OF_OURS = re.compile(
    r"Killed with signal|: (gracefully )?(exit|shutting down)|exited with code|signal \d+|^Exiting|DEBUG"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """`log` is whole: the server has ended."""

    found: Mapping[str, Handshake]
    log: str
    file: Path
    banned_by: Sequence[str]

    @property
    def lines(self) -> list[str]:
        return [line for line in self.log.splitlines() if line.strip()]


def trace(log: str) -> str:
    """The last line about a session, without what no other session has."""
    lines = [line for line in log.splitlines() if line.strip() and not _OF_OURS.search(line)]
    return _OWN.sub("", lines[-1]).strip() if lines else "nothing"


def proven(server: ModuleType, log: Path) -> Proven:
    """Its log is kept in a file. Raises Missing."""
    with placed() as where:
        with server.running(where) as running:
            running.begin()
            found = {listener.name: shaken(listener, where) for listener in running.listeners}
        log.write_text(running.log(), "utf-8")
    return Proven(found=found, log=log.read_text("utf-8"), file=log, banned_by=running.banned_by)


def shaken(
    listener: Listener, where: Place, *, credential: str | None = None, patience: Timeouts = _PATIENT, **more: object
) -> Handshake:
    """As far as an envelope, as USER where the listener wants a login; `more` is declared otherwise."""
    declared: dict[str, object] = {
        "name": None,
        "host": "localhost",
        "port": listener.port,
        "encryption": listener.encryption,
        "ca_file": where.ca_file,
        "ehlo_name": CLIENT,
        "sender": USER,
        "recipient": "postmaster@lab.test",
        "level": Level.ENVELOPE,
    }
    if listener.login:
        declared |= {"auth": Auth.BASIC, "username": USER, "password": SecretRef(store="env", path="SMTP_PASSWORD")}
    relay = Relay(**(declared | more))  # type: ignore[arg-type]
    password = SecretValue(credential or PASSWORD) if listener.login else None
    return asyncio.run(handshake(relay, password, timeouts=patience))
