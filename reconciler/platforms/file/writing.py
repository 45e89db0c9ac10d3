"""Writes settings into an application's file: all changes of an apply in one replacement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.drivers.textfile.file import Edit, WritableFile
from reconciler.errors import PlatformAnswer, PlatformRefused, ReconcilerError
from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Change, FieldChange, FieldKind
from reconciler.model.handshake import Handshake
from reconciler.model.ports import Opener
from reconciler.model.secret import SecretRef
from reconciler.platforms.file.forms import merged
from reconciler.platforms.file.keys import Key
from reconciler.platforms.file.layout import dropped, keys_of
from reconciler.platforms.file.reading import FileReader


@dataclass(frozen=True, slots=True, kw_only=True)
class FileWriter(FileReader):
    file: WritableFile
    secrets: Opener

    def write(self, change: Change) -> None:
        """All fields of the change in one replacement of the file.

        Raises PlatformRefused for what has no place in the file, else PlatformError.
        """
        if edits := self._edits_of(change):
            self.file.write(edits)

    def edits_of(self, changes: Sequence[Change]) -> Mapping[str, Edit]:
        """What the file has to say after all of them. Raises PlatformRefused for what has no place in it."""
        edits: dict[str, Edit] = {}
        for change in changes:
            edits = _merged(edits, self._edits_of(change))
        return edits

    def write_together(self, changes: Sequence[Change]) -> Mapping[Address, Exception]:
        """All changes in one replacement; where one cannot be made, each alone, so that its neighbours are."""
        wanted: dict[str, Edit] = {}
        for change in changes:
            try:
                wanted = _merged(wanted, self._edits_of(change))
            except ReconcilerError:
                return self._one_by_one(changes)
        try:
            if wanted:
                self.file.write(wanted)
        except (PlatformRefused, PlatformAnswer):
            return self._one_by_one(changes)
        return {}

    def refused(self, changes: Sequence[Change]) -> Mapping[Address, Exception]:
        """What the file as it is, or the program that reads it, does not take. All in one trial, as long as it goes."""
        try:
            self.file.tried(self.edits_of(changes))
        except (PlatformRefused, PlatformAnswer):
            return self._one_by_one(changes, lambda change: self.file.tried(self._edits_of(change)))
        return {}

    def recover(self) -> str | None:
        """Temporary files of a write that was killed, which may hold a secret. Raises PlatformError."""
        count = self.file.recover()
        return f"{count} temporary file{'s' if count > 1 else ''} of the write removed" if count else None

    def _one_by_one(
        self, changes: Sequence[Change], what: Callable[[Change], None] | None = None
    ) -> Mapping[Address, Exception]:
        refused: dict[Address, Exception] = {}
        for change in changes:
            try:
                (what or self.write)(change)
            except ReconcilerError as error:
                refused[change.address] = error
        return refused

    def _edits_of(self, change: Change) -> Mapping[str, Edit]:
        resource = change.address.resource
        if change.action is Action.ARCHIVE:
            raise PlatformRefused(
                "a file cannot archive settings",
                address=str(change.address),
                why="its keys have no place for our mark",
                fix="remove its keys by hand",
            )
        there = {key.setting: key for key in keys_of(resource.collection, self.connection)}
        left_out = dropped(resource.collection, self.connection)
        edits: dict[str, Edit] = {}
        for one in change.fields:
            if one.field in there:
                edits = _merged(edits, self._edits(there[one.field], one, resource.key))
            elif one.field not in left_out:
                raise PlatformRefused(
                    f"{one.field} has no key in this file",
                    address=str(change.address),
                    fix=f"add {one.field} to connection.keys",
                )
        return edits

    def test(self, resource: Resource) -> Handshake | None:  # a file cannot test
        return None

    def _edits(self, key: Key, change: FieldChange, mailer: str | None) -> Mapping[str, Edit]:
        if isinstance(change.after, SecretRef) and change.kind is not FieldKind.UNSET:
            return {key.name(mailer): self.secrets.open(change.after)}
        try:
            return key.theirs(None if change.kind is FieldKind.UNSET else change.after, mailer)
        except (KeyError, TypeError, ValueError):
            raise PlatformRefused(
                f"{key.setting}: connection.keys maps no word to the declared value",
                fix=f"add it to connection.keys.{key.setting}.values",
            ) from None


def _merged(edits: dict[str, Edit], more: Mapping[str, Edit]) -> dict[str, Edit]:
    """Two settings may share a key; the same mapping, for there may be thousands."""
    for name, edit in more.items():
        edits[name] = merged(edits[name], edit) if name in edits else edit
    return edits
