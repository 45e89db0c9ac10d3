"""DMARC: which record counts for the sender's domain, and what its organisation is.

By the DNS tree walk of RFC 9989 (section 4.10), which needs no public suffix list: from the domain towards the root,
names of eight labels and more jump to seven, `psd=n` and `psd=y` end it. A domain above that has no record of its own
is no organisation to it; RFC 7489 with a suffix list may see one there.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from reconciler.smtp.dns.names import Answer, Names, Unanswered
from reconciler.smtp.dns.tags import BadTags, tags

_POLICIES = ("none", "quarantine", "reject")
_ALLOWED = {
    "p": _POLICIES,
    "sp": _POLICIES,
    "np": _POLICIES,
    "adkim": ("r", "s"),
    "aspf": ("r", "s"),
    "t": ("y", "n"),
    "psd": ("y", "n", "u"),
}
_JUMP = 7
# RFC 9989, section 4.8: the name of the version in any case, its value in capitals, and no blank before it
_VERSION = re.compile(r"[vV][ \t]*=[ \t]*DMARC1[ \t]*(;|$)")
_REMOVED = ("pct", "rf", "ri")  # of RFC 7489; RFC 9989 (appendix C) has them no more
_DOWN = {"reject": "quarantine", "quarantine": "none"}  # what t=y makes of a policy (section 4.7)
_REPORTS = re.compile(r"mailto:[^\s@,!]+@[^\s@,!]+(![0-9]+[kmgt]?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dmarc:
    """`at` is where the record that counts stands, `policy` what it asks for this domain."""

    domain: str
    organisation: str
    at: str | None = None
    record: str = ""
    policy: str = "none"
    strict_dkim: bool = False
    testing: bool = False
    asked: str = "none"  # as the record has it, where t=y makes less of it
    below: str | None = None  # np, for a subdomain that does not exist
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # what is ignored


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    """One step of the walk. Several records at one name are as none (4.10)."""

    domain: str
    record: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    count: int = 0
    problem: str | None = None


async def found(names: Names, domain: str) -> Dmarc:
    """The policy of a domain. Raises Unanswered where a record that could count is not known."""
    own = domain.lower().rstrip(".")
    answers = await asyncio.gather(*(_asked(names, one) for one in walk(own)))
    if isinstance(answers[0], Unanswered):
        raise answers[0]
    sites: list[_Site] = []
    for target, answer in zip(walk(own), answers, strict=True):
        if isinstance(answer, Unanswered):
            if not any(site.tags for site in sites):
                raise answer
            break  # above is not known, but the record that counts is
        sites.append(_site(target, answer.records))
        if _psd(sites[-1]) in ("y", "n"):
            break
    return await _existing(names, _chosen(own, sites))


def walk(domain: str) -> tuple[str, ...]:
    """The domains to look at, the sender's own first."""
    labels = domain.split(".")
    rest = labels[1:] if len(labels) <= _JUMP else labels[-_JUMP:]
    return (domain, *(".".join(rest[start:]) for start in range(len(rest))))


async def _asked(names: Names, domain: str) -> Answer | Unanswered:
    try:
        return await names.ask(f"_dmarc.{domain}", "TXT")
    except Unanswered as error:
        return error


def _site(domain: str, records: Sequence[str]) -> _Site:
    mine = [text for text in records if _VERSION.match(text)]
    if len(mine) != 1:
        return _Site(domain=domain, count=len(mine))
    try:
        return _Site(domain=domain, record=mine[0], tags=tags(mine[0], fold=True), count=1)
    except BadTags as error:
        return _Site(domain=domain, record=mine[0], count=1, problem=str(error))


def _chosen(domain: str, sites: Sequence[_Site]) -> Dmarc:
    organisation = _organisation(domain, sites)
    by_domain = {site.domain: site for site in sites}
    suffix = next((site for site in reversed(sites) if _psd(site) == "y"), None)
    candidates = (sites[0], by_domain.get(organisation), suffix)
    counts = next((site for site in candidates if site is not None and site.tags), None)
    if counts is None or not _applied(counts.tags):
        wrong = _values(counts.tags) if counts is not None else ()
        return Dmarc(domain=domain, organisation=organisation, problems=(*_faults(sites), *wrong))
    asked = _policy(counts.tags, "p" if counts.domain == domain else "sp")
    testing = counts.tags.get("t", "n").lower() == "y"
    return Dmarc(
        domain=domain,
        organisation=organisation,
        at=counts.domain,
        record=counts.record,
        policy=_DOWN.get(asked, asked) if testing else asked,
        asked=asked,
        strict_dkim=counts.tags.get("adkim", "r").lower() == "s",
        testing=testing,
        below=_policy(counts.tags, "np") if counts.domain != domain and "np" in counts.tags else None,
        problems=(*_faults(sites[:1]), *_values(counts.tags)),
        notes=tuple(f"{name}= is removed by RFC 9989, and ignored" for name in _REMOVED if name in counts.tags),
    )


async def _existing(names: Names, found: Dmarc) -> Dmarc:
    """What np says of a domain that is not there (section 4.7); silence of DNS leaves sp or p."""
    if found.below is None:
        return found
    try:
        answer = await names.ask(found.domain, "A")
    except Unanswered:
        return found
    if answer.exists:
        return found
    return replace(
        found, asked=found.below, policy=_DOWN.get(found.below, found.below) if found.testing else found.below
    )


def _policy(found: dict[str, str], name: str) -> str:
    """Of p, sp or np; what is not given falls back to the one before (section 4.7)."""
    order = {"p": ("p",), "sp": ("sp", "p"), "np": ("np", "sp", "p")}[name]
    if not _sound(found):
        return "none"
    return next((found[one].lower() for one in order if one in found), "none")


def _applied(found: dict[str, str]) -> bool:
    """Without a valid policy a record counts, as p=none, only where it asks for reports (section 4.10.1)."""
    return _sound(found) or any(_REPORTS.fullmatch(uri.strip()) for uri in found.get("rua", "").split(","))


def _sound(found: dict[str, str]) -> bool:
    return "p" in found and all(found[name].lower() in _POLICIES for name in ("p", "sp", "np") if name in found)


def _organisation(domain: str, sites: Sequence[_Site]) -> str:
    """RFC 9989, section 4.10.2."""
    valid = [site for site in sites if site.tags]
    for site in valid:
        if _psd(site) == "n":
            return site.domain
        if _psd(site) == "y" and site.domain != domain:
            below = domain.removesuffix(f".{site.domain}").rpartition(".")[2]
            return f"{below}.{site.domain}"
    return min((site.domain for site in valid), key=lambda one: one.count("."), default=domain)


def _psd(site: _Site) -> str:
    """Whether it says of itself that it is a public suffix, like a registry's domain."""
    return site.tags.get("psd", "u").lower()


def _faults(sites: Sequence[_Site]) -> tuple[str, ...]:
    several = [
        f"_dmarc.{one.domain} has {one.count} records; receivers ignore them all" for one in sites if one.count > 1
    ]
    return (*several, *(f"_dmarc.{one.domain}: {one.problem}" for one in sites if one.problem))


def _values(found: dict[str, str]) -> tuple[str, ...]:
    wrong = [
        f"{name}={found[name][:40]} is not one of {', '.join(allowed)}"
        for name, allowed in _ALLOWED.items()
        if name in found and found[name].lower() not in allowed
    ]
    if "p" not in found:
        wrong.append("no p=, which older receivers require")
    reports = [uri.strip() for name in ("rua", "ruf") for uri in found.get(name, "").split(",") if uri.strip()]
    wrong += [f"'{uri[:60]}' is not a mailto: address" for uri in reports if not _REPORTS.fullmatch(uri)]
    if not {one.strip().lower() for one in found.get("fo", "0").split(":")} <= {"0", "1", "d", "s"}:
        wrong.append(f"fo={found['fo'][:40]} is not of 0, 1, d, s")
    return tuple(wrong)
