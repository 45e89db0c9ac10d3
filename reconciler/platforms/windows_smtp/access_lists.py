"""Who may do something: entries as people write them, and as the metabase has them ("ip, mask", and domains)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any

from reconciler.model.settings import Value

ONLY, EXCEPT = "only-listed", "all-except-listed"
BROKEN = "cannot be read"


def mode(found: Mapping[str, Any] | None) -> Value:
    """A list that was never set lets nobody in; one that is there says itself which way it goes."""
    if found is None:
        return ONLY
    return BROKEN if "broken" in found else EXCEPT if found["all"] else ONLY


def entries(found: Mapping[str, Any] | None) -> Value:
    if found is None or "broken" in found:
        return ()
    return ordered([*map(_from_pair, found["addresses"]), *map(str, found["domains"])])


def ordered(found: Iterable[str]) -> tuple[str, ...]:
    """In one spelling and one order: in these lists the order means nothing."""
    return tuple(sorted({normal(one) for one in found}))


def normal(entry: str) -> str:
    """An address, a network as a.b.c.d/n, or a domain in small letters."""
    network = parsed(entry)
    if network is None:
        return entry.strip().lower()
    return str(network.network_address) if network.prefixlen == 32 else str(network)


def parsed(entry: str) -> IPv4Network | None:
    """None for a domain, and for what only looks like a network."""
    try:
        return IPv4Network(entry.strip())
    except ValueError:
        return None


def malformed(entry: str) -> bool:
    """Meant for an address, and none: domains may begin with a number, and never end with one (RFC 3696 section 2)."""
    numbered = entry.rpartition(".")[2][:1].isdigit()
    return ("/" in entry or numbered) and parsed(entry) is None


def split(found: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Addresses as "ip, mask", and domains."""
    networks = {one: parsed(one) for one in found}
    pairs = tuple(f"{net.network_address}, {net.netmask}" for net in networks.values() if net is not None)
    return pairs, tuple(one for one, net in networks.items() if net is None)


def wide(mode_: Value, found: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The part of a list that lets strangers in, and which; nothing when it does not."""
    if mode_ == EXCEPT:
        yield "mode", "everybody not on the list"
    for entry in found if mode_ == ONLY else ():
        network = parsed(entry)
        if network is not None and (network.prefixlen < 8 or (network.is_global and network.prefixlen < 24)):
            yield "entries", f"all of {network}"


def _from_pair(text: str) -> str:
    address, _, mask = (part.strip() for part in str(text).partition(","))
    return normal(f"{address}/{mask}" if mask else address)
