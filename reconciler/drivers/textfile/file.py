"""Reads and writes keys of one configuration file, and touches nothing else in it.

Every new text is parsed again and compared with what was meant before it takes the file's place. `ReadOnlyFile` refuses
to write; secrets are opened here, while the text is written.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TypeAlias, cast

from reconciler.drivers.textfile import plain as plain_text
from reconciler.drivers.textfile.format import Broken, Format, TextProblem, Unwritable
from reconciler.drivers.textfile.readers import DEFAULTS, READERS
from reconciler.drivers.textfile.replace import locked, marker, replace, translated
from reconciler.errors import PlatformAnswer, PlatformError, PlatformMissing, PlatformRefused, WriteForbidden
from reconciler.model.secret import SecretValue
from reconciler.model.source import Position
from reconciler.model.text.scalar import Scalar, as_text
from reconciler.model.text.yaml_scalar import Quoted

MAX_SIZE = 1024 * 1024
Entries: TypeAlias = "Sequence[tuple[str, Scalar | None]]"
# a function gets what the key has, and gives what it shall have
Edit: TypeAlias = "Scalar | SecretValue | Callable[[Scalar | None], Scalar | None] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """`values` has the keys that were asked for and are there; `keys` names all keys; `twice` those that repeat;
    `variables` those in whose value the reader replaces something, e.g. `${NAME}`; `of_profiles` those that another
    document of the file says, too, which is not for everybody."""

    values: Mapping[str, Scalar | None]
    keys: frozenset[str]
    twice: frozenset[str]
    variables: frozenset[str]
    marker: str | None
    of_profiles: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Seen:
    """The entries of the last text: what is written is read back, and is what the next write of a file begins with."""

    text: str | None = None
    entries: Entries = ()
    plain: bool = False  # nothing in it that a write could be entangled with


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOnlyFile:
    """`reader` is the program that reads the file, a row of `readers`; empty is the default of the format."""

    path: str
    format: str
    reader: str = ""
    _seen: _Seen = field(default_factory=_Seen, repr=False, compare=False)

    def read(self, wanted: Callable[[str], bool]) -> Content | None:
        """One read of the file, keeping the values of the wanted keys only; None when there is no file.

        Raises PlatformError for a file that cannot be read, PlatformAnswer for one that is not its format.
        """
        real = os.path.realpath(self.path)
        mark = marker(real)  # before the text: an edit in between is seen as one, never missed
        if (data := _bytes(real)) is None:
            return None
        text = _text(data, self.path)
        with _naming(self.path):
            found = self._entries(text)
            variables = _format(self.format).variables(text, self._reader)
            of_profiles = _of_profiles(text, self._reader)
        replaces = READERS[self._reader].replaces
        return Content(
            values={key: value for key, value in found if wanted(key)},
            keys=frozenset(key for key, _ in found),
            twice=frozenset(key for key, count in Counter(key for key, _ in found).items() if count > 1),
            variables=variables
            | {key for key, value in found if replaces and isinstance(value, str) and replaces.search(value)},
            marker=mark,
            of_profiles=of_profiles,
        )

    def refusals(self, changes: Mapping[str, Scalar | None]) -> Mapping[str, TextProblem]:
        """Which of these keys could not be written so into the text that was read last: a trial that touches nothing.

        A text that is broken at one of them is an error, as it is for a write.
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
        return self._seen.plain and all(key in there or plain_text.added(self.format, key, parents) for key in keys)

    def _refusal(self, changes: Mapping[str, Scalar | None]) -> TextProblem | None:
        text, before = self._seen.text or "", self._seen.entries
        try:
            after = _parsed(self.format, self._reader, text, changes)
            return None if _right(before, after, changes) else _entangled(changes)
        except TextProblem as problem:
            return problem

    def write(self, changes: Mapping[str, Edit]) -> None:
        """Raises WriteForbidden."""
        raise WriteForbidden(f"{self.path}: opened for reading, refused to write {', '.join(sorted(changes))}")

    def _entries(self, text: str) -> Entries:
        """Raises TextProblem."""
        if self._seen.text != text:
            self._seen.entries = _format(self.format).entries(text, self._reader)
            self._seen.text = text
            self._seen.plain = plain_text.plain(self.format, text)
        return self._seen.entries

    @property
    def _reader(self) -> str:
        return self.reader or DEFAULTS[self.format]


@dataclass(frozen=True, slots=True, kw_only=True)
class WritableFile(ReadOnlyFile):
    """`mode` is for a file that is made, or that was open to others and now gets a secret (else others lose it)."""

    mode: int | None = None

    def write(self, changes: Mapping[str, Edit]) -> None:
        """Sets these keys and takes out those that are None, all in one replacement.

        Raises PlatformRefused for what has no place in it, PlatformBusy for a lock that is held, else PlatformError.
        """
        real = os.path.realpath(self.path)
        secret = any(isinstance(value, SecretValue) for value in changes.values())
        with locked(real) as lock:
            data = _bytes(real)
            old = _text(data or b"", self.path)
            with _naming(self.path):
                before = self._entries(old)
                plain = _plain(dict(before), changes)
                new = changed(self.format, self._reader, old, plain)
            self._check(before, new, plain)
            if new == old and data is not None:
                return
            bom = codecs.BOM_UTF8 if data and data.startswith(codecs.BOM_UTF8) else b""
            replace(real, bom + _encoded(new, self.path), secret=secret, mode=self.mode, lock=lock)

    def tried(self, changes: Mapping[str, Edit]) -> None:
        """Raises what `write` would raise because of the values or of the text that is there; writes nothing."""
        old = _text(_bytes(os.path.realpath(self.path)) or b"", self.path)
        with _naming(self.path):
            before = self._entries(old)
            plain = _plain(dict(before), changes)
            if not _right(before, _parsed(self.format, self._reader, old, plain), plain):
                raise _entangled(plain)

    def _check(self, before: Entries, new: str, changes: Mapping[str, Scalar | None]) -> None:
        """Whether the new text says what was meant, and of all other keys what the old one said."""
        try:
            after = self._entries(new)
        except TextProblem:
            after = ()
        if not _right(before, after, changes):
            problem = _entangled(changes)
            why = "parsed again, the new text did not hold the intended values; the file is unchanged"
            raise PlatformAnswer(f"{self.path}: {problem.what}", why=why, fix=problem.fix)


def _format(name: str) -> Format:
    return cast(Format, import_module(f"reconciler.drivers.textfile.{name}"))


def _of_profiles(text: str, reader: str) -> frozenset[str]:
    if not READERS[reader].profiles:
        return frozenset()
    from reconciler.drivers.textfile import yaml_tree  # only its formats have several documents

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


def _bytes(path: str) -> bytes | None:
    """The whole file; None without one, an error without its folder."""
    try:
        # not blocking: a pipe without a writer would hold the run for ever
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError as error:
        folder = os.path.dirname(path)  # noqa: PTH120
        if os.path.isdir(folder):  # noqa: PTH112
            return None
        fix = f"create {folder}, or correct connection.path"
        raise PlatformMissing(f"{path}: the folder {folder} does not exist", fix=fix) from error
    except OSError as error:
        raise translated(error, path) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise PlatformAnswer(f"{path}: not a regular file", fix="correct connection.path")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(MAX_SIZE + 1)
    except OSError as error:
        raise translated(error, path) from error
    finally:
        os.close(descriptor)
    if len(data) > MAX_SIZE:
        raise PlatformAnswer(f"{path}: larger than 1 MiB", why="settings are small", fix="correct connection.path")
    return data


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
    key = "KEY" if name == "dotenv" else "section.key"
    try:
        changed(name, reader, "", {key: value})
    except TextProblem as problem:
        return Unwritable(problem.what.removeprefix(f"{key}: "), fix=problem.fix)
    return None


def changed(name: str, reader: str, text: str, changes: Mapping[str, Scalar | None]) -> str:
    """The text after these changes; raises TextProblem where they cannot be made, or would not be read as they are."""
    replaces = READERS[reader].replaces
    for key, value in changes.items():
        if replaces and isinstance(value, str) and (found := replaces.search(value)):
            sign = found.group()[:2]
            what = f"{key}: the value holds {sign}…, and {reader} puts something else in the place of it"
            raise Unwritable(what, fix="choose another value")
    return _format(name).changed(text, changes, reader)


def _parsed(name: str, reader: str, text: str, changes: Mapping[str, Scalar | None]) -> Entries:
    """The entries after these changes; raises TextProblem where they cannot be made."""
    new = changed(name, reader, text, changes)
    try:
        return _format(name).entries(new, reader)
    except TextProblem:
        return ()


def _entangled(changes: Mapping[str, Scalar | None]) -> TextProblem:
    return Unwritable(
        f"{', '.join(sorted(changes))} cannot be changed here without touching something else",
        fix="set these keys by hand once, each on its own line",
    )


def _right(before: Entries, after: Entries, changes: Mapping[str, Scalar | None]) -> bool:
    """Whether the new text says what was meant, and of all other keys what the old one said."""
    found = dict(after)
    meant = all(_means(found.get(key), value) for key, value in changes.items())
    return meant and _untouched(before, changes) == _untouched(after, changes)


def _means(found: Scalar | None, value: Scalar | None) -> bool:
    if found is None or value is None:
        return found is value
    # a number that was quoted stays quoted
    return (type(found) is type(value) and found == value) or found == as_text(value)


def _untouched(entries: Entries, changes: Mapping[str, Scalar | None]) -> list[tuple[str, str]]:
    """All other keys. The mappings above a changed key may come and go as `null`."""
    above = {key.rpartition(".")[0] for key in changes}
    while deeper := {key.rpartition(".")[0] for key in above} - above:
        above |= deeper
    return [(key, repr(value)) for key, value in entries if key not in changes and not (key in above and value is None)]
