"""Writes docs/clients.md from `reconciler/smtp/clients`: each client by what it does, and what to look out for.

python docs/clients_page.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP), str(TOP / "docs")]

from marked import renewed  # noqa: E402

from reconciler.model.handshake import Auth  # noqa: E402
from reconciler.smtp.clients.client import Client, Fact, load, names  # noqa: E402

PAGE = TOP / "docs/clients.md"
BEGIN, END = "<!-- clients: written by docs/clients_page.py -->", "<!-- /clients -->"
GROUPS = {
    "Login": {
        "mechanisms.basic": "passwords, in this order",
        "choice": "it takes",
        "set_mechanism": "set to",
        "mechanisms.oauth2": "tokens",
        "no_auth": "no AUTH offered",
        "none_fits": "none that it takes",
        "after_refusal": "after a refused login",
        "login_in_clear": "login without TLS",
        "no_password": "user without password",
        "no_user": "password without user",
        "non_ascii_login": "login outside of ASCII",
    },
    "The form of a login": {
        "login_form": "user name of AUTH LOGIN",
        "challenges": "texts that LOGIN asks with",
        "asked_twice": "LOGIN that asks twice",
        "plain_form": "AUTH PLAIN",
        "authorization_identity": "identity before the user",
        "long_response": "a long credential",
        "token_tries": "logins per refused token",
        "after_closed": "connection ends at the login",
    },
    "EHLO": {
        "ehlo_name": "EHLO says",
        "ehlo_key": "set by",
        "helo": "HELO after",
        "after_helo": "offered then",
        "keywords": "keywords seen in",
        "mechanism_names": "mechanisms seen in",
        "auth_equals": "`AUTH=`",
    },
    "TLS": {
        "starttls": "`starttls` is",
        "starttls_unset": "STARTTLS with `none`",
        "starttls_refused": "STARTTLS refused",
        "implicit": "implicit TLS",
        "auth_before_tls": "logins offered before TLS",
        "tls_versions": "versions",
        "suites": "suites of TLS 1.2",
    },
    "Certificate and name": {
        "certificate": "certificate",
        "name_check": "names that count",
        "revocation": "revocation",
        "sni": "SNI",
        "trailing_dot": "dot at the end",
        "idn_host": "host outside of ASCII",
        "address_host": "an address as host",
        "ipv6_literal": "IPv6 address",
    },
    "Addresses and patience (seconds)": {
        "addresses": "addresses",
        "family": "first",
        "dead_address": "leaves a dead one after",
        "refused_address": "one that refuses",
        "timeout.connect": "connection",
        "timeout.greeting": "greeting",
        "timeout.read": "each answer",
        "timeout.login": "up to the login",
        "timeout.mail": "MAIL to the last answer",
        "timeout.total": "in all",
        "quit": "answer to QUIT",
    },
    "Mail": {
        "envelope_sender": "envelope sender",
        "from": "From",
        "one_recipient": "one refused of two: who gets it",
        "one_recipient_told": "and it says",
        "parameters": "parameters of MAIL",
        "pipelining": "pipelining",
        "size": "SIZE",
        "connection": "connection",
        "idle": "closed meanwhile",
        "non_ascii_local": "local part outside of ASCII",
        "non_ascii_domain": "domain outside of ASCII",
    },
}

# what only some clients have
_OF_SOME = frozenset({"set_mechanism", "token_tries", "asked_twice", "timeout.login", "timeout.mail"})
_OF_PLAIN = frozenset({"plain_form", "authorization_identity"})


def main() -> int:
    PAGE.write_text(with_tables(PAGE.read_text("utf-8")), "utf-8")
    return 0


def with_tables(page: str) -> str:
    """The page with its tables renewed; ValueError for one without the marks."""
    return renewed(page, BEGIN, END, _lines())


def _lines() -> Iterator[str]:
    clients = [load(name) for name in names()]
    yield from ("## By application: what to look out for", "")
    for one in clients:
        yield from _application(one)
    yield from ("## By behaviour", "")
    for title, facts in GROUPS.items():
        yield from (f"### {title}", "", f"| | {' | '.join(facts.values())} |", f"|{' --- |' * (len(facts) + 1)}")
        yield from (f"| `{one.name}` | {' | '.join(_cell(one, name) for name in facts)} |" for one in clients)
        yield ""
    yield from ("## Other versions", "", "| | what | versions | value |", "| --- | --- | --- | --- |")
    yield from _other_versions(clients)


def _application(one: Client) -> Iterator[str]:
    yield f"### `{one.name}`: {one.application or one.title}"
    yield ""
    as_another = f" As `{one.like}`, but for what is its own below." if one.like else ""
    yield f"Looked at: {one.versions}.{as_another}"
    yield ""
    yield from (f"- {text}" for text in one.look_out)
    if not one.look_out:
        yield "- What it does is UNVERIFIED: nobody has run it."
    yield ""


def _cell(one: Client, name: str) -> str:
    if (fact := one.facts.get(name)) is not None:
        return _shown(fact)
    without_plain = name in _OF_PLAIN and "PLAIN" not in (one.mechanisms(Auth.BASIC) or ("PLAIN",))
    return "" if name in _OF_SOME or without_plain else "UNVERIFIED"


def _shown(fact: Fact) -> str:
    value = ", ".join(fact.value) or "none" if isinstance(fact.value, tuple) else str(fact.value)
    escaped = value.replace("|", "\\|").replace("<", "&lt;").replace("_", "\\_").replace("*", "\\*")
    return escaped if fact.verified else f"{escaped} (UNVERIFIED)"


def _other_versions(clients: list[Client]) -> Iterator[str]:
    told = {
        (id(fact), name): one for one in reversed(clients) for name, fact in one.facts.items() if fact.other_versions
    }
    for (_, name), one in sorted(told.items(), key=lambda item: (item[1].name, item[0][1])):
        for other in one.facts[name].other_versions:
            yield f"| `{one.name}` | {name} | {other.versions} | {_shown(other)} |"


if __name__ == "__main__":
    sys.exit(main())
