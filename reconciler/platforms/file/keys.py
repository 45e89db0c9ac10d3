"""Which setting stands under which key of a file, and in which words: `connection.keys`, read once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from reconciler.drivers.text_format import Scalar, as_text
from reconciler.model.settings import Connection, Tree, Value

_PLACEHOLDER = re.compile(r"\{(mailer|MAILER)\}")
_NUMBERS = frozenset({"port"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """`template` is a key's name, or has `{mailer}` in it; `values` maps our words to theirs (None: the key is out)."""

    setting: str
    template: str
    format: str
    values: Mapping[str, Scalar | None] = field(default_factory=dict)

    @property
    def of_mailer(self) -> bool:
        return bool(_PLACEHOLDER.search(self.template))

    def name(self, mailer: str | None) -> str:
        return _filled(self.template, mailer) if mailer is not None else self.template

    def mailer(self, name: str) -> str | None:
        """The mailer that a key in the file belongs to."""
        pattern, upper = _pattern(self.template, self.format)
        if (match := pattern.fullmatch(name)) is None:
            return None
        mailer = match[1].lower().replace("_", "-") if upper else match[1]
        return mailer if self.name(mailer) == name else None

    def theirs(self, value: Value) -> Scalar | None:
        """What the file has to say. Raises KeyError for a word without a translation, TypeError for a list."""
        if value is None:
            return None
        if not isinstance(value, (str, int, float)):
            raise TypeError(self.setting)
        theirs = self.values[as_text(value)] if self.values else value
        return theirs if theirs is None or self.format == "yaml" else as_text(theirs)

    def ours(self, value: Scalar | None) -> Scalar | None:
        """What the file says, in our words; a value without a translation as it is."""
        for ours, theirs in self.values.items():
            if _text(theirs) == _text(value):
                return _number(self.setting, ours)
        return _number(self.setting, value)


def keys(connection: Connection, *, of_mailer: bool | None = None) -> tuple[Key, ...]:
    """All keys, those of mailers, or those of the application as a whole."""
    there = _there(connection)
    return there.keys if of_mailer is None else there.of_mailer if of_mailer else there.of_all


def unexpressed(connection: Connection) -> frozenset[str]:
    """Settings that the application does not have, and that are dropped on purpose."""
    return _there(connection).unexpressed


@dataclass(frozen=True, slots=True, kw_only=True)
class _There:
    keys: tuple[Key, ...]
    of_mailer: tuple[Key, ...]
    of_all: tuple[Key, ...]
    unexpressed: frozenset[str]


# Every resource asks, and many applications have the same keys: 0.3 s of a plan of 1,000 resources.
_known: dict[tuple[str, str], _There] = {}


def _there(connection: Connection) -> _There:
    form, tree = str(connection["format"]), connection["keys"]
    same = (form, repr(tree))  # plain words in mappings: what is written alike is alike
    if (found := _known.get(same)) is None:
        settings = tuple(_flat(tree, ""))
        all_keys = tuple(_key(setting, below, form) for setting, below in settings if below is not None)
        found = _known[same] = _There(
            keys=all_keys,
            of_mailer=tuple(key for key in all_keys if key.of_mailer),
            of_all=tuple(key for key in all_keys if not key.of_mailer),
            unexpressed=frozenset(setting for setting, below in settings if below is None),
        )
    return found


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


def canonical(key: Key, mailer: str) -> str | None:
    """The one spelling of a mailer's name that the file can give back; None where there is none."""
    lowered = mailer.lower()
    spellings = (mailer, re.sub(r"[._]", "-", lowered), lowered.replace(".", "-"))
    return next((name for name in spellings if key.mailer(key.name(name)) == name), None)


@cache
def _filled(template: str, mailer: str) -> str:
    upper = re.sub(r"[-.]", "_", mailer.upper())
    return _PLACEHOLDER.sub(lambda match: upper if match[1] == "MAILER" else mailer, template)


def _flat(tree: Tree, prefix: str) -> Iterator[tuple[str, Tree]]:
    """`sender.address: X` and `sender: {address: X}` alike."""
    if not isinstance(tree, Mapping):
        yield prefix, tree
        return
    if "key" in tree:
        yield prefix, None if tree["key"] is None else tree
        return
    for name, below in tree.items():
        yield from _flat(below, f"{prefix}.{name}" if prefix else name)


def _key(setting: str, tree: Tree, form: str) -> Key:
    if not isinstance(tree, Mapping):
        return Key(setting=setting, template=str(tree), format=form)
    words = tree.get("values")
    values = {ours: _scalar(theirs) for ours, theirs in words.items()} if isinstance(words, Mapping) else {}
    return Key(setting=setting, template=str(tree["key"]), format=form, values=values)


def _scalar(tree: Tree) -> Scalar | None:
    return tree if tree is None or isinstance(tree, (str, int, float)) else str(tree)


def _text(value: Scalar | None) -> str | None:
    return None if value is None else as_text(value)


def _number(setting: str, value: Scalar | None) -> Scalar | None:
    """A dotenv file knows text only, and a YAML file may quote a number."""
    if setting in _NUMBERS and isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        return int(value)
    return value
