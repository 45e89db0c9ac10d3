"""A page map as frozen data: where a console's settings stand, by the labels that people see. Pure.

`parsed` takes the plain mapping that `schemas/page-map.schema.json` has passed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from reconciler.model.settings import Value


class Type(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    SELECT = "select"  # the browser's own list
    COMBOBOX = "combobox"  # role=combobox with role=option
    MENU = "menu"  # click, then the entry with that text, wherever it is drawn
    RADIO = "radio"
    CHECKBOX = "checkbox"
    LIST = "list"  # several values in one field
    PASSWORD = "password"  # noqa: S105  # what kind of field, not one


CHECKED, UNCHECKED = "checked", "unchecked"  # what a checkbox shows, as `choices` name it


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Something that people see: a place by CSS selector, a text, or that text at that place."""

    css: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One setting. `labels` are those it may carry, the usual one first; `choices` maps what is shown to its value.

    `within` is the nearest heading above it; `when` names the values of other settings with which it appears.
    """

    setting: str
    labels: tuple[str, ...]
    type: Type
    within: str | None = None
    when: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    choices: Mapping[str, Value] = field(default_factory=dict)
    separator: str = "\n"
    filled_when_set: bool = False  # of a password: an empty field says that none is set

    @property
    def label(self) -> str:
        """For messages."""
        return " or ".join(self.labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The page's own test of what is typed, before it is saved."""

    press: str
    passed: Sign
    failed: Sign | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    name: str
    address: str | None  # below the console's url; None: reached by `open` alone
    controls: tuple[Control, ...]
    save: str
    open: tuple[str, ...] = ()  # links or menu entries to press, by their text
    heading: str | None = None
    ready: Sign | None = None
    saved: Sign | None = None
    failed: Sign | None = None
    waiting: Sign | None = None  # there while what was saved waits for somebody to bring it into use
    trial: Trial | None = None

    def control(self, setting: str) -> Control | None:
        return next((one for one in self.controls if one.setting == setting), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`fill` maps labels to what `Console.login` calls it."""

    fill: Mapping[str, str]
    press: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    page: str
    steps: tuple[Step, ...]
    posts: tuple[str, ...]  # where the one post of each step may go
    failed: Sign | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Logout:
    """By a page, or by something to press; `posts` is where that may be sent, once, at the end."""

    page: str | None = None
    press: str | None = None
    posts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    page: str  # of `pages`
    css: str
    pattern: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageMap:
    """`reads` and `writes` are addresses below the console's url; a `*` stands for one segment."""

    product: str
    login: Login
    pages: tuple[Page, ...]
    versions: tuple[str, ...] = ()
    version: Version | None = None
    logout: Logout | None = None
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] | None = None  # None: any address of the console

    @property
    def controls(self) -> tuple[Control, ...]:
        return tuple(control for page in self.pages for control in page.controls)

    @property
    def settings(self) -> frozenset[str]:
        return frozenset(control.setting for control in self.controls)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The pages themselves."""
        out = self.logout.page if self.logout else None
        found = (self.login.page, out, *(page.address for page in self.pages))
        return tuple(one for one in found if one is not None)


def parsed(plain: Mapping[str, Any]) -> PageMap:
    """The map of a mapping that the schema has passed; KeyError, TypeError or ValueError for any other."""
    return PageMap(
        product=plain["product"],
        versions=tuple(plain.get("versions", ())),
        version=Version(**plain["version"]) if "version" in plain else None,
        login=_login(plain["login"]),
        logout=Logout(**{**plain["logout"], "posts": tuple(plain["logout"].get("posts", ()))})
        if "logout" in plain
        else None,
        reads=tuple(plain.get("reads", ())),
        writes=tuple(plain["writes"]) if "writes" in plain else None,
        pages=tuple(_page(name, page) for name, page in plain["pages"].items()),
    )


def _login(plain: Mapping[str, Any]) -> Login:
    return Login(
        page=plain["page"],
        steps=tuple(Step(fill=dict(step["fill"]), press=step["press"]) for step in plain["steps"]),
        posts=tuple(plain.get("posts", (plain["page"].partition("?")[0],))),
        failed=_sign(plain.get("failed")),
    )


def _page(name: str, plain: Mapping[str, Any]) -> Page:
    trial = plain.get("test")
    return Page(
        name=name,
        address=plain.get("address"),
        open=tuple(plain.get("open", ())),
        heading=plain.get("heading"),
        ready=_sign(plain.get("ready")),
        controls=tuple(_controls(plain["controls"])),
        save=plain["save"],
        saved=_sign(plain.get("saved")),
        failed=_sign(plain.get("failed")),
        waiting=_sign(plain.get("waiting")),
        trial=trial and Trial(press=trial["press"], passed=Sign(**trial["passed"]), failed=_sign(trial.get("failed"))),
    )


def _controls(plain: Mapping[str, Mapping[str, Any]]) -> Iterator[Control]:
    for setting, one in plain.items():
        yield Control(
            setting=setting,
            labels=_several(one["label"]),
            type=Type(one["type"]),
            within=one.get("within"),
            when={name: _several(value) for name, value in one.get("when", {}).items()},
            choices=dict(one.get("choices", {})),
            separator=one.get("separator", "\n"),
            filled_when_set=one.get("filled_when_set", False),
        )


def _several(plain: Any) -> tuple[Any, ...]:
    return tuple(plain) if isinstance(plain, list | tuple) else (plain,)


def _sign(plain: Mapping[str, str] | None) -> Sign | None:
    return None if plain is None else Sign(**plain)
