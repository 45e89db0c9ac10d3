"""Networks and restrictions: as declared, as main.cf has them, and in the one spelling in which both compare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

from reconciler.platforms.postfix.observed import entries

Network = IPv4Network | IPv6Network
# restrictions that take a word with them
_WITH_A_WORD = ("check_", "reject_rbl_client", "reject_rhsbl_", "permit_dnswl_client", "permit_rhswl_client", "sleep")


def network(text: str) -> Network | None:
    """None for a table (cidr:/etc/postfix/networks), an exclusion (!192.0.2.1), or what is no network at all."""
    try:
        return ip_network(text.replace("[", "").replace("]", ""))
    except ValueError:
        return None


def networks(texts: Iterable[str]) -> tuple[str, ...]:
    """In one spelling; and sorted, unless an exclusion makes the order matter."""
    words = list(dict.fromkeys(str(network(text) or text) for text in texts))
    if any(word.startswith("!") for word in words):
        return tuple(words)
    return tuple(sorted(words, key=lambda word: (network(word) is None, ":" in word, word)))


def as_networks(texts: Sequence[object]) -> str:
    """For main.cf: an IPv6 address stands in brackets there."""
    found = [(str(text), network(str(text))) for text in texts]
    return ", ".join(
        f"[{net.network_address}]/{net.prefixlen}" if isinstance(net, IPv6Network) else text for text, net in found
    )


def restrictions(value: str) -> tuple[str, ...]:
    """One entry for each restriction, with the word that it takes."""
    found: list[str] = []
    for word in entries(value):
        takes = bool(found) and found[-1].startswith(_WITH_A_WORD) and " " not in found[-1]
        found[-1:] = [f"{found[-1]} {word}"] if takes else [*found[-1:], word]
    return tuple(found)
