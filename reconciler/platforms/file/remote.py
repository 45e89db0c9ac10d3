"""A file on another host: read and replaced by the two scripts beside this file, through one ssh connection a run."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from reconciler.drivers.shell import ssh_command
from reconciler.drivers.shell.scripts import DEFAULT_TIMEOUT, Ended, Host, ReadOnlyShell, Script, Shell
from reconciler.drivers.textfile.place.facts import Facts, mode_after
from reconciler.drivers.textfile.place.notes import Notes
from reconciler.drivers.textfile.place.port import Make, Seen
from reconciler.errors import (
    PlatformAnswer,
    PlatformBusy,
    PlatformDenied,
    PlatformError,
    PlatformMissing,
    PlatformRefused,
    WriteForbidden,
)
from reconciler.model.secret import SecretValue
from reconciler.model.settings import Connection

_NO_FILE = 3
_Meaning = tuple[type[PlatformError], str, str]
_MEANINGS: Mapping[int, _Meaning] = {
    4: (PlatformMissing, "the folder does not exist", "create it, or correct connection.path"),
    5: (PlatformAnswer, "not a regular file", "correct connection.path"),
    6: (PlatformDenied, "permission denied", "log in as the owner of the file and its folder, or set sudo: true"),
    8: (PlatformAnswer, "larger than 1 MiB", "correct connection.path"),
    9: (PlatformBusy, "another write has held the lock of its folder for 10 s", "wait for the other run to end"),
    10: (PlatformBusy, "somebody has changed it at this moment; it is unchanged by us", "plan again"),
    11: (PlatformAnswer, "the new text did not arrive whole", "check the disk and the connection, then run again"),
    12: (PlatformDenied, "its access list cannot be kept there", "install the acl package there, or replace: in-place"),
    14: (PlatformRefused, "cannot be replaced: it is a mount point", "connection.replace: in-place"),
}


@cache
def _script(name: str) -> Script:
    text = files(__package__).joinpath(f"{name}.sh").read_text(encoding="utf-8")
    return Script(name=f"{name}.sh", text=text)


def shell(connection: Connection, *, writes: bool) -> ReadOnlyShell:
    """Raises PlatformRefused when connection.ssh is not user@host:port."""
    keys = {key: str(connection[key]) if key in connection else None for key in ("identity_file", "known_hosts")}
    if (login := ssh_command.login(str(connection["ssh"]), **keys)) is None:
        raise PlatformRefused("connection.ssh is not user@host:port", fix="e.g. ssh: deploy@app01.example.com")
    timeout = connection.get("timeout")
    seconds = float(timeout) if isinstance(timeout, int | float) else DEFAULT_TIMEOUT
    host = Host(login=login, sudo=connection.get("sudo") is True, timeout=seconds, kept=True)
    return (Shell if writes else ReadOnlyShell)(host=host, reads=frozenset({_script("read")}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """`name` is what the file is called here, whoever logs in there. `notes` is the folder where our own modifications
    are remembered: here, and not beside the file."""

    name: str
    path: str
    shell: ReadOnlyShell
    notes: Path | None = None

    def seen(self) -> Seen | None:
        """As Place.seen. Raises PlatformError."""
        found = self._read()
        return found and found[0]

    def replace(self, make: Make, *, secret: bool, mode: int | None, in_place: bool) -> None:
        """As Place.replace. Raises PlatformError, WriteForbidden."""
        if not isinstance(self.shell, Shell):
            raise WriteForbidden(f"{self.shell.host}: opened for reading, refused to write {self.path}")
        found = self._read()
        if (new := make(found and found[0].data)) is None:
            return
        identity = found[1] if found else ""
        after = mode_after(found[0].facts.mode if found else None, secret=secret, declared=mode)
        ended = self.shell.write(
            _script("write"),
            self.path,
            identity,
            f"{after:04o}",
            "in-place" if in_place else "whole",
            str(len(new)),
            stdin=(SecretValue(new.decode("utf-8")),),
        )
        if ended.code:
            raise self._error(ended)
        now = ended.out.strip()
        self._notes.keep(now, (found and found[0].marker) or _changed(now))

    def recover(self) -> int:
        """As Place.recover: the next write removes it there."""
        return 0

    def _read(self) -> tuple[Seen, str] | None:
        """What is there, and by what it is known again."""
        ended = self.shell.run(_script("read"), self.path)
        if ended.code == _NO_FILE:
            return None
        if ended.code:
            raise self._error(ended)
        identity, status, mounted, tracked, access, text = (ended.out.split("\n", 5) + [""] * 6)[:6]
        mode, owner, group, names = status.split("|")
        facts = Facts(
            mode=int(mode, 8),
            owner=owner,
            group=group,
            listed=_listed(access),
            names=int(names),
            mounted=mounted == "yes",
            tracked=tracked == "yes",
        )
        marker = self._notes.marker(identity, _changed(identity))
        return Seen(data=base64.b64decode(text), marker=marker, facts=facts), identity

    @property
    def _notes(self) -> Notes:
        return Notes(folder=self.notes, name=self.name)

    def _error(self, ended: Ended) -> PlatformError:
        other = (PlatformAnswer, "cannot be read or written", "run as another user, or look at the host")
        kind, what, fix = _MEANINGS.get(ended.code, other)
        said = ssh_command.shown(ended.said) or None
        return kind(f"{self.shell.host}: {self.path}: {what}", why=said, fix=fix)


def _changed(identity: str) -> str:
    """The time of the last modification."""
    return identity.partition("|")[0]


def _listed(access: str) -> tuple[str, ...]:
    """`user:www-data:r--`, as getfacl prints it, within the mask."""
    entries = [word.split(":") for word in access.split() if word.count(":") == 2]
    mask = next((allowed for kind, _, allowed in entries if kind == "mask"), "rwx")
    named = (one for one in entries if one[0] in ("user", "group") and one[1] and "r" in one[2])
    return tuple(f"{kind} {name}" for kind, name, _ in named) if "r" in mask else ()
