"""SMTP023: MTA-STS (RFC 8461) of the sender's domain and TLSA (RFC 7672) of the relay.

Both are for mail from server to server, not for submission: they are told and never fail.
"""

from __future__ import annotations

import asyncio

from reconciler.model.handshake import CheckResult, Relay
from reconciler.model.text.message import worded
from reconciler.smtp.dns import say
from reconciler.smtp.dns.names import Names, Unanswered
from reconciler.smtp.dns.tags import BadTags, tags


async def result(relay: Relay, names: Names, domain: str | None) -> CheckResult:
    sts, tlsa = await asyncio.gather(_sts(names, domain), _tlsa(names, relay))
    evidence = "\n".join(part for part in (sts[1], tlsa[1]) if part)
    return say.noted("SMTP023", worded("{sts}, {tlsa}", sts=sts[0], tlsa=tlsa[0]), evidence=evidence or None)


async def _sts(names: Names, domain: str | None) -> tuple[str, str]:
    if domain is None:
        return worded("MTA-STS: no sender is {declared}"), ""
    try:
        records = (await names.ask(f"_mta-sts.{domain}", "TXT")).records
    except Unanswered as error:
        return f"MTA-STS: not known ({error})", ""
    mine = [text for text in records if text.startswith("v=STSv1")]
    if not mine:
        return f"MTA-STS: {domain} has none", ""
    try:
        valid = len(mine) == 1 and tags(mine[0]).get("id", "").isalnum()
    except BadTags:
        valid = False
    return f"MTA-STS: {domain} {'has a policy' if valid else 'has a record that is not valid'}", mine[0]


async def _tlsa(names: Names, relay: Relay) -> tuple[str, str]:
    if relay.host.replace(".", "").isdigit() or ":" in relay.host:
        return "TLSA: the host is an address", ""
    name = f"_{relay.port}._tcp.{relay.host.rstrip('.')}"
    try:
        records = (await names.ask(name, "TLSA")).records
    except Unanswered as error:
        return f"TLSA: not known ({error})", ""
    return (f"TLSA: {len(records)} at {name}", records[0]) if records else (f"TLSA: none at {name}", "")
