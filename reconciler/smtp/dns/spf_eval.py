"""check_host() of RFC 7208: what a receiver says of one address, with the receiver's limits."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field, replace
from typing import NoReturn

from reconciler.smtp.dns.host import Address
from reconciler.smtp.dns.names import Names
from reconciler.smtp.dns.spf_macros import Sender, expanded
from reconciler.smtp.dns.spf_record import LOOKUPS, SpfError, Term, record
from reconciler.smtp.dns.spf_tree import MAX_EXCHANGES, MAX_LOOKUPS, MAX_VOIDS, published

_VERDICTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """none, neutral, pass, fail, softfail or permerror; `by` is the term that decided, or what is wrong.

    There is no temperror: an answer that does not come is raised as Unanswered.
    """

    result: str
    by: str = ""


async def verdict(names: Names, sender: Sender) -> Verdict:
    """An IPv4 address in the form of IPv6 counts as what it is."""
    if (four := getattr(sender.address, "ipv4_mapped", None)) is not None:
        sender = replace(sender, address=four)
    try:
        return await _Check(names=names, sender=sender).of(sender.domain)
    except SpfError as error:
        return Verdict(result="permerror", by=str(error))


@dataclass(slots=True, kw_only=True)
class _Check:
    names: Names
    sender: Sender
    lookups: int = 0
    voids: list[str] = field(default_factory=list)

    async def of(self, domain: str) -> Verdict:
        records = await published(self.names, domain)
        if not records:
            return Verdict(result="none")
        if len(records) > 1:
            raise SpfError(f"{domain} has {len(records)} SPF records")
        own = record(records[0])
        for term in own.terms:
            if await self._matches(term, domain):
                return Verdict(result=_VERDICTS[term.qualifier], by=term.text)
        if own.redirect is None:
            return Verdict(result="neutral", by="no term matches")
        self._count(f"redirect={own.redirect}")
        found = await self.of(expanded(own.redirect, self.sender, domain))
        if found.result == "none":
            raise SpfError(f"redirect={own.redirect}: no SPF record there")
        return found

    async def _matches(self, term: Term, domain: str) -> bool:
        if term.name == "all":
            return True
        if term.network is not None:
            return self.sender.address in term.network
        if term.name in LOOKUPS:
            self._count(term.text)
        target = expanded(term.domain, self.sender, domain) if term.domain else domain
        match term.name:
            case "include":
                return await self._included(term, target)
            case "a":
                return await self._at(term, target, counted=True)
            case "mx":
                return await self._exchange(term, target)
            case "exists":
                return bool(await self._records(term, target, "A"))
        return await self._pointer(term, target)

    async def _included(self, term: Term, target: str) -> bool:
        found = await self.of(target)
        if found.result == "none":
            raise SpfError(f"{term.text}: no SPF record there")
        return found.result == "pass"

    async def _at(self, term: Term, target: str, *, counted: bool) -> bool:
        kind = "A" if self.sender.address.version == 4 else "AAAA"
        records = await self._records(term, target, kind) if counted else (await self.names.ask(target, kind)).records
        prefix = term.prefix4 if self.sender.address.version == 4 else term.prefix6
        return any(_covers(text, prefix, self.sender.address) for text in records)

    async def _exchange(self, term: Term, target: str) -> bool:
        records = await self._records(term, target, "MX")
        if len(records) > MAX_EXCHANGES:
            raise SpfError(f"{term.text} leads to more than {MAX_EXCHANGES} hosts")
        for text in records:
            host = text.partition(" ")[2].rstrip(".")
            if host and await self._at(term, host, counted=False):
                return True
        return False

    async def _pointer(self, term: Term, target: str) -> bool:
        reverse = self.sender.address.reverse_pointer
        for text in (await self._records(term, reverse, "PTR"))[:MAX_EXCHANGES]:
            host = text.rstrip(".").lower()
            below = host == target.lower() or host.endswith(f".{target.lower()}")
            if below and await self._at(Term(text="", qualifier="+", name="a"), host, counted=False):
                return True
        return False

    async def _records(self, term: Term, target: str, kind: str) -> tuple[str, ...]:
        found = (await self.names.ask(target, kind)).records
        if not found:
            self.voids.append(term.text)
            if len(self.voids) > MAX_VOIDS:
                raise SpfError(f"more than {MAX_VOIDS} void lookups: {', '.join(self.voids)}")
        return found

    def _count(self, text: str) -> None:
        self.lookups += 1
        if self.lookups > MAX_LOOKUPS:
            _too_many(text)


def _too_many(text: str) -> NoReturn:
    raise SpfError(f"more than {MAX_LOOKUPS} lookups, at {text}")


def _covers(text: str, prefix: int, address: Address) -> bool:
    try:
        return address in ipaddress.ip_network(f"{text}/{prefix}", strict=False)
    except ValueError:
        return False
