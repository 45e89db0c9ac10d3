"""A message that names settings, made once: as files write them, and as the flags of `verify --host`.

    worded("name the CA in {ca_file}, or use {encryption:none}")

reads "name the CA in ca_file, or use encryption: none" for a declared relay, and names --ca-file and --encryption for
one from the command line. What a server, a path or a certificate says is a value and is never looked into.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Self


class Message(str):
    """Text in the words of files; `flags` is the same in those of the command line."""

    __slots__ = ("flags",)
    flags: str

    def __new__(cls, files: str, flags: str) -> Self:
        made = super().__new__(cls, files)
        made.flags = flags
        return made

    def __reduce__(self) -> tuple[type[Message], tuple[str, str]]:
        """Copies keep both."""
        return type(self), (str(self), self.flags)


class _Setting:
    """`{name}` in a template, or `{name:value}`."""

    def __init__(self, bare: str, valued: str | None = None, known: Mapping[str, str] = MappingProxyType({})) -> None:
        self._bare, self._valued, self._known = bare, valued, known

    def __format__(self, value: str) -> str:
        if not value:
            return self._bare
        return self._known.get(value) or (self._valued or f"{self._bare} {{}}").format(value)


_FILES = {
    "encryption": _Setting("encryption", "encryption: {}"),
    "auth": _Setting("auth", "auth: {}"),
    "ca_file": _Setting("ca_file"),
    "ehlo_name": _Setting("ehlo_name"),
    "recipient": _Setting("verify.recipient"),
    "via": _Setting("verify.via"),
    "patience": _Setting("verify.timeouts", "verify.timeouts: {{{}}}"),
    "declare": _Setting("declare", "declare a {}"),
    "declared": _Setting("declared"),
    "excepted": _Setting("goes in policy.plaintext_hosts"),
}
_FLAGS = {
    "encryption": _Setting("--encryption"),
    "auth": _Setting("--auth", known={"oauth2": "--auth oauth2 --token-env"}),
    "ca_file": _Setting("--ca-file"),
    "ehlo_name": _Setting("--ehlo-name"),
    "recipient": _Setting("--recipient"),
    "via": _Setting("--via"),
    "patience": _Setting("--timeout", known={"banner: 60": "--timeout banner=60"}),
    "declare": _Setting("give", "give a --{}"),
    "declared": _Setting("given"),
    "excepted": _Setting("can be made for declared relays only"),
}


def worded(template: str, **values: object) -> Message:
    """`values` fill fields of other names, as in `str.format`; a Message among them keeps its own words.

    Raises KeyError for a field that is neither, and TypeError for a value with the name of a setting.
    """
    flags = {name: in_flags(value) if isinstance(value, str) else value for name, value in values.items()}
    return Message(template.format(**_FILES, **values), template.format(**_FLAGS, **flags))


def in_flags(text: str) -> str:
    """In the words of the command line; text that names no setting is the same in both."""
    return text.flags if isinstance(text, Message) else text
