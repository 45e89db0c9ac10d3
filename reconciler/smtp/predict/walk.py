"""A client's way through one mail, step by step, and where it ends. The files beside it hold the steps."""

from __future__ import annotations

from functools import lru_cache, reduce
from math import inf
from typing import NoReturn

from reconciler.model.answers.prediction import Outcome, Reported
from reconciler.model.handshake import Auth, Encryption
from reconciler.smtp.clients.client import Client, Value
from reconciler.smtp.predict import advice
from reconciler.smtp.predict.facts import CLOSED, SILENT, Answer, RelayFacts
from reconciler.smtp.predict.use import Use

Offered = dict[str, tuple[str, ...]]
_OK = Answer(250)
_SHOWN_AS = {"not-offered": "login-refused"}  # to the application it is a refusal
_OVERRIDDEN = {
    "timeout.connect": "connect",
    "timeout.greeting": "read",
    "timeout.read": "read",
    "timeout.total": "total",
}


class Ended(Exception):
    """The way ends here; the walk has the outcome's parts."""


class Walk:
    """Belongs to one prediction."""

    __slots__ = (
        "_guesses",
        "_recent",
        "_shortest",
        "_since",
        "_table",
        "cause",
        "client",
        "encrypted",
        "exposed",
        "facts",
        "guessed",
        "known",
        "login",
        "no_login",
        "offered",
        "one_address",
        "reason",
        "refused",
        "reply",
        "reported",
        "seconds",
        "spent",
        "taken",
        "unseen",
        "use",
    )

    def __init__(self, client: Client, use: Use, facts: RelayFacts) -> None:
        self.client, self.use, self.facts, self._table = client, use, facts, client.said
        self._guesses, self._shortest = client.guesses, client.shortest
        if use.connect is not None or use.read is not None or use.total is not None:
            self._shortest = min(one for one in (use.connect, use.read, use.total, client.shortest) if one is not None)
        self.taken, self.known, self.encrypted, self.exposed, self.one_address = False, True, False, False, False
        self.reported, self.cause, self.reason = Reported.SENT, "", ""
        self.login: str | None = None
        self.no_login = False  # it makes none after HELO
        self.refused, self.spent, self._since = 0, 0.0, 0.0
        self.seconds: float | None = None
        self.offered: Offered = {}
        self.reply: Answer | None = None
        self.guessed: list[str] = []
        self._recent: list[str] = []
        self.unseen: list[str] = []

    @property
    def title(self) -> str:
        return self.client.title

    @property
    def wants_login(self) -> bool:
        return self.use.auth is not Auth.NONE

    def says(self, name: str) -> Value | None:
        """What the client's data say of it; None where nobody knows."""
        if name in self._guesses:
            self._recent.append(name)
        return self._table.get(name)

    def step(self) -> None:
        """What was asked for before this step did not decide."""
        if self._recent:
            self._recent.clear()

    def rests(self) -> None:
        """The outcome rests on what this step asked for."""
        self.guessed += self._recent

    def begin(self) -> None:
        """From here on the time counts for a limit on several steps together."""
        self._since = self.spent

    def heard(
        self, answer: Answer | None, what: str, step: str = "timeout.read", together: str | None = None
    ) -> Answer:
        """The relay's answer, in time; ends the way where none comes. `together` names a limit on several steps."""
        answer = answer or _OK
        if self.in_time(answer):
            self.spent += answer.seconds
            return answer
        limit = self.limit(step, together)
        if answer.code == SILENT or answer.seconds > limit:
            self.gives_up(limit, what, answer)
        if answer.code == CLOSED:
            self.fails("no-answer", f"the relay closes the connection {what}", answer)
        self.spent += answer.seconds
        return answer

    def in_time(self, answer: Answer) -> bool:
        """Whether it comes, and within each limit, whichever counts here: most do."""
        return answer.code > SILENT and self.spent + answer.seconds <= self._shortest

    def limit(self, step: str, together: str | None = None) -> float:
        """Seconds that the client would still wait."""
        most = self._seconds(step)
        if together is not None:
            most = min(most, self._seconds(together) - (self.spent - self._since))
        return max(0.0, min(most, self._seconds("timeout.total") - self.spent))

    def gives_up(self, limit: float, what: str, answer: Answer | None = None) -> NoReturn:
        """No answer in time: an error after `limit` seconds, or no end. Where it was only late, both times are said."""
        self._recent += sorted(name for name in self.client.guesses if name.startswith("timeout."))
        if limit == inf:
            self.reported, self.seconds = Reported.NOTHING, None
            self.ends("no-answer", f"no answer comes {what}, and {self.title} has no time-out: it waits without end")
        self.reported, self.seconds = Reported.FAILED, self.spent + limit
        if answer is not None and answer.code != SILENT:
            late = f"an answer comes {what} after {answer.seconds:.1f} s, and {self.title} waits {limit:g} s"
            self.ends("no-answer", late)
        self.ends("no-answer", f"no answer comes {what} within the {limit:g} s that {self.title} waits")

    def fails(self, cause: str, reason: str, reply: Answer | None = None) -> NoReturn:
        self.reported, self.reply = Reported.FAILED, reply
        self.ends(cause, reason)

    def not_known(self, reason: str) -> NoReturn:
        """Too little is known of the client or of the relay."""
        self.known = False
        self.ends("", reason)

    def ends(self, cause: str, reason: str) -> NoReturn:
        """Raises Ended."""
        self.cause, self.reason = cause, reason
        self.rests()
        raise Ended

    def outcome(self) -> Outcome:
        return Outcome(
            client=self.client.name,
            taken=self.taken,
            reported=self.reported,
            login=self.login,
            refused=self.refused,
            encrypted=self.encrypted,
            exposed=self.exposed,
            wanted=self.wants_login,
            secured=self.use.encryption is not Encryption.NONE,
            one_address=self.one_address,
            cause=self.cause,
            reason=self.reason,
            advice=advice.of(self.cause, self.client, self.use),
            words=self._words(),
            seconds=self.seconds,
            unverified=tuple(dict.fromkeys(self.guessed)),
            unseen=tuple(self.unseen),
            known=self.known,
        )

    def _words(self) -> str | None:
        cause = _SHOWN_AS.get(self.cause, self.cause)
        if (fact := self.client.words.get(cause)) is None or self.reported is Reported.SENT:
            return None
        code, text = (str(self.reply.code), self.reply.text) if self.reply is not None else ("…", "…")
        parts = {"{answer}": f"{code} {text}", "{code}": code, "{text}": text}
        text = reduce(lambda told, part: told.replace(*part), parts.items(), str(fact.value))
        return text if fact.verified else f"{text} (UNVERIFIED)"

    def _seconds(self, name: str) -> float:
        own = getattr(self.use, _OVERRIDDEN[name]) if name in _OVERRIDDEN else None
        if own is not None:
            return float(own)
        value = self._table.get(name)
        return float(value) if isinstance(value, (int, float)) else inf


@lru_cache(maxsize=4096)
def keywords(lines: tuple[str, ...], *, capitals: bool, exact: bool, old: bool = True) -> Offered:
    """The extensions that a client sees, each with its words.

    `capitals`: it does not see keywords in lower case; `exact`: nor mechanisms; `old`: it sees AUTH=, of old servers.
    """
    found: Offered = {}
    for line in lines:
        name, *words = line.split()
        if old and name.upper().startswith("AUTH="):
            name, words = name[:4], [name[5:], *words]
        if not capitals or name == name.upper():
            found.setdefault(name.upper(), tuple(words) if exact else tuple([word.upper() for word in words]))
    return found
