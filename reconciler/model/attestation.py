"""What a person does where no tool can: the work order they are given, and their word that it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler.model.address import Address, Resource
from reconciler.model.ports import Opener
from reconciler.model.settings import Settings, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing to type or choose. A secret is a reference: whoever types it reads it from its store."""

    page: str
    label: str
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A script, its parameters or a word on how to run it, for whoever carries an order out. Holds no secret."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrder:
    """The changes of one resource, in the order of the pages. `url` is where the console is, where that is known;
    `then` is what is left to do after saving. `files`: they are carried out by scripts."""

    address: Address
    product: str
    url: str | None
    lines: tuple[Line, ...]
    files: tuple[File, ...] = ()
    then: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleEvent:
    """Somebody changed the settings in the console, by the product's own log. `at` is RFC 3339, UTC."""

    at: str
    by: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """How a person carries out changes of one target: `Platform.guide` gives one where nothing else can write.

    `lines` is pure: settings to be changed, with their new values (secrets as references), in the order of the pages.
    `events`, where the product has a log, tells who changed these settings since a time (RFC 3339, UTC); it may raise
    PlatformError. After `days` an attestation counts no more. `url` is where the console is;
    `then` is what these changes need after saving, before they take effect. `files`, where scripts do it on the other
    side of an air gap, is pure, too: the resource, its changed settings, and all declared ones.
    """

    product: str
    lines: Callable[[Mapping[str, Value]], tuple[Line, ...]]
    events: Callable[[Opener, str], tuple[ConsoleEvent, ...]] | None = None
    days: int | None = None
    url: str | None = None
    files: Callable[[Resource, Settings, Settings], tuple[File, ...]] | None = None
    then: Callable[[Mapping[str, Value]], str | None] = lambda changes: None
