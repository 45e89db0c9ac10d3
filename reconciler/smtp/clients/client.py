"""One mail client, as its file of data tells: how it logs in, and what of it a handshake cannot prove."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING, Any

from reconciler.model.handshake import Auth

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

# what depends on the machine that the application runs on
_ELSEWHERE = {"ehlo_name": "EHLO says {}", "certificate": "the certificate is {}"}

# the names of these facts: made once, for they are asked for by the thousand
MECHANISMS = {auth: f"mechanisms.{auth}" for auth in Auth}

Value = str | float | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """`verified` is what it was run with; None is UNVERIFIED. `versions` are those it holds for."""

    value: Value
    source: str
    verified: str | None
    versions: str
    other_versions: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """`title` is how it is called in sentences; `like` is the client of which it has what it does not say itself. A
    fact that is missing is not known.

    `words` are what the administrator reads in the application, by what went wrong. `said` has the bare values of
    `facts`, `guesses` the names of those that nobody has run, and `shortest` the least of its time-outs, in seconds: a
    prediction asks for them by the thousand.
    """

    name: str
    title: str
    application: str
    versions: str
    facts: Mapping[str, Fact]
    like: str | None = None
    words: Mapping[str, Fact] = field(default_factory=dict)
    look_out: tuple[str, ...] = ()
    said: Mapping[str, Value] = field(default_factory=dict)
    guesses: frozenset[str] = frozenset()
    shortest: float = inf

    def mechanisms(self, auth: Auth) -> tuple[str, ...] | None:
        """In the order in which it takes them, or the one that it is set to; None where nobody knows."""
        value = self.said.get(MECHANISMS[auth])
        if self.said.get("choice") == "set" and auth is Auth.BASIC:
            return (str(self.said["set_mechanism"]),)
        return value if isinstance(value, tuple) else None

    @property
    def names_user_at_once(self) -> bool:
        """AUTH LOGIN with the user name in the same line."""
        return self.said.get("login_form") == "initial"

    @property
    def never_waits(self) -> bool:
        """However long a credential is, it goes in the line of the command."""
        return self.said.get("long_response") == "one line"

    @property
    def acts_for_user(self) -> bool:
        """PLAIN with the user name as the authorization identity too (RFC 4616, section 2)."""
        return self.said.get("authorization_identity") == "user"

    @property
    def goes_on_without_login(self) -> bool:
        return self.said.get("after_refusal") == "mail without a login"

    def unproven(self, *, ehlo_name: bool, senders: bool) -> tuple[str, ...]:
        """What no handshake from here can prove, in words.

        `ehlo_name`: it was declared, and said. `senders`: the envelope is proven as far as it was asked for.
        """
        left = {name: text for name, text in _ELSEWHERE.items() if not (name == "ehlo_name" and ehlo_name)}
        if self.said.get("envelope") == "its own" and not senders:
            left["envelope_sender"] = "the envelope sender is {}, which the files do not tell"
        return tuple(text.format(self.said[name]) for name, text in left.items() if name in self.said)


@lru_cache(maxsize=64)
def load(name: str) -> Client:
    """With what it says is as with another one. Raises FileNotFoundError for a client that has no file."""
    import json  # of a handshake for no application nothing is loaded

    data = json.loads((_room() / f"{name}.json").read_text("utf-8"))
    base = load(data["like"]) if "like" in data else None
    versions = data["versions"]
    facts = {**(base.facts if base else {}), **_facts(data["facts"], versions)}
    return Client(
        name=data["name"],
        title=data["title"],
        application=data.get("application", ""),
        versions=versions,
        like=data.get("like"),
        facts=facts,
        words={**(base.words if base else {}), **_facts(data.get("words", {}), versions)},
        look_out=tuple(data.get("look_out", base.look_out if base else ())),
        said={name: fact.value for name, fact in facts.items()},
        guesses=frozenset(name for name, fact in facts.items() if fact.verified is None),
        shortest=min(
            (seconds for name, fact in facts.items() if (seconds := _seconds(name, fact)) is not None), default=inf
        ),
    )


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Of all clients."""
    found = (entry.name for entry in _room().iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in found if name.endswith(".json")))


def _seconds(name: str, fact: Fact) -> float | None:
    return float(fact.value) if name.startswith("timeout.") and isinstance(fact.value, (int, float)) else None


def _room() -> Traversable:
    from importlib.resources import files

    return files(__package__ or "")


def _facts(data: Mapping[str, Any], versions: str) -> dict[str, Fact]:
    return {name: _fact(versions=one.pop("versions", versions), **one) for name, one in data.items()}


def _fact(
    *, value: Any, source: str, verified: str | None, versions: str, other_versions: list[dict[str, Any]] | None = None
) -> Fact:
    others = tuple(_fact(**one) for one in other_versions or ())
    return Fact(tuple(value) if isinstance(value, list) else value, source, verified, versions, others)
