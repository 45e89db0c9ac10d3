"""The command line for a script on another host, and what ssh says when it does not get there."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.errors import PlatformDenied, PlatformError, PlatformUnreachable
from reconciler.model.text import ssh
from reconciler.model.text.ssh import Trouble

FAILED = 255  # the exit code by which ssh tells its own failures
_CONNECT = 15.0  # seconds
_KEPT_LINES, _LONGEST = 3, 300
_NOISE = ("Warning: ", "** WARNING", "@@@@", "debug")


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """`identity_file` and `known_hosts` are files on this machine; without them ssh's own configuration decides."""

    host: str
    user: str | None = None
    port: int | None = None
    identity_file: str | None = None
    known_hosts: str | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"ssh://{f'{self.user}@' if self.user else ''}{host}{f':{self.port}' if self.port else ''}"


def login(text: str, *, identity_file: str | None = None, known_hosts: str | None = None) -> Login | None:
    """`[user@]host[:port]`; None for anything else, also for what ssh could take for an option."""
    if (match := ssh.PLACE.fullmatch(text)) is None:
        return None
    port = int(match["port"]) if match["port"] else None
    if port is not None and not 0 < port < 65536:
        return None
    return Login(
        host=match["host"].strip("[]"),
        user=match["user"],
        port=port,
        identity_file=identity_file,
        known_hosts=known_hosts,
    )


def words(login: Login, command: Sequence[str], seconds: float, more: Mapping[str, str] | None = None) -> list[str]:
    """The far end's shell takes the command line apart again, so every word is quoted for it. `more` are options."""
    options = {"RequestTTY": "no", "ServerAliveInterval": "15", "ServerAliveCountMax": "3", **(more or {})}
    if login.identity_file:
        options |= {"IdentityFile": _quoted(login.identity_file), "IdentitiesOnly": "yes"}
    if login.known_hosts:
        options |= {"UserKnownHostsFile": _quoted(login.known_hosts), "GlobalKnownHostsFile": "/dev/null"}
    found = ssh.words(options, min(seconds, _CONNECT))
    found += ["-l", login.user] if login.user else []
    found += ["-p", str(login.port)] if login.port else []
    return [*found, "--", login.host, shlex.join(command)]


def translated(login: Login, said: str) -> PlatformError:
    trouble = ssh.trouble(said.encode())
    kind = PlatformUnreachable if trouble is Trouble.OTHER else PlatformDenied
    by_hand = ssh.by_hand(login.host, user=login.user, port=login.port, identity_file=login.identity_file)
    return kind(f"{login}: {trouble}", why=shown(said) or None, fix=trouble.advice(by_hand))


def shown(said: str) -> str:
    """The last lines, as text that can do nothing to a terminal."""
    lines = [line.strip() for line in said.splitlines()]
    kept = [line for line in lines if line and not line.startswith(_NOISE)][-_KEPT_LINES:]
    text = "; ".join(kept)[:_LONGEST]
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _quoted(path: str) -> str:
    """A path as ssh's options want it: % begins one of its tokens, and a space ends a word."""
    escaped = path.replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
