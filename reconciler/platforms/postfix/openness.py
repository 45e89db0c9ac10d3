"""Whether strangers can send mail through a relay to anywhere: an open relay. Pure, and on the cautious side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.platforms.postfix import networks as lists

# what refuses a stranger's mail to a foreign recipient for certain; after it nothing counts
_CLOSING = frozenset({"reject", "defer", "reject_unauth_destination", "defer_unauth_destination"})
# the most public addresses that one entry may hold: a /24, or a /48 of IPv6. No private network is wider than /8 or /7.
_PUBLIC_V4, _PUBLIC_V6 = 24, 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """`field` is the setting in which it is."""

    field: str
    what: str
    why: str
    fix: str

    @property
    def parameter(self) -> str:
        return "mynetworks" if self.field == "mynetworks" else "smtpd_relay_restrictions"


def opening(networks: Sequence[str] | None, restrictions: Sequence[str] | None) -> Opening | None:
    """None where there is none. A list that is None is taken for the default of Postfix, which is safe."""
    words = restrictions if restrictions is not None else ("permit_mynetworks", "defer_unauth_destination")
    for word in words:
        if word in _CLOSING:
            return None
        if word == "permit":
            return Opening(
                field="relay_restrictions",
                what="relay_restrictions: permit comes before anything that refuses strangers",
                why="an open relay: anyone who reaches the port can send mail anywhere through it",
                fix="relay_restrictions: [permit_mynetworks, reject_unauth_destination]",
            )
        if word == "permit_mynetworks" and (wide := next(filter(_wide, networks or ()), None)):
            return Opening(
                field="mynetworks",
                what=f"mynetworks: {wide} is {_size(wide)}",
                why="an open relay: all of them can send mail anywhere through it",
                fix="name only your applications' networks, e.g. 10.20.0.0/16",
            )
    return Opening(
        field="relay_restrictions",
        what="relay_restrictions: nothing in it refuses strangers",
        why="an open relay: what no restriction refuses is permitted, unless smtpd_recipient_restrictions refuses it",
        fix="end the list with reject_unauth_destination",
    )


def _wide(text: str) -> bool:
    found = lists.network(text)
    if found is None or text.startswith("!"):
        return False
    public, prefix = found.is_global, found.prefixlen
    if found.version == 4:
        return prefix < 8 or (public and prefix < _PUBLIC_V4)
    return prefix < 7 or (public and prefix < _PUBLIC_V6)


def _size(text: str) -> str:
    found = lists.network(text)
    if found is None or found.prefixlen == 0:
        return "every address"
    return f"{found.num_addresses:,} addresses, some of them public" if found.version == 4 else "public addresses"
