"""SMTP010 and SMTP011: what DNS says of the relay's name."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.model.handshake import CheckResult, Relay
from reconciler.smtp.dns import say
from reconciler.smtp.dns.names import Answer, Names, Unanswered

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
# names of a network's own (RFC 6761, 6762, 8375, 9476 and custom); what they resolve to is private of course
_INSIDE = ("localhost", "local", "internal", "lan", "corp", "home", "intranet", "private", "home.arpa", "test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """`open` says why a family is not known. `literal`: the host is an address, DNS was not asked."""

    addresses: tuple[Address, ...]
    answers: tuple[Answer, ...] = ()
    open: str | None = None
    literal: bool = False


async def found(relay: Relay, names: Names) -> Host:
    literal = _literal(relay.host)
    if literal is not None:
        return Host(addresses=(literal,), literal=True)
    both = await asyncio.gather(*(_asked(names, relay.host, kind) for kind in ("A", "AAAA")))
    answers = tuple(one for one in both if isinstance(one, Answer))
    addresses = {address for answer in answers for record in answer.records if (address := _literal(record))}
    silent = next((str(one) for one in both if isinstance(one, Unanswered)), None)
    return Host(addresses=tuple(sorted(addresses, key=lambda one: (one.version, one))), answers=answers, open=silent)


def results(relay: Relay, host: Host, server: str, *, private_allowed: bool) -> Iterator[CheckResult]:
    if host.literal:
        yield say.passed("SMTP010", "the host is an address")
        yield say.skipped("SMTP011", "the host is an address")
        return
    yield _resolves(relay, host, server, private_allowed=private_allowed)
    yield _families(host)


def _resolves(relay: Relay, host: Host, server: str, *, private_allowed: bool) -> CheckResult:
    if not host.addresses and relay.via is not None:
        return say.skipped("SMTP010", f"the name is looked up at the other end of {relay.via}")
    if not host.addresses:
        return _nowhere(relay, host, server)
    evidence = _evidence(host, server)
    hidden = [str(one) for one in host.addresses if not one.is_global]
    if hidden and not private_allowed and not _inside(relay.host):
        reason = f"{relay.host} resolves to {', '.join(hidden)}, which is private, loopback or reserved"
        advice = "if intended, list the host in policy.relay_hosts of reconciler.yaml; else correct the zone"
        return say.warned("SMTP010", reason, evidence=evidence, advice=advice)
    return say.passed("SMTP010", f"{relay.host} resolves", evidence=evidence)


def _nowhere(relay: Relay, host: Host, server: str) -> CheckResult:
    if host.open is not None:
        return say.unanswered("SMTP010", host.open)
    chain = _chain(relay, host)
    if any(answer.looped for answer in host.answers):
        advice = "correct the CNAME records: they form a loop, or a chain of more than eight"
        return say.warned("SMTP010", f"the aliases of {relay.host} lead nowhere", evidence=chain, advice=advice)
    exists = all(answer.exists for answer in host.answers)
    said = "has neither A nor AAAA" if exists else "does not exist in DNS"
    advice = "check the host name; a name from a hosts file works on that machine only"
    evidence = "\n".join(filter(None, (f"asked {server}", chain)))
    return say.warned("SMTP010", f"{relay.host} {said}", evidence=evidence, advice=advice)


def _families(host: Host) -> CheckResult:
    versions = {one.version for one in host.addresses}
    if not versions:
        return say.skipped("SMTP011", "the host has no address here")
    if len(versions) == 2:
        return say.passed("SMTP011", "published for IPv4 and IPv6")
    if host.open is not None:
        return say.noted("SMTP011", f"published for IPv{versions.pop()}; the other family is unknown: {host.open}")
    return say.noted("SMTP011", f"published for IPv{versions.pop()} only")


def _evidence(host: Host, server: str) -> str:
    ttl = min(answer.ttl for answer in host.answers if answer.ttl is not None)
    shown = [str(one) for one in host.addresses]
    more = f" and {len(shown) - 8} more" if len(shown) > 8 else ""
    chain = max((answer.aliases for answer in host.answers), key=len)
    alias = f"\nalias of {' → '.join(chain)}" if chain else ""
    return f"{', '.join(shown[:8])}{more} (TTL {ttl} s, asked {server}){alias}"


def _chain(relay: Relay, host: Host) -> str | None:
    aliases = max((answer.aliases for answer in host.answers), key=len, default=())
    return " → ".join((relay.host, *aliases)) if aliases else None


async def _asked(names: Names, host: str, kind: str) -> Answer | Unanswered:
    try:
        return await names.ask(host, kind, search=True)
    except Unanswered as error:
        return error


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return ipaddress.ip_address("127.0.0.1") if host.lower().rstrip(".") == "localhost" else None


def _inside(host: str) -> bool:
    name = host.lower().rstrip(".")
    return "." not in name or any(name.endswith(f".{suffix}") for suffix in _INSIDE)
