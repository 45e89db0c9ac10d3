"""Reads and writes one Postfix by the two scripts beside this file: one round trip each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from reconciler.drivers.shell.scripts import ReadOnlyShell, Script, Shell
from reconciler.errors import PlatformError, PlatformRefused
from reconciler.model.address import Resource
from reconciler.model.change import Action, Change
from reconciler.model.handshake import Handshake
from reconciler.model.ports import Opener
from reconciler.model.settings import Present, Reading, Value
from reconciler.platforms.postfix import outcomes, reading_findings, spelling
from reconciler.platforms.postfix.edits import edit
from reconciler.platforms.postfix.observed import EFFECTIVE, OVERRIDES, SET_HERE, Observed, entries, observed

SETTINGS = Resource(collection="settings")
_RECOVERED = {
    "none": None,
    "untouched": "the write had not touched anything yet",
    "restored": "the earlier files are back",
}


@cache
def script(name: str) -> Script:
    text = files(__package__).joinpath(f"{name}.sh").read_text(encoding="utf-8")
    return Script(name=f"{name}.sh", text=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostfixReader:
    unit: str
    directory: str
    shell: ReadOnlyShell

    def read(self) -> Reading:
        """Raises PlatformError: no Postfix, no rights to read it, no connection."""
        seen = self._observed()
        return Reading(unit=self.unit, resources={SETTINGS: self._present(seen)})

    def close(self) -> None:
        pass

    def _observed(self, relayhost: str = "") -> Observed:
        names = (" ".join(some) for some in (SET_HERE, EFFECTIVE, OVERRIDES))
        ended = self.shell.run(script("read"), self.directory, *names, relayhost)
        if ended.code:
            raise outcomes.unread(ended, self.shell.host, self.directory)
        seen = observed(ended.out)
        if old := outcomes.too_old(seen.effective.get("mail_version", ""), self.shell.host):
            raise old
        return seen

    def _present(self, seen: Observed) -> Present:
        settings: dict[str, Value] = spelling.settings(seen, self.directory)
        write_only = frozenset({"password"} if seen.user else {"username", "password"} if seen.user_hidden else ())
        if "password" not in write_only:
            settings["password"] = None  # that much can be seen
        return Present(
            settings={field: value for field, value in settings.items() if field not in write_only},
            write_only=write_only,
            marker=_marker(seen, self.directory),
            mark=False,  # main.cf cannot carry our mark
            beside={reading_findings.MORE_TRUSTED: reading_findings.trusts_more(seen)},
            findings=tuple(reading_findings.findings(seen, f"{self.unit}:{SETTINGS}", self.directory)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PostfixWriter(PostfixReader):
    shell: Shell
    secrets: Opener

    def write(self, change: Change) -> None:
        """All fields of the change, or none of them; one reload.

        Raises PlatformError; the earlier files are back unless it says that they are not.
        """
        if change.action is Action.ARCHIVE:
            raise PlatformRefused("Postfix settings cannot be archived", fix="plan again", address=str(change.address))
        todo = edit(change, self._observed(), self.directory)
        if todo.login == "keep":
            todo = edit(change, self._observed(todo.relayhost), self.directory)
        ended = self.shell.write(
            script("write"),
            self.directory,
            todo.relayhost,
            todo.username,
            todo.login,
            *todo.header,
            *todo.envelope,
            "yes" if todo.verified else "no",
            todo.clears,
            *todo.sets,
            stdin=() if todo.password is None else (self.secrets.open(todo.password),),
        )
        if outcomes.silent(ended):  # it was killed, and puts nothing back
            raise outcomes.cut_off(ended, self.shell.host, self._back())
        if problem := outcomes.problem(ended, self.shell.host, self.directory):
            raise problem

    def _back(self) -> str | None:
        """What recover.sh could do at once; None where it could not."""
        try:
            return self.recover() or "nothing was left to put back"
        except PlatformError:  # the first failure is what must be told
            return None

    def recover(self) -> str | None:
        """Takes back a write that was killed, once its script has ended. Raises PlatformError."""
        ended = self.shell.write(script("recover"), self.directory)
        if (word := (ended.out.strip().splitlines() or [""])[-1]) in _RECOVERED:
            return _RECOVERED[word]
        raise outcomes.not_recovered(ended, self.shell.host, self.directory)

    def test(self, resource: Resource) -> Handshake | None:
        """None: Postfix has no test that would send nothing, and `postfix check` looks at files and folders only."""
        return None


def _marker(seen: Observed, directory: str) -> str | None:
    """When our map was written last; where another one comes first, which. Never anything of what is in it."""
    tables = entries(seen.here.get("smtp_sasl_password_maps"))
    if tables and spelling.is_ours(tables[0], directory):
        return seen.stamp
    return f"by {', '.join(tables)}" if tables else None
