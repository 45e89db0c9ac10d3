"""`connection.keys`: which key of this installation holds which setting, and how it is written as the API's text.

OutSystems publishes neither names nor keys of the e-mail settings, so none stands here: `discover` looks them up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.settings import Connection, Settings, Tree, Value

STAGE, APPS = "stage", "apps"
SECRETS = frozenset({"password", "oauth2.client_secret"})
# a setting with a key of its own, and the types (DataType of the API) that can hold it
_TEXT = frozenset({"Text", "Email", "PhoneNumber"})
_NUMBER = frozenset({"Integer", "LongInteger", "Decimal", "Text"})
_WORDS = _TEXT | {"Boolean", "EntityIdentifierType", "Integer", "LongInteger"}
TYPES: Mapping[str, frozenset[str]] = {
    "host": _TEXT,
    "port": _NUMBER,
    "encryption": _WORDS,
    "auth": _WORDS,
    "username": _TEXT,
    "password": _TEXT,
    "oauth2.token_url": _TEXT,
    "oauth2.client_id": _TEXT,
    "oauth2.client_secret": _TEXT,
    "oauth2.scope": _TEXT,
    "sender.address": _TEXT,
    "sender.name": _TEXT,
    "test_list.active": frozenset({"Boolean", "Text"}),
    "test_list.addresses": _TEXT,
}
OF_APPS = frozenset({"test_list.active", "test_list.addresses"})
OF_STAGE = frozenset(TYPES) - OF_APPS
# settings whose words differ: which is which stands in `values`
CHOICES = frozenset({"auth", "encryption"})
DEFAULTS: Settings = {"port": 587}
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """`type` is the data type that `discover` saw; `values` maps our words to those of the installation."""

    setting: str
    key: str
    type: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)

    def theirs(self, value: Value) -> str:
        """The text that the API takes. Raises KeyError for a word that `values` does not know."""
        if value is None:
            return ""
        if self.values or self.setting in CHOICES:
            return self.values[str(value)]
        if isinstance(value, bool):
            return str(value)  # "True", "False", as the vendor's examples have it
        if isinstance(value, tuple):
            return ",".join(map(str, value))
        return str(value)

    def ours(self, text: str | None) -> Value:
        """What the API says, in our words; what has no translation as it is."""
        if text is None or text == "":
            return None
        if self.values:
            return next((ours for ours, theirs in self.values.items() if theirs == text), text)
        if self.setting == "port":
            return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text
        if self.setting == "test_list.active":
            return _BOOLEANS.get(text.strip().lower(), text)
        if self.setting == "test_list.addresses":
            # commas are what OutSystems 11 documents; which of the two ODC has is not public
            return tuple(part.strip() for part in text.replace(";", ",").split(",") if part.strip()) or None
        return text.lower() if self.setting == "host" else text


def keys(connection: Connection, collection: str | None = None) -> dict[str, Key]:
    """By setting; those of a collection, or all. A setting that is mapped to null is not among them."""
    wanted = {STAGE: OF_STAGE, APPS: OF_APPS}.get(collection or "", frozenset(TYPES))
    return {
        setting: _key(setting, tree)
        for setting, tree in _mapped(connection).items()
        if tree is not None and setting in wanted
    }


def dropped(connection: Connection) -> frozenset[str]:
    """Settings that the team has mapped to null: the installation shows no such key."""
    return frozenset(setting for setting, tree in _mapped(connection).items() if tree is None)


def _mapped(connection: Connection) -> Mapping[str, Tree]:
    mapped = connection.get("keys")
    return mapped if isinstance(mapped, Mapping) else {}


def _key(setting: str, tree: Tree) -> Key:
    if not isinstance(tree, Mapping):
        return Key(setting=setting, key=str(tree))
    words, kind = tree.get("values"), tree.get("type")
    values = {ours: str(theirs) for ours, theirs in words.items()} if isinstance(words, Mapping) else {}
    return Key(setting=setting, key=str(tree["key"]), type=None if kind is None else str(kind), values=values)
