"""Reads and writes keys of one configuration file, and touches nothing else in it.

Every new text is parsed again and compared with what was meant before it takes the file's place. `ReadOnlyFile` refuses
to write; secrets are opened here, while the text is written.
"""

from __future__ import annotations

import codecs
import contextlib
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from reconciler.drivers.textfile import plain as plain_text
from reconciler.drivers.textfile.changes import TRIALS, Entries, changed, entangled, format_of, parsed, right
from reconciler.drivers.textfile.format import Broken, TextProblem, Unwritable, forget
from reconciler.drivers.textfile.readers import DEFAULTS, READERS
from reconciler.errors import PlatformAnswer, PlatformError, PlatformRefused, WriteForbidden
from reconciler.model.secret import SecretValue
from reconciler.model.source import Position
from reconciler.model.text.scalar import Scalar
from reconciler.model.text.yaml_scalar import Quoted

if TYPE_CHECKING:
    from reconciler.drivers.textfile.place.facts import Facts
    from reconciler.drivers.textfile.place.port import Place

# values of which a trial has shown that every reader can be told them: host names, addresses, words, numbers
_SAYABLE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.@ -]*[A-Za-z0-9])?")
# a function gets what the key has, and gives what it shall have
Edit: TypeAlias = "Scalar | SecretValue | Callable[[Scalar | None], Scalar | None] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """`values` has the keys that were asked for and are there; `keys` names all keys; `twice` those that repeat;
    `variables` those in whose value the reader replaces something, e.g. `${NAME}`; `of_profiles` those that another
    document of the file says, too, which is not for everybody. `facts` are about the file beside its text."""

    values: Mapping[str, Scalar | None]
    keys: frozenset[str]
    twice: frozenset[str]
    variables: frozenset[str]
    marker: str | None
    facts: Facts
    of_profiles: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Seen:
    """The entries of the last text: what is written is read back, and is what the next write of a file begins with."""

    text: str | None = None
    entries: Entries = ()
    notes: Path | None = None  # the folder where our own modifications are remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOnlyFile:
    """`reader` is the program that reads the file, a row of `readers`; empty is the default of the format. `place` is
    for a file that is not on this host; it is given the folder for notes."""

    path: str
    format: str
    reader: str = ""
    place: Callable[[Path | None], Place] | None = None
    _seen: _Seen = field(default_factory=_Seen, repr=False, compare=False)

    def read(self, wanted: Callable[[str], bool]) -> Content | None:
        """One read of the file, keeping the values of the wanted keys only; None when there is no file.

        Raises PlatformError for a file that cannot be read, PlatformAnswer for one that is not its format.
        """
        if (seen := self._place.seen()) is None:
            return None
        text = _text(seen.data, self.path)
        with _naming(self.path):
            found = self._entries(text)
            variables = format_of(self.format).variables(text, self._reader)
            of_profiles = _of_profiles(text, self._reader)
        replaces = READERS[self._reader].replaced(self.format)
        return Content(
            values={key: value for key, value in found if wanted(key)},
            keys=frozenset(key for key, _ in found),
            twice=frozenset(key for key, count in Counter(key for key, _ in found).items() if count > 1),
            variables=variables
            | {key for key, value in found if replaces and isinstance(value, str) and replaces.search(value)},
            marker=seen.marker,
            facts=seen.facts,
            of_profiles=of_profiles,
        )

    def refusals(self, changes: Mapping[str, Scalar | None]) -> Mapping[str, TextProblem]:
        """Which of these keys could not be written so into the text that was read last: a trial that touches nothing.

        Raises PlatformAnswer for a text that is broken at one of them, as a write does.
        """
        if self._seen.text is None or self._easy(changes) or self._refusal(changes) is None:
            return {}
        found = {key: self._refusal({key: value}) for key, value in changes.items()}
        broken = next((problem for problem in found.values() if isinstance(problem, Broken)), None)
        if broken is not None:
            with _naming(self.path):
                raise broken
        return {key: problem for key, problem in found.items() if problem is not None}

    def _easy(self, keys: Iterable[str]) -> bool:
        """Whether all of them can be written for certain: most can, and a trial takes as long as a write."""
        there = {key for key, _ in self._seen.entries}
        parents = {key.rpartition(".")[0] for key in there}
        addable = all(key in there or plain_text.added(self.format, key, parents) for key in keys)
        return addable and plain_text.plain(self.format, self._seen.text or "")

    def _refusal(self, changes: Mapping[str, Scalar | None]) -> TextProblem | None:
        text, before = self._seen.text or "", self._seen.entries
        try:
            after = parsed(self.format, self._reader, text, changes)
            return None if right(before, after, changes) else entangled(changes)
        except TextProblem as problem:
            return problem

    def write(self, changes: Mapping[str, Edit]) -> None:
        """Raises WriteForbidden."""
        raise WriteForbidden(f"{self.path}: opened for reading, refused to write {', '.join(sorted(changes))}")

    def notes_in(self, folder: Path) -> None:
        """Where our own modifications are remembered; without it each one looks like somebody else's."""
        self._seen.notes = folder

    def close(self) -> None:
        """Keeps nothing of the text any more."""
        self._seen.text, self._seen.entries = None, ()
        forget()

    def _entries(self, text: str) -> Entries:
        """Raises TextProblem."""
        if self._seen.text != text:
            from reconciler.drivers.textfile import foreign  # validate reads no file

            foreign.check(self.format, text)
            self._seen.entries = format_of(self.format).entries(text, self._reader)
            self._seen.text = text
        return self._seen.entries

    @property
    def _reader(self) -> str:
        return self.reader or DEFAULTS[self.format]

    @property
    def _place(self) -> Place:
        if self.place is not None:
            return self.place(self._seen.notes)
        from reconciler.drivers.textfile.place.disk import Disk  # validate looks at no file

        return Disk(path=self.path, notes=self._seen.notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class WritableFile(ReadOnlyFile):
    """`mode` is for a file that is made, or that was open to others and now gets a secret (else others lose it).

    `in_place` writes into the file that is there, for those that cannot be replaced.
    """

    mode: int | None = None
    in_place: bool = False

    def write(self, changes: Mapping[str, Edit]) -> None:
        """Sets these keys and takes out those that are None, all in one replacement.

        Raises PlatformRefused for what has no place in it, PlatformBusy for a lock that is held, else PlatformError.
        """
        secret = any(isinstance(value, SecretValue) for value in changes.values())
        self._place.replace(
            lambda data: self._made(data, changes), secret=secret, mode=self.mode, in_place=self.in_place
        )

    def recover(self) -> int:
        """Removes what a killed write left; how many files. Raises PlatformError."""
        return self._place.recover()

    def _made(self, data: bytes | None, changes: Mapping[str, Edit]) -> bytes | None:
        """What the file shall hold; None where it does."""
        old = _text(data or b"", self.path)
        with _naming(self.path):
            before = self._entries(old)
            plain = _plain(dict(before), changes)
            new = changed(self.format, self._reader, old, plain)
        self._check(before, new, plain)
        if new == old and data is not None:
            return None
        bom = codecs.BOM_UTF8 if data and data.startswith(codecs.BOM_UTF8) else b""
        return bom + _encoded(new, self.path)

    def tried(self, changes: Mapping[str, Edit]) -> None:
        """Writes nothing; raises the PlatformError of `write` for these values, or for the text that is there."""
        seen = self._place.seen()
        old = _text(seen.data if seen else b"", self.path)
        with _naming(self.path):
            before = self._entries(old)
            plain = _plain(dict(before), changes)
            if not self._told(plain) and not right(before, parsed(self.format, self._reader, old, plain), plain):
                raise entangled(plain)

    def _told(self, changes: Mapping[str, Scalar | None]) -> bool:
        """Whether it is certain without a trial: a place for each key, and no value that the reader cannot be told."""
        values = {(type(value), value) for value in changes.values()}  # several mailers share a relay, and its secret
        told = all(value is not None and unsayable(self.format, self._reader, value) is None for _, value in values)
        return told and self._easy(changes)

    def diff(self, changes: Mapping[str, Edit], secrets: Collection[str]) -> Iterator[str]:
        """The lines that `write` would change, without the values of these keys.

        Raises PlatformError for a file that cannot be read, or not be changed so.
        """
        seen = self._place.seen()
        old = _text(seen.data if seen else b"", self.path)
        with _naming(self.path):
            plain = _plain(dict(self._entries(old)), changes)
            from reconciler.drivers.textfile import diff  # for `plan --diff` only

            yield from diff.lines(self.format, self._reader, old, plain, secrets, self.path)

    def _check(self, before: Entries, new: str, changes: Mapping[str, Scalar | None]) -> None:
        """Whether the new text says what was meant, and of all other keys what the old one said."""
        try:
            after = self._entries(new)
        except TextProblem:
            after = ()
        if not right(before, after, changes):
            problem = entangled(changes)
            why = "parsed again, the new text did not hold the intended values; the file is unchanged"
            raise PlatformAnswer(f"{self.path}: {problem.what}", why=why, fix=problem.fix)


def _of_profiles(text: str, reader: str) -> frozenset[str]:
    if not READERS[reader].profiles:
        return frozenset()
    from reconciler.drivers.textfile.yaml_nodes import tree as yaml_tree  # only its formats have several documents

    return yaml_tree.of_profiles(text, reader)


def _plain(found: Mapping[str, Scalar | None], edits: Mapping[str, Edit]) -> Mapping[str, Scalar | None]:
    return {
        key: Quoted(edit.reveal())
        if isinstance(edit, SecretValue)
        else edit(found.get(key))
        if callable(edit)
        else edit
        for key, edit in edits.items()
    }


def _text(data: bytes, path: str) -> str:
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        # `from None`: the error holds the whole file, secrets included
        raise PlatformAnswer(
            f"{path}: line {line}: not UTF-8",
            fix="convert the file to UTF-8",
            where=Position(file=path, line=line, column=1),
        ) from None


def _encoded(text: str, path: str) -> bytes:
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        raise PlatformRefused(f"{path}: a value is not valid Unicode", fix="correct the value") from None
    from reconciler.drivers.textfile.place.port import MAX_SIZE

    if len(data) > MAX_SIZE:
        raise PlatformRefused(f"{path}: would exceed 1 MiB", fix="shorten the values")
    return data


@contextlib.contextmanager
def _naming(path: str) -> Iterator[None]:
    """A problem with a text becomes an error that names the file."""
    try:
        yield
    except TextProblem as problem:
        kind: type[PlatformError] = PlatformAnswer if isinstance(problem, Broken) else PlatformRefused
        where = Position(file=path, line=problem.line, column=1) if problem.line else None
        raise kind(f"{path}: {problem.what}", fix=problem.fix, where=where) from None


def unsayable(name: str, reader: str, value: Scalar) -> TextProblem | None:
    """Why this reader cannot be told the value, in a file of its own; None where it can. `what` names no key."""
    if isinstance(value, str) and not isinstance(value, Quoted) and _SAYABLE.fullmatch(value):
        return None
    key, text = TRIALS.get(name, ("section.key", ""))
    try:
        changed(name, reader, text, {key: value})
    except TextProblem as problem:
        return Unwritable(problem.of_value, fix=problem.fix)
    return None
