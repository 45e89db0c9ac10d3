"""The layout of one application's file: `connection.preset`, and `connection.keys` over it, read once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from reconciler.drivers.textfile.readers import CARRIERS, DEFAULTS
from reconciler.model.address import Resource
from reconciler.model.settings import Connection, Tree
from reconciler.platforms.file import presets
from reconciler.platforms.file.deciders import OF_ANY_ENVIRONMENT, Decider
from reconciler.platforms.file.forms import Form, One, Part, Several, Split, Words
from reconciler.platforms.file.keys import Key, Placed
from reconciler.platforms.file.presets import Limit

_Word = TypeVar("_Word")
_FORMS = frozenset({"key", "keys", "values"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # made once: it is the same where it is this one
class Layout:
    """`unexpressed` are settings that the application does not have, and that are dropped on purpose.

    `reader` is the program that reads the file. `limits` are what the application cannot do, of those settings whose
    keys are the preset's own. `deciders` are other keys by which the application goes.
    """

    format: str
    reader: str
    keys: tuple[Key, ...]
    of_mailer: tuple[Key, ...]
    of_all: tuple[Key, ...]
    unexpressed: frozenset[str]
    login: str
    mechanism: str | None
    dropped: tuple[frozenset[str], frozenset[str]]  # of mailers, of all
    limits: tuple[Limit, ...]
    deciders: tuple[Decider, ...]

    def of(self, collection: str) -> tuple[Key, ...]:
        return self.of_mailer if collection == "mailers" else self.of_all


@lru_cache(maxsize=500)  # all that happens to a resource asks for it, and many applications have mailers of one name
def placed(there: Layout, resource: Resource) -> tuple[Placed, ...]:
    """The keys of a resource in its file."""
    return tuple(key.at(resource.key) for key in there.of(resource.collection))


@lru_cache(maxsize=10_000)  # every key of a file is asked for at every read
def mailers(there: Layout, name: str) -> Mapping[str, str]:
    """The mailer that a key in the file belongs to, by the settings whose key it may be."""
    return {key.setting: mailer for key in there.of_mailer if (mailer := key.mailer(name))}


# Every resource asks, and many applications have the same keys: 0.3 s of a plan of 1,000 resources. Nearly always it is
# asked again for the connection of before, which is kept so that no other takes its place in memory.
_known: dict[tuple[str, ...], Layout] = {}
_before: list[tuple[Connection, Layout]] = []


def layout(connection: Connection) -> Layout:
    if _before and (before := _before[0])[0] is connection:
        return before[1]
    found = _looked_up(connection)
    _before[:] = [(connection, found)]
    return found


def _looked_up(connection: Connection) -> Layout:
    own = connection.get("keys", {})
    # plain words in mappings: what is written alike is alike
    preset = connection.get("preset")
    form, reader = str(connection.get("format", "")), str(connection.get("reader", ""))
    service = str(connection.get("service", ""))
    alike = (str(preset), form, reader, service, repr(own))
    if (found := _known.get(alike)) is None:
        found = _known[alike] = _layout(preset, form, reader, service, own)
    return found


def keys_of(collection: str, connection: Connection) -> tuple[Key, ...]:
    return layout(connection).of(collection)


def dropped(collection: str, connection: Connection) -> frozenset[str]:
    """Declared, but not said in the file: mapped to null, or derived from the user name by the application."""
    of_mailer, of_all = layout(connection).dropped
    return of_mailer if collection == "mailers" else of_all


def _dropped(keys: tuple[Key, ...], unexpressed: frozenset[str]) -> frozenset[str]:
    there = {key.setting for key in keys}
    derived = {"auth"} if there & {"username", "password"} else set()
    return unexpressed | (derived - there)


def _layout(name: Tree, form: str, reader: str, service: str, own: Tree) -> Layout:
    preset = presets.preset(str(name)) if name is not None else None
    own_settings = dict(flat(own))
    settings = {**(dict(flat(preset.keys)) if preset else {}), **own_settings}
    text_format = preset.format if preset and form not in CARRIERS else form
    reader = reader or (preset.reader if preset else DEFAULTS[text_format])
    above = f"services.{service}.environment." if text_format == "compose" else ""
    absent = _below(preset.absent, above) if preset else {}
    keys = tuple(
        Key(
            setting=setting, format=text_format, reader=reader, form=_form(setting, _placed(tree, above)), absent=absent
        )
        for setting, tree in settings.items()
        if tree is not None
    )
    limits = preset.limits if preset else ()
    of_mailer = tuple(key for key in keys if key.of_mailer)
    of_all = tuple(key for key in keys if not key.of_mailer)
    unexpressed = frozenset(setting for setting, tree in settings.items() if tree is None)
    return Layout(
        format=text_format,
        reader=reader,
        keys=keys,
        of_mailer=of_mailer,
        of_all=of_all,
        unexpressed=unexpressed,
        login=preset.login if preset else "username" if "auth" not in settings else "setting",
        mechanism=preset.mechanism if preset and "mechanism" not in own_settings else None,
        dropped=(_dropped(of_mailer, unexpressed), _dropped(of_all, unexpressed)),
        limits=tuple(limit for limit in limits if not limit.when.keys() & own_settings.keys()),
        deciders=preset.deciders if preset else OF_ANY_ENVIRONMENT if text_format == "dotenv" else (),
    )


def flat(tree: Tree, prefix: str = "") -> Iterator[tuple[str, Tree]]:
    """`sender.address: X` and `sender: {address: X}` alike."""
    if not isinstance(tree, Mapping):
        yield prefix, tree
        return
    if tree.keys() & _FORMS:
        yield prefix, None if tree.get("key", "") is None else tree
        return
    for name, below in tree.items():
        yield from flat(below, f"{prefix}.{name}" if prefix else name)


def _placed(tree: Tree, above: str) -> Tree:
    """A mapping of keys whose keys stand below `above` in the file."""
    if not above or tree is None:
        return tree
    if not isinstance(tree, Mapping):
        return f"{above}{tree}"
    found = dict(tree)
    if "key" in tree:
        found["key"] = f"{above}{tree['key']}"
    elif isinstance(words := tree.get("values"), Mapping):
        found["values"] = {word: _below(_mapping(keys), above) for word, keys in words.items()}
    if isinstance(names := tree.get("keys"), tuple | list):
        found["keys"] = tuple(f"{above}{name}" for name in names)
    if isinstance(also := tree.get("also"), Mapping):
        found["also"] = _below(also, above)
    return found


def _below(keys: Mapping[str, _Word], above: str) -> dict[str, _Word]:
    return {f"{above}{name}": word for name, word in keys.items()}


def _form(setting: str, tree: Tree) -> Form:
    if not isinstance(tree, Mapping):
        return One(key=str(tree))
    if isinstance(names := tree.get("keys"), tuple | list):
        return Split(keys=tuple(str(name) for name in names), separator=str(tree["split"]))
    if "key" not in tree:
        words = _mapping(tree["values"])
        return Several(words={word: _words(keys) for word, keys in words.items()})
    if (templates := tree.get("template")) is not None:
        several = templates if isinstance(templates, tuple | list) else (templates,)
        return Part(
            setting=setting,
            key=str(tree["key"]),
            templates=tuple(str(template) for template in several),
            also=_words(tree.get("also")),
        )
    return One(
        key=str(tree["key"]),
        values=_words(tree.get("values")),
        text=bool(tree.get("text", False)),
        also=_words(tree.get("also")),
        null=str(tree["null"]) if "null" in tree else None,
        scale=scale if isinstance(scale := tree.get("scale", 1), int) else 1,
    )


def _mapping(tree: Tree) -> Mapping[str, Tree]:
    return tree if isinstance(tree, Mapping) else {}


def _words(tree: Tree) -> Words:
    return {
        ours: theirs if theirs is None or isinstance(theirs, (str, int, float)) else str(theirs)
        for ours, theirs in _mapping(tree).items()
    }
