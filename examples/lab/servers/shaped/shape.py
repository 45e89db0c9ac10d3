"""A shape of a relay, as `shapes.yaml` has it, and how an application is configured for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

HOST, DOMAIN = "relay.lab.test", "lab.test"
SENDER, RECIPIENTS = "app@lab.test", ("to@example.com", "second@example.com")
SILENCE, CLOSE, GO_ON = "", "close", "go on"
_PASSWORD, _WRONG = "Fq7-mail-Zx2", "not-it-Kw5"
_FILE = Path(__file__).with_name("shapes.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an application is told of a relay. `wrong`: its password is not the relay's."""

    encryption: str = "starttls"  # or tls, none
    auth: str = "basic"  # or none; with oauth2 the password is an access token
    host: str = HOST
    user: str = "app@lab.test"
    wrong: bool = False
    password_length: int = 0  # characters, filled up to it
    password_suffix: str = ""
    recipients: int = 1

    @property
    def password(self) -> str:
        return _WRONG if self.wrong else self.good_password

    @property
    def good_password(self) -> str:
        return (_PASSWORD + self.password_suffix).ljust(self.password_length, "k")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a relay of this shape does.

    `before` and `inside` are the keywords of EHLO outside and inside TLS. `replies` stand in for the usual answers, by
    step: greeting, ehlo, starttls, auth, auth.end, mail, mail.clear, rcpt, rcpt.second, dot, quit. `delays` are
    seconds, by step, too. `open`: mail is taken without a login. `refused`: mechanisms that end with 535.
    `initial_response`: what becomes of a user name in the line of AUTH LOGIN; None: it is ignored. `longest` is the
    longest line that is read, in octets. `names` says which EHLO name is refused, and when. `addresses` are what else
    the host resolves to, `closed` or `dead`; `tls` bounds versions and names suites.
    """

    name: str
    about: str
    settings: Settings = field(default_factory=Settings)
    implicit: bool = False
    port: int = 0  # any
    closed: bool = False
    before: tuple[str, ...] = ("STARTTLS",)
    inside: tuple[str, ...] = ("AUTH PLAIN LOGIN",)
    hidden_starttls: bool = False
    replies: Mapping[str, str] = field(default_factory=dict)
    delays: Mapping[str, float] = field(default_factory=dict)
    open: bool = False
    refused: tuple[str, ...] = ()
    authorization_identity: bool = True
    challenges: tuple[str, str] = ("Username:", "Password:")
    initial_response: bool | None = True
    longest: int = 12288
    names: Mapping[str, str] = field(default_factory=dict)
    certificate: str = "good"
    tls: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)

    @property
    def offers_starttls(self) -> bool:
        return self.hidden_starttls or any(keyword.upper() == "STARTTLS" for keyword in self.before)

    @property
    def waits(self) -> bool:
        """Whether clients may take long over it."""
        return bool(self.delays or SILENCE in self.replies.values() or "dead" in self.addresses.values() or self.port)


@cache
def shapes() -> tuple[Shape, ...]:
    """All of them, in the order of the file."""
    rows = yaml.load(_FILE.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return tuple(_shape(row) for row in rows)


def named(names: Iterable[str]) -> tuple[Shape, ...]:
    wanted = set(names)
    return tuple(shape for shape in shapes() if shape.name in wanted)


def _shape(row: Mapping[str, Any]) -> Shape:
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return Shape(**{**given, "settings": Settings(**given.get("settings", {}))})
