"""Which setting stands under which keys of a file: one setting, in its form, for one mailer or for all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from reconciler.drivers.textfile.file import Edit
from reconciler.drivers.textfile.readers import CARRIERS, READERS
from reconciler.model.settings import Value
from reconciler.model.text.scalar import Scalar, as_text
from reconciler.platforms.file.forms import Form, Words
from reconciler.platforms.file.joined_keys import Joined

_PLACEHOLDER = re.compile(r"\{(mailer|MAILER)\}")
_NUMBERS = frozenset({"port", "timeouts.connect", "timeouts.read"})
_UNTYPED = frozenset({"dotenv", "ini", *CARRIERS})  # formats that know text only


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # each is made once, in its layout
class Key:
    """`template` is the telling key's name, or has `{mailer}` in it."""

    setting: str
    format: str
    form: Form
    reader: str = ""
    absent: Words = field(default_factory=dict)  # what the application takes for a key that is not there

    @property
    def template(self) -> str:
        return self.form.names[0]

    @property
    def of_mailer(self) -> bool:
        return any(_PLACEHOLDER.search(name) for name in self.form.names)

    def name(self, mailer: str | None) -> str:
        return filled(self.template, mailer)

    def at(self, mailer: str | None) -> Placed:
        there = {name: filled(name, mailer) for name in self.form.names}
        trial = {there[name]: word for name, word in self.form.trial.items()}
        return Placed(key=self, setting=self.setting, names=tuple(there.values()), there=there, trial=trial)

    def mailer(self, name: str) -> str | None:
        """The mailer that a key in the file belongs to."""
        found = (_mailer_of(template, self.format, name) for template in self.form.names)
        return next((mailer for mailer in found if mailer is not None), None)

    def theirs(self, value: Value, mailer: str | None = None) -> Mapping[str, Edit]:
        """What the file has to say, by key. Raises KeyError, TypeError or ValueError for what it cannot."""
        said = self.form.said(value)
        text = self.format in _UNTYPED
        return {
            filled(name, mailer): as_text(theirs) if text and isinstance(theirs, (str, int, float)) else theirs
            for name, theirs in said.items()
        }

    def ours(self, found: Mapping[str, Scalar | None]) -> Scalar | None:
        """What the file says of the names of the form, in our words; a value without a translation as it is."""
        mine = found
        if self.reader and READERS[self.reader].true:
            mine = {name: self._understood(name, value) for name, value in found.items()}
        if self.absent and any(value is not None for value in mine.values()):
            mine = {**{name: word for name, word in self.absent.items() if name in self.form.names}, **mine}
        return _number(self.setting, self.form.meant(mine))

    def _understood(self, name: str, value: Scalar | None) -> Scalar | None:
        """In the word that we write: `on` is `True` to a reader that takes both for the same."""
        if value is None:
            return None
        return next((word for word in self.form.known(name) if READERS[self.reader].same(word, value)), value)

    def as_read(self, value: Value) -> Value:
        """A declared value as it comes back: two words may be one in the file."""
        said = self.theirs(value)
        if any(isinstance(theirs, Joined) for theirs in said.values()):
            return _number(self.setting, value) if isinstance(value, (str, int, float)) else value
        return self.ours({name: theirs for name, theirs in said.items() if isinstance(theirs, (str, int, float))})


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A key in the file of one mailer, or of all: `there` are its names by those of the form, `names` the same, the
    telling one first; `trial` is a write as any value would be one: a key that is only ever taken out is taken out."""

    key: Key
    setting: str
    names: tuple[str, ...]
    there: Mapping[str, str]
    trial: Mapping[str, Scalar | None]

    def ours(self, found: Mapping[str, Scalar | None]) -> Scalar | None:
        """What the file says, in our words."""
        return self.key.ours({name: found[key] for name, key in self.there.items() if key in found})


def canonical(key: Key, mailer: str) -> str | None:
    """The one spelling of a mailer's name that the file can give back; None where there is none."""
    lowered = mailer.lower()
    spellings = (mailer, re.sub(r"[._]", "-", lowered), lowered.replace(".", "-"))
    return next((name for name in spellings if key.mailer(key.name(name)) == name), None)


def _mailer_of(template: str, form: str, name: str) -> str | None:
    if not _PLACEHOLDER.search(template):
        return None
    pattern, upper = _pattern(template, form)
    if (match := pattern.fullmatch(name)) is None:
        return None
    mailer = match[1].lower().replace("_", "-") if upper else match[1]
    return mailer if filled(template, mailer) == name else None


@cache
def _pattern(template: str, form: str) -> tuple[re.Pattern[str], bool]:
    """What finds the mailer in a key's name, and whether it stands there in capitals."""
    before, word, after = _PLACEHOLDER.split(template, maxsplit=1)
    rest = re.escape(after)
    for placeholder in ("mailer", "MAILER"):
        rest = rest.replace(re.escape(f"{{{placeholder}}}"), ".+")
    upper = word == "MAILER"
    letters = "[A-Z0-9][A-Z0-9_]*" if upper else f"[a-z0-9][a-z0-9_{'.' if form == 'dotenv' else ''}-]*"
    return re.compile(f"{re.escape(before)}({letters}){rest}"), upper


@cache
def filled(template: str, mailer: str | None) -> str:
    if mailer is None:
        return template
    upper = re.sub(r"[-.]", "_", mailer.upper())
    return _PLACEHOLDER.sub(lambda match: upper if match[1] == "MAILER" else mailer, template)


def _number(setting: str, value: Scalar | None) -> Scalar | None:
    """A dotenv file knows text only, and a YAML file may quote a number."""
    if setting in _NUMBERS and isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        return int(value)
    return value
