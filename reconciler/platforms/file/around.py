"""What a write would do to the file beside its text: who may read it then, which other names keep the old one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.drivers.textfile.place.facts import Facts, lost, mode_after
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.platforms.file.limits import FOREIGN, LOST

if TYPE_CHECKING:
    from reconciler.drivers.textfile.file import Content


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """`declared` is connection.mode; `secrets` are the settings whose values have to be hidden from others."""

    unit: str
    path: str
    declared: int | None
    in_place: bool
    secrets: tuple[str, ...]

    def of_file(self, content: Content, *, known: bool) -> Iterator[Finding]:
        """For `Reading.beside_writes`. `known`: some of the mapped keys are there."""
        if content.keys and not known:
            yield self._foreign()
        for secret in self.secrets:
            yield from self._of_secret(content.facts, secret)
        yield from self._of_names(content.facts)

    def of_new_file(self) -> Iterator[Finding]:
        for secret in self.secrets[:1]:
            mode = mode_after(None, secret=True, declared=self.declared)
            yield self._told(Severity.NOTE, "mode-changed", f"a new file, mode {mode:04o}", field=secret)

    def _foreign(self) -> Finding:
        return self._told(
            Severity.RISK,
            FOREIGN,
            f"{self.path} has none of the keys that are mapped: it may be the file of another application",
            why="a wrong path would put settings, a password too, where nobody reads them or everybody does",
            fix=f"correct connection.path; or, if the application has no such keys yet, apply with --allow {FOREIGN}",
        )

    def _of_secret(self, facts: Facts, secret: str) -> Iterator[Finding]:
        if facts.tracked:
            yield self._told(
                Severity.ERROR,
                "tracked-by-git",
                f"git tracks {self.path}: {secret} would be committed with the next change",
                why="a secret in a repository is known to everybody who has a clone, for ever",
                fix=f"git rm --cached {self.path}, and add it to .gitignore; or choose a path outside the repository",
                field=secret,
            )
        after = mode_after(facts.mode, secret=True, declared=self.declared)
        if after == facts.mode:
            return
        kept = "; its access list stays" if facts.listed else ""
        what = f"mode {facts.mode:04o} → {after:04o}, owner {facts.owner}:{facts.group}{kept}"
        yield self._told(Severity.NOTE, "mode-changed", what, field=secret)
        if readers := lost(facts, after):
            yield self._told(
                Severity.RISK,
                LOST,
                f"{', '.join(readers)} can read {self.path} today, and could not then",
                why="the application may be among them, and would not find its settings at its next start",
                fix=f"chgrp and chmod 0640 for the application first, or apply with --allow {LOST}",
                field=secret,
            )

    def _of_names(self, facts: Facts) -> Iterator[Finding]:
        if self.in_place:
            what = f"{self.path} is written in place: who reads it meanwhile may see a part of it"
            yield self._told(Severity.NOTE, "in-place", what)
            return
        fix = "connection: {replace: in-place}"
        if facts.mounted:
            what, why = f"{self.path} is a mount point, and cannot be replaced", "a new file cannot take its place"
            yield self._told(Severity.ERROR, "mounted", what, why=why, fix=f"mount its folder, or {fix}")
        if facts.mounted_alone:
            what = f"{self.path} is mounted on its own elsewhere, e.g. into a container, where the old file stays"
            why = "such a mount follows the file, and not its name"
            yield self._told(Severity.WARNING, "mounted-alone", what, why=why, fix=f"mount its folder, or {fix}")
        if facts.names > 1:
            what = f"{self.path} has {facts.names} names (hard links): the others keep the old file"
            yield self._told(Severity.WARNING, "hard-links", what, why="a new file takes this name only", fix=fix)

    def _told(
        self,
        severity: Severity,
        rule: str,
        what: str,
        *,
        why: str | None = None,
        fix: str | None = None,
        field: str | None = None,
    ) -> Finding:
        holds = Holds.UNTIL_DECIDED if severity is Severity.ERROR else Holds.ALWAYS
        return Finding(
            severity=severity, rule=rule, holds=holds, what=what, why=why, fix=fix, field=field, address=self.unit
        )
