"""The grammar of SPF (RFC 7208 sections 4.6.1, 5, 6 and 12): text in, terms out. Asks nobody."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.smtp.dns.names import CUT

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOKUPS = frozenset({"include", "a", "mx", "ptr", "exists"})  # each costs one of the ten; so does redirect
_MACRO = r"%\{[slodiphv](?:[1-9][0-9]{0,2})?r?[.\-+,/_=]*\}"
_STRING = re.compile(rf"(?:{_MACRO}|%%|%_|%-|[!-$&-~])*", re.IGNORECASE)
_END = re.compile(rf"(?:{_MACRO}|\.(?=[a-z0-9-]*[a-z-])[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.?)\Z", re.IGNORECASE)
_CIDR = re.compile(r"(?:/(0|[1-9][0-9]?))?(?://(0|[1-9][0-9]{0,2}))?\Z")
_ODD = re.compile(r"\\x(?:[01][0-9a-f]|7f|[89a-f][0-9a-f])")  # as Names writes bytes that are not printable ASCII
_MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(.*)\Z", re.IGNORECASE)
_MECHANISM = re.compile(r"([+?~-]?)([a-z0-9_-]+)(.*)\Z", re.IGNORECASE)


class SpfError(ValueError):
    """The record is a permerror; says which term and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A mechanism. `domain` may hold macros and is None where the current domain is meant."""

    text: str
    qualifier: str
    name: str
    domain: str | None = None
    network: Network | None = None
    prefix4: int = 32
    prefix6: int = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """`terms` up to `all`: what comes after it is never tried. `redirect` is None beside an `all`."""

    text: str
    terms: tuple[Term, ...]
    redirect: str | None = None


def is_spf(text: str) -> bool:
    """Whether a TXT record is one of SPF (RFC 7208, section 4.5)."""
    return text[:7].lower() in ("v=spf1", "v=spf1 ")


def record(text: str) -> Record:
    """Raises SpfError, and nothing else, whatever the text."""
    if text.endswith(CUT):
        raise SpfError(f"the record is longer than {len(text) - 1} characters")
    if found := _ODD.search(text):
        raise SpfError(f"the record holds {found[0]}, which is no printable ASCII")
    if not is_spf(text):
        raise SpfError("the record does not begin with v=spf1")
    terms: list[Term] = []
    modifiers: dict[str, str] = {}
    for word in text[6:].split(" "):
        if not word:
            continue
        if modifier := _MODIFIER.match(word):
            _add(modifiers, word, modifier[1].lower(), modifier[2])
        else:
            terms.append(_term(word))
    ends = next((index for index, term in enumerate(terms) if term.name == "all"), None)
    if ends is not None:
        return Record(text=text, terms=tuple(terms[: ends + 1]))
    return Record(text=text, terms=tuple(terms), redirect=modifiers.get("redirect"))


def _add(modifiers: dict[str, str], word: str, name: str, value: str) -> None:
    if name in ("redirect", "exp"):
        if name in modifiers:
            raise SpfError(f"{name}= occurs twice")
        _domain(word, value)
    elif not _STRING.fullmatch(value):
        raise SpfError(f"{_short(word)}: not a macro string")
    modifiers[name] = value


def _term(word: str) -> Term:
    matched = _MECHANISM.match(word)
    if matched is None:
        raise SpfError(f"{_short(word)}: not a mechanism")
    qualifier, name, rest = matched[1] or "+", matched[2].lower(), matched[3]
    if name == "all" and not rest:
        return Term(text=word, qualifier=qualifier, name=name)
    if name in ("include", "exists") and rest.startswith(":"):
        return Term(text=word, qualifier=qualifier, name=name, domain=_domain(word, rest[1:]))
    if name in ("ip4", "ip6") and rest.startswith(":"):
        return Term(text=word, qualifier=qualifier, name=name, network=_network(word, name, rest[1:]))
    if name == "ptr" and (not rest or rest.startswith(":")):
        return Term(text=word, qualifier=qualifier, name=name, domain=_domain(word, rest[1:]) if rest else None)
    if name in ("a", "mx") and (not rest or rest[0] in ":/"):
        return _host_term(word, qualifier, name, rest)
    if name in ("all", "include", "exists", "ip4", "ip6", "ptr", "a", "mx"):
        raise SpfError(f"{_short(word)}: {name} has the wrong syntax")
    raise SpfError(f"{_short(word)}: unknown mechanism")


def _host_term(word: str, qualifier: str, name: str, rest: str) -> Term:
    cidr = _CIDR.search(rest)
    domain = rest[: cidr.start()] if cidr else rest
    four, six = (cidr[1], cidr[2]) if cidr else (None, None)
    prefix4, prefix6 = int(four or 32), int(six or 128)
    if prefix4 > 32 or prefix6 > 128:
        raise SpfError(f"{_short(word)}: invalid prefix length")
    spec = _domain(word, domain[1:]) if domain.startswith(":") else None
    if domain and spec is None:
        raise SpfError(f"{_short(word)}: {name} has the wrong syntax")
    return Term(text=word, qualifier=qualifier, name=name, domain=spec, prefix4=prefix4, prefix6=prefix6)


def _network(word: str, name: str, text: str) -> Network:
    kind = ipaddress.IPv4Network if name == "ip4" else ipaddress.IPv6Network
    address, slash, prefix = text.partition("/")
    if (slash and not re.fullmatch(r"0|[1-9][0-9]{0,2}", prefix)) or "%" in address:
        raise SpfError(f"{_short(word)}: invalid prefix length")
    try:
        return kind(text, strict=False)
    except ValueError:
        raise SpfError(f"{_short(word)}: not an address or network of IPv{name[-1]}") from None


def _domain(word: str, text: str) -> str:
    if not _STRING.fullmatch(text) or not _END.search(text):
        raise SpfError(f"{_short(word)}: '{_short(text)}' is not a domain")
    return text


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
