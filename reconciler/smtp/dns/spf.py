"""SMTP020: whether the sender's domain lets the relay send (SPF, RFC 7208)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from reconciler.model.handshake import CheckResult
from reconciler.smtp.dns import say
from reconciler.smtp.dns.host import Host
from reconciler.smtp.dns.names import Names, Unanswered
from reconciler.smtp.dns.spf_eval import Verdict, verdict
from reconciler.smtp.dns.spf_macros import Sender
from reconciler.smtp.dns.spf_record import SpfError, record
from reconciler.smtp.dns.spf_tree import MAX_LOOKUPS, MAX_VOIDS, Tree, published, tree

# Services that send from other addresses than those they take mail at; what their own documentation has customers add.
SERVICES = {
    "smtp.office365.com": "spf.protection.outlook.com",
    "smtp-mail.outlook.com": "spf.protection.outlook.com",
    "smtp.office365.us": "spf.protection.office365.us",
    "smtp.partner.outlook.cn": "spf.protection.partner.outlook.cn",
    "smtp.gmail.com": "_spf.google.com",
    "smtp-relay.gmail.com": "_spf.google.com",
}
_LOOKED_AT = 8  # addresses of the relay
_WORDS = {"none": "does not know", "permerror": "cannot be evaluated for"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spf:
    """`tree` is None while there is no one valid record; `hidden` are private addresses that it does not name."""

    domain: str
    records: tuple[str, ...]
    error: str | None = None
    tree: Tree | None = None
    verdicts: tuple[tuple[str, Verdict], ...] = ()
    hidden: tuple[str, ...] = ()
    open: str | None = None

    @property
    def usable(self) -> bool:
        """Whether receivers can evaluate it at all."""
        return self.tree is not None and not _problems(self.tree, covered=self.covered)

    @property
    def covered(self) -> bool:
        """Whether receivers that keep their limits let each of the relay's addresses send."""
        return bool(self.verdicts) and all(answer.result == "pass" for _, answer in self.verdicts)


async def found(names: Names, sender: str, host: Host) -> Spf:
    local, _, domain = sender.rpartition("@")
    records = await published(names, domain)
    if len(records) != 1:
        return Spf(domain=domain, records=records)
    try:
        own = await tree(names, domain, record(records[0]))
    except SpfError as error:
        return Spf(domain=domain, records=records, error=str(error))
    if own.problems or own.open:
        return Spf(domain=domain, records=records, tree=own, open=own.open)
    addresses = host.addresses[:_LOOKED_AT]
    senders = [Sender(local=local, domain=domain, address=address) for address in addresses]
    try:
        verdicts = await asyncio.gather(*(verdict(names, one) for one in senders))
    except Unanswered as error:
        return Spf(domain=domain, records=records, tree=own, open=str(error))
    paired = tuple((str(one.address), answer) for one, answer in zip(senders, verdicts, strict=True))
    # a private address that nobody declared is not the one mail leaves from
    hidden = tuple(
        str(one.address)
        for one, answer in zip(senders, verdicts, strict=True)
        if not one.address.is_global and answer.result != "pass"
    )
    return Spf(domain=domain, records=records, tree=own, verdicts=paired, hidden=hidden)


def result(spf: Spf, relay_host: str) -> CheckResult:
    evidence = "\n".join(spf.records)
    if len(spf.records) != 1:
        return _not_one(spf, evidence)
    if spf.error is not None or spf.tree is None:
        advice = f"correct the SPF record of {spf.domain}; until then receivers ignore it or refuse (permerror)"
        return say.warned("SMTP020", f"the SPF record is not valid: {spf.error}", evidence=evidence, advice=advice)
    if problem := _problems(spf.tree, covered=spf.covered):
        advice = "replace includes by ip4 and ip6, or drop unused ones; receivers give up on this (permerror)"
        return say.warned("SMTP020", f"the SPF record is in error: {problem}", evidence=evidence, advice=advice)
    if spf.open is not None:
        return say.unanswered("SMTP020", spf.open, evidence=evidence)
    return _coverage(spf, spf.tree, relay_host.lower().rstrip("."), evidence)


def _not_one(spf: Spf, evidence: str) -> CheckResult:
    if spf.records:
        reason = f"{spf.domain} has {len(spf.records)} SPF records; receivers treat that as an error"
        return say.warned("SMTP020", reason, evidence=evidence, advice="merge them into one")
    advice = f"publish a TXT record at {spf.domain} that names its relays, e.g. v=spf1 a:relay.example.com -all"
    return say.warned("SMTP020", f"{spf.domain} has no SPF record", advice=advice)


def _problems(own: Tree, *, covered: bool) -> str | None:
    """What makes every receiver, or some, give up; `covered`: the relay's addresses match before a limit is reached."""
    found = list(own.problems)
    if covered:
        return "; ".join(found[:3]) or None
    if own.lookups > MAX_LOOKUPS:
        found.append(f"{own.lookups} lookups, {MAX_LOOKUPS} are allowed")
    if len(own.voids) > MAX_VOIDS:
        found.append(f"{len(own.voids)} void lookups, {MAX_VOIDS} are allowed: {' '.join(own.voids[:5])}")
    return "; ".join(found[:3]) or None


def _coverage(spf: Spf, own: Tree, host: str, evidence: str) -> CheckResult:
    counted = f"{own.lookups} of {MAX_LOOKUPS} lookups"
    service = SERVICES.get(host)
    if service and service not in own.below:
        reason, advice = f"{spf.domain} does not include {service}, which {host} sends from", f"add include:{service}"
        return say.warned("SMTP020", reason, evidence=evidence, advice=advice)
    refused = [one for one in spf.verdicts if one[1].result != "pass" and one[0] not in spf.hidden]
    if refused and not service:
        return _not_covered(spf, refused, evidence)
    if own.weak:
        advice = "end the record with -all or ~all, and name addresses by ip4 and ip6"
        return say.warned("SMTP020", own.weak[0], evidence=evidence, advice=advice)
    if service:
        return say.passed("SMTP020", f"{spf.domain} includes {service}, {counted}", evidence=evidence)
    if not spf.verdicts:
        reason = f"the SPF record is valid, {counted}; the relay has no address here to check against it"
        return say.noted("SMTP020", reason, evidence=evidence)
    if spf.hidden:
        reason = f"the SPF record is valid, {counted}; the relay's {spf.hidden[0]} is private; mail leaves from another"
        return say.noted("SMTP020", reason, evidence=evidence)
    by = ", ".join(dict.fromkeys(answer.by for _, answer in spf.verdicts))
    if own.lookups > MAX_LOOKUPS or len(own.voids) > MAX_VOIDS:
        reason = (
            f"{spf.domain} lets the relay send (by {by}), but the record has {counted}: what comes later is never read"
        )
        return say.noted("SMTP020", reason, evidence=evidence)
    return say.passed("SMTP020", f"{spf.domain} lets the relay send (by {by}), {counted}", evidence=evidence)


def _not_covered(spf: Spf, refused: list[tuple[str, Verdict]], evidence: str) -> CheckResult:
    address, answer = refused[0]
    why = _WORDS.get(answer.result, f"says {answer.result} to")
    also = f" and {len(refused) - 1} more" if len(refused) > 1 else ""
    reason = f"{spf.domain} {why} the relay's {address}{also}: {answer.by}"
    family = "ip6" if ":" in address else "ip4"
    advice = f"add {family}:{address} or what covers it; if the relay sends through other hosts, add those"
    return say.warned("SMTP020", reason, evidence=evidence, advice=advice)
