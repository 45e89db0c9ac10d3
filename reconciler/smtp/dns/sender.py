"""What DNS says of a relay and of the sender who uses it. Warns at most; silence of a name server is no verdict.

spf_record, spf_macros, dkim.key and tags ask nobody; whatever else needs DNS asks names.Names.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from reconciler.model.handshake import CheckResult, Relay
from reconciler.model.text.message import worded
from reconciler.smtp.dns import alignment, dkim, dmarc, host, say, spf, transport
from reconciler.smtp.dns.dkim import Key
from reconciler.smtp.dns.dmarc import Dmarc
from reconciler.smtp.dns.host import Host
from reconciler.smtp.dns.names import Names, Unanswered
from reconciler.smtp.dns.spf import Spf

IDS = ("SMTP010", "SMTP011", "SMTP020", "SMTP021", "SMTP022", "SMTP023")
PER_QUERY = 0.4  # of the whole time: two questions in a row may stay without an answer
_T = TypeVar("_T")


async def checks(
    relay: Relay, *, timeout: float = 5.0, names: Names | None = None, private_allowed: bool = False
) -> tuple[CheckResult, ...]:
    """Every check of IDS, in order, within `timeout` seconds.

    Give the same `names` for relays with the same resolver, so that nothing is asked twice. `private_allowed` lets the
    host resolve to a private address.
    """
    names = names or Names(relay.resolver, seconds=timeout * PER_QUERY)
    domain = _domain(relay)

    async def within(part: Awaitable[_T]) -> _T | Unanswered:
        try:
            async with asyncio.timeout(timeout):
                return await part
        except Unanswered as error:
            return error
        except TimeoutError:
            return Unanswered(f"{names.server} took more than {timeout:.3g} s")

    where, stands, policy, keys, extra = await asyncio.gather(
        within(host.found(relay, names)),
        within(_spf(relay, names)),
        within(_dmarc(names, domain)),
        within(_keys(relay, names, domain)),
        within(transport.result(relay, names, domain)),
    )
    return (
        *_host(relay, where, names, private_allowed=private_allowed),
        *_sender(relay, domain, stands, policy, keys),
        _or_unanswered("SMTP023", extra, lambda found: found, never_bad=True),
    )


def _host(relay: Relay, where: Host | Unanswered, names: Names, *, private_allowed: bool) -> tuple[CheckResult, ...]:
    if isinstance(where, Unanswered):
        return say.unanswered("SMTP010", str(where)), say.skipped("SMTP011", "the host's addresses are unknown")
    return tuple(host.results(relay, where, names.server, private_allowed=private_allowed))


def _sender(
    relay: Relay,
    domain: str | None,
    stands: Spf | Unanswered | None,
    policy: Dmarc | Unanswered | None,
    keys: Sequence[Key] | Unanswered,
) -> tuple[CheckResult, ...]:
    if domain is None:
        why = worded("no sender with a domain is {declared} (sender.address)")
        return tuple(say.skipped(one, why) for one in ("SMTP020", "SMTP021", "SMTP022"))
    known_spf = None if isinstance(stands, Unanswered) or (stands and stands.open) else stands
    known_keys = None if isinstance(keys, Unanswered) else keys
    return (
        _or_unanswered("SMTP020", stands, lambda found: spf.result(found, relay.host)),
        _or_unanswered("SMTP021", keys, lambda found: dkim.result(found, domain)),
        _or_unanswered("SMTP022", policy, lambda found: alignment.result(found, known_spf, known_keys)),
    )


def _or_unanswered(
    check: str, found: _T | Unanswered | None, result: Callable[[_T], CheckResult], *, never_bad: bool = False
) -> CheckResult:
    if isinstance(found, Unanswered) or found is None:
        why = str(found)
        return say.noted(check, f"no answer from DNS: {why}") if never_bad else say.unanswered(check, why)
    return result(found)


async def _spf(relay: Relay, names: Names) -> Spf | None:
    if relay.sender is None or _domain(relay) is None:
        return None
    return await spf.found(names, relay.sender, await host.found(relay, names))


async def _dmarc(names: Names, domain: str | None) -> Dmarc | None:
    return await dmarc.found(names, domain) if domain else None


async def _keys(relay: Relay, names: Names, domain: str | None) -> tuple[Key, ...]:
    """Below the sender's own domain, else below its organisation."""
    if domain is None or not relay.dkim_selectors:
        return ()
    keys = await dkim.found(names, relay.dkim_selectors, (domain,))
    if all(one.domain is not None for one in keys):
        return keys
    above = (await dmarc.found(names, domain)).organisation
    return await dkim.found(names, relay.dkim_selectors, tuple(dict.fromkeys((domain, above))))


def _domain(relay: Relay) -> str | None:
    _, at, domain = (relay.sender or "").lower().rstrip(".").rpartition("@")
    return domain if at and domain and not domain.startswith("[") else None
