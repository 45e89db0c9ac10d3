"""The login as the mail clients of the applications make it: with which mechanism, in which form, and what is unproven.

`names` are those of a session; None stands for a relay that is no application's in particular.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from reconciler.model.handshake import Auth, CheckResult, CheckStatus, Level, Relay
from reconciler.smtp.catalogue.results import failed, informed, passed
from reconciler.smtp.protocol import sasl
from reconciler.smtp.record.log import Log

if TYPE_CHECKING:
    from reconciler.smtp.clients.client import Client

Names = Sequence[str | None]


# what a client says whatever the machine it runs on
_NAMES = frozenset({"localhost", "localhost.localdomain", "[127.0.0.1]"})


class Form(NamedTuple):
    """`names_user`: the user name goes in the line of AUTH LOGIN; `acts_for_user`: in PLAIN it is the authorization
    identity too."""

    one_line: bool = False
    names_user: bool = False
    acts_for_user: bool = False


_OURS = Form()


def mechanism(names: Names, auth: Auth, offered: Collection[str]) -> str | None:
    """The first that a client would take; the one AUTH of a session can prove one only."""
    return next((found for one in _clients(names) if (found := _taken(one, auth, offered))), None)


def none_fits(names: Names, auth: Auth, offered: Collection[str]) -> bool:
    """Whether nobody who uses this relay could log in: each client is known, and takes nothing of what is offered."""
    known = [_load(name).mechanisms(auth) if name else None for name in names]
    return bool(known) and all(one is not None and not {*one} & {*offered} for one in known)


def form(names: Names, auth: Auth, mechanism: str) -> Form:
    """As the client writes it for which this mechanism was taken."""
    for one in _clients(names):
        if mechanism in (one.mechanisms(auth) or ()):
            return Form(one_line=one.never_waits, names_user=one.names_user_at_once, acts_for_user=one.acts_for_user)
    return _OURS


@lru_cache(maxsize=256)  # each EHLO asks
def ehlo_name(names: tuple[str | None, ...]) -> str | None:
    """What EHLO says where all who use the relay say the same, wherever they run."""
    said = {_load(name).said.get("ehlo_shape") if name else None for name in names}
    only = said.pop() if len(said) == 1 else None
    return only if isinstance(only, str) and only in _NAMES else None


def others(names: Names, auth: Auth, log: Log) -> Sequence[str]:
    """The mechanisms that clients take there, without the one that the session logged in with."""
    taken = dict.fromkeys(_taken(one, auth, log.offered) for one in _clients(names))
    return [one for one in taken if one is not None and one != log.mechanism]


def takes(name: str, auth: Auth, offered: Collection[str]) -> str | None:
    return _taken(_load(name), auth, offered)


def titles(names: Names) -> str:
    return ", ".join(one.title for one in _clients(names))


def on_refusal(names: Names, auth: Auth, mechanism: str, offered: Collection[str]) -> str:
    """What a refusal may mean where the client would go on with another mechanism."""
    for one in _clients(names):
        others = [other for other in one.mechanisms(auth) or () if other in offered and other != mechanism]
        if mechanism == "CRAM-MD5" and _taken(one, auth, offered) == mechanism and others:
            return (
                f"; {one.title} tries CRAM-MD5 first, then {others[0]}: a relay that keeps passwords hashed "
                "cannot check it, and should not offer it"
            )
    return ""


def not_offered(names: Names, auth: Auth, offered: Collection[str]) -> CheckResult:
    """SMTP300 for a session in which no client could log in."""
    return _refused(_clients(names), auth, offered)


def results(relay: Relay, log: Log, found: CheckResult | None) -> Iterator[CheckResult]:
    """What the session says of the clients of one relay; `found` is its SMTP300, None where no login is made."""
    clients = _clients(relay.clients)
    if found is None:
        parts = dict.fromkeys(part for one in clients for part in _unproven(one, relay, log))
        if relay.level.rank >= Level.ENVELOPE.rank and parts:
            yield informed("SMTP310", "there is no login to make", "not proven from here: " + "; ".join(parts))
        return
    if found.status is not CheckStatus.PASS:
        return
    known = [one for one in clients if one.mechanisms(relay.auth) is not None and _set_to(one, relay) is None]
    if left := [one for one in known if not {*(one.mechanisms(relay.auth) or ())} & log.offered]:
        yield _refused(left, relay.auth, log.offered)
    told = [_told(one, relay, log) for one in clients if one not in left]
    if told:
        proven = all(text.endswith(_PROVEN) for text, _ in told)
        reason = "; ".join(text for text, _ in told)
        evidence = "not proven from here: " + "; ".join(dict.fromkeys(part for _, parts in told for part in parts))
        yield (passed if proven else informed)("SMTP310", reason, evidence if any(parts for _, parts in told) else None)


def left_open(relay: Relay, log: Log) -> Iterator[str]:
    """For the one line of a relay: whose login was not proven, or is not known."""
    for one in _clients(relay.clients) if log.mechanism else ():
        if one.mechanisms(relay.auth) is None:
            yield f"login of {one.name} UNVERIFIED"
        elif (taken := _takes(one, relay, log)) and taken != log.mechanism and taken not in log.each:
            yield f"{taken} of {one.name} not proven"


_PROVEN = "so was the login"


def _told(one: Client, relay: Relay, log: Log) -> tuple[str, tuple[str, ...]]:
    unproven = _unproven(one, relay, log)
    if one.mechanisms(relay.auth) is None:
        how = f"ours, AUTH {log.mechanism}" if log.mechanism else "not made here"
        return f"how {one.title} logs in is UNVERIFIED; the login was {how}", unproven
    taken = _takes(one, relay, log)
    text = f"{one.title} takes AUTH {taken}"
    if log.mechanism is None:
        return f"{text}, which is offered, and not proven", unproven
    own = log.each.get(taken or "")
    if own is not None:
        return (f"{text}: refused" if own.status is not CheckStatus.PASS else f"{text}, and {_PROVEN}"), unproven
    if taken == log.mechanism:
        return f"{text}, and {_PROVEN}", unproven
    return f"{text}: offered, not proven; proven is {log.mechanism}", unproven


def _unproven(one: Client, relay: Relay, log: Log) -> tuple[str, ...]:
    asked = relay.level.rank >= Level.ENVELOPE.rank
    named = relay.ehlo_name is not None or log.named_as_client
    return one.unproven(ehlo_name=named, senders=bool(relay.senders) or not asked)


def _refused(clients: Sequence[Client], auth: Auth, offered: Collection[str]) -> CheckResult:
    wanted = "; ".join(f"{one.title} takes {_listed(one.mechanisms(auth) or ())}" for one in clients)
    evidence = f"AUTH {' '.join(sorted(offered))}" if offered else "no AUTH in the answer to EHLO"
    first = next(iter(clients[0].mechanisms(auth) or ()), None)
    advice = f"have the relay offer AUTH {first} inside TLS, or use another relay" if first else "use auth: basic"
    settable = clients[0].said.get("choice") == "set"
    if settable and (other := next((name for name in sasl.BASIC if name in offered), None)) is not None:
        written = f"mechanism: {other.lower()} in the relay, where its target writes that"
        advice = f"set the application to {other} ({written}); or {advice}"
    if clients[0].goes_on_without_login:
        advice += "; that client sends without a login, and says nothing"
    return failed("SMTP300", f"none of them is offered: {wanted}", evidence=evidence, advice=advice)


def _listed(mechanisms: Sequence[str]) -> str:
    return ", ".join(mechanisms) or "no such login"


def _taken(one: Client, auth: Auth, offered: Collection[str]) -> str | None:
    ours = sasl.MECHANISMS.get(auth, ())
    return next((name for name in one.mechanisms(auth) or () if name in offered and name in ours), None)


def _takes(one: Client, relay: Relay, log: Log) -> str | None:
    return _set_to(one, relay) or _taken(one, relay.auth, log.offered)


def _set_to(one: Client, relay: Relay) -> str | None:
    """The `mechanism` of the relay, where the application has a key for it: then its client takes that one."""
    return relay.mechanism.upper() if relay.mechanism and one.said.get("choice") == "set" else None


def _clients(names: Names) -> list[Client]:
    return [_load(name) for name in names if name]


@lru_cache(maxsize=64)
def _load(name: str) -> Client:
    from reconciler.smtp.clients.client import load  # a relay that is no application's has none

    return load(name)
