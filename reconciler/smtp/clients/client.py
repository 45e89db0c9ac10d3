"""One mail client, as its file of data tells: how it logs in, and what of it a handshake cannot prove."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from reconciler.model.handshake import Auth

# what depends on the machine that the application runs on
_ELSEWHERE = {"ehlo_name": "EHLO says {}", "certificate": "the certificate is {}"}


@dataclass(frozen=True, slots=True)
class Fact:
    """`verified` is what it was run with; None is UNVERIFIED."""

    value: str | tuple[str, ...]
    source: str
    verified: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """`title` is how it is called in sentences. A fact that is missing is not known."""

    name: str
    title: str
    versions: str
    facts: Mapping[str, Fact]

    def mechanisms(self, auth: Auth) -> tuple[str, ...] | None:
        """In the order in which it takes them; None where nobody knows."""
        fact = self.facts.get(f"mechanisms.{auth}")
        return None if fact is None or isinstance(fact.value, str) else fact.value

    @property
    def names_user_at_once(self) -> bool:
        """AUTH LOGIN with the user name in the same line."""
        return self._said("login_form") == "initial"

    @property
    def never_waits(self) -> bool:
        """However long a credential is, it goes in the line of the command."""
        return self._said("long_response") == "one line"

    @property
    def goes_on_without_login(self) -> bool:
        return self._said("after_refusal") == "mail without a login"

    def unproven(self, *, ehlo_name: bool, senders: bool) -> tuple[str, ...]:
        """What no handshake from here can prove, in words.

        `ehlo_name`: it was declared, and said. `senders`: the envelope is proven as far as it was asked for.
        """
        left = {name: text for name, text in _ELSEWHERE.items() if not (name == "ehlo_name" and ehlo_name)}
        if self._said("envelope") == "its own" and not senders:
            left["envelope_sender"] = "the envelope sender is {}, which the files do not tell"
        return tuple(text.format(self._said(name)) for name, text in left.items() if name in self.facts)

    def _said(self, name: str) -> str | None:
        fact = self.facts.get(name)
        return fact.value if fact and isinstance(fact.value, str) else None


@lru_cache(maxsize=64)
def load(name: str) -> Client:
    """Raises FileNotFoundError for a client that has no file: the names come from platforms, not from users."""
    import json  # of a handshake for no application nothing is loaded
    from importlib.resources import files

    data = json.loads((files(__package__ or "") / f"{name}.json").read_text("utf-8"))
    facts = {key: _fact(**one) for key, one in data["facts"].items()}
    return Client(name=data["name"], title=data["title"], versions=data["versions"], facts=facts)


def _fact(value: str | list[str], source: str, verified: str | None) -> Fact:
    return Fact(tuple(value) if isinstance(value, list) else value, source, verified)
