"""A shape as facts of a relay, for predictions, and how each application uses it there; all from data."""

from __future__ import annotations

import re

from lab.servers.shaped.shape import CLOSE, SILENCE, Shape

from clients.clients import Client
from reconciler.model.handshake import Auth, Encryption
from reconciler.smtp.predict.facts import CLOSED, SILENT, Answer, NameRule, RelayFacts
from reconciler.smtp.predict.use import Use

_REPLY = re.compile(r"(\d{3})(?:[ -]|$)(.*)", re.DOTALL)
_FAULTS = {
    "expired": "expired",
    "other_name": "other-name",
    "common_name": "cn-only",
    "self_signed": "untrusted",
    "unknown_ca": "untrusted",
}
_SUITES = {
    "DHE-RSA-AES256-GCM-SHA384": "DHE",
    "AES256-GCM-SHA384": "RSA",
    "ECDHE-RSA-CHACHA20-POLY1305": "ECDHE-CHACHA20",
    "ECDHE-RSA-AES256-SHA384": "ECDHE-CBC384",
}
# the shapes of names that a rule refuses, as clients' data call them
_NAMES = {
    "dot": ("short", "localhost"),
    "name": ("[127.0.0.1]", "short or [127.0.0.1]"),
    "not localhost": ("localhost", "localhost.localdomain"),
}
_STATES = {"closed": "refuses", "dead": "silent"}
_PORT = 587


def facts(shape: Shape) -> RelayFacts:
    """All that there is to know of a relay of this shape."""
    versions, suites = _tls(shape)
    fault = "other-name" if shape.name == "address-not-named" else _FAULTS.get(shape.certificate)
    return RelayFacts(
        host=shape.settings.host,
        port=shape.port or _PORT,
        addresses=_addresses(shape),
        speaks="tls" if shape.implicit else "smtp",
        banner=_answer(shape, "greeting", 220),
        ehlo=_answer(shape, "ehlo", 250),
        helo=_answer(shape, "helo", 250),
        before=shape.before,
        starttls=_answer(shape, "starttls", 220) if shape.offers_starttls else None,
        tls=versions,
        suites=suites,
        faults=frozenset({fault} if fault else ()),
        inside=shape.inside,
        auth=tuple(_logins(shape)),
        challenges=shape.challenges,
        initial=False if shape.initial_response is False else None,
        again=shape.initial_response is None,
        identity=shape.authorization_identity,
        line=shape.longest,
        names=tuple(_rules(shape)),
        clear=_answer(shape, "mail.clear", 250) if "mail.clear" in shape.replies else None,
        open=Answer(250) if shape.open else Answer(530, 0.0, "5.7.0 Authentication required"),
        mail=_answer(shape, "mail", 250),
        rcpt=_answer(shape, "rcpt", 250),
        second=_answer(shape, "rcpt.second", 250),
        data=_answer(shape, "data", 354),
        dot=_answer(shape, "dot", 250),
        quit=_answer(shape, "quit", 221),
    )


def use(client: Client, shape: Shape) -> Use:
    """As `run` tells the application."""
    told, login = shape.settings, shape.settings.auth != "none"
    return Use(
        host=told.host,
        port=shape.port or _PORT,
        encryption=Encryption(told.encryption),
        auth=Auth(told.auth),
        user=login,
        password=login,
        ascii_login=told.user.isascii() and told.password.isascii(),
        credential=len(f"{told.user}{told.password}".encode()) + 2,
        recipients=told.recipients,
        total=float(str(client.settings["timeout"])) if "timeout" in client.settings else None,
    )


def _answer(shape: Shape, step: str, usual: int) -> Answer:
    seconds, reply = shape.delays.get(step, 0.0), shape.replies.get(step)
    if reply is None:
        return Answer(usual, seconds)
    if reply in (SILENCE, CLOSE):
        return Answer(SILENT if reply == SILENCE else CLOSED)
    code, text = _REPLY.fullmatch(reply).groups()  # type: ignore[union-attr]  # each reply in the file has a code
    return Answer(int(code), seconds, text)


def _addresses(shape: Shape) -> tuple[str, ...]:
    if shape.closed:
        return ("refuses",)
    others = {where: _STATES[state] for where, state in shape.addresses.items()}
    ipv6 = (f"{others['ipv6']} over IPv6",) if "ipv6" in others else ()
    first = (*ipv6, *((others["first"],) if "first" in others else ()))
    return (*first, "answers", *((others["second"],) if "second" in others else ()))


def _tls(shape: Shape) -> tuple[frozenset[str], frozenset[str] | None]:
    first, last = shape.tls.get("first", "TLSv1_2"), shape.tls.get("last", "TLSv1_3")
    if last == "TLSv1_1":
        return frozenset({"1.1"}), None
    versions = frozenset({"1.2"} if last == "TLSv1_2" else {"1.3"} if first == "TLSv1_3" else {"1.2", "1.3"})
    return versions, frozenset({_SUITES[shape.tls["suites"]]}) if "suites" in shape.tls else None


def _logins(shape: Shape) -> list[tuple[str, Answer]]:
    """Those that end in another way than offered and taken, not offered and refused."""
    end = _answer(shape, "auth.end", 235)
    words = " ".join((*shape.before, *shape.inside)).upper().replace("AUTH=", "AUTH ").split()
    refused = Answer(535, end.seconds, "5.7.8 Error: authentication failed")
    working = ("XOAUTH2",) if shape.settings.auth == "oauth2" else _PASSWORDS
    found = []
    for name in dict.fromkeys(word for word in words if word in _MECHANISMS):
        right = not shape.settings.wrong and name not in shape.refused and name in working
        answer = end if right or "auth.end" in shape.replies else refused
        if answer != _TAKEN:
            found.append((name, answer))
    return found


_TAKEN = Answer(235)
_PASSWORDS = frozenset({"PLAIN", "LOGIN", "CRAM-MD5"})
_MECHANISMS = _PASSWORDS | {"XOAUTH2", "SCRAM-SHA-256", "NTLM", "GSSAPI"}


def _rules(shape: Shape) -> list[NameRule]:
    if not shape.names:
        return []
    answer = Answer(504, 0.0, "5.5.2 Helo command rejected: need fully-qualified hostname")
    return [NameRule(name, shape.names["at"].upper(), answer) for name in _NAMES[shape.names["need"]]]
