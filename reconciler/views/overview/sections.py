"""What every section of the page is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.views.html.markup import BREAK, Html, element, joined
from reconciler.views.html.room import first

# bytes that each may have, so that a page of whatever size ends before 3 MB
ROOM: Mapping[str, int] = {
    "needs": 200_000,
    "matrix": 300_000,
    "relays": 150_000,
    "relays that are well": 150_000,
    "senders": 250_000,
    "shared": 50_000,
    "drift": 250_000,
    "changes": 500_000,
    "accepted": 50_000,
    "notes": 50_000,
    "runs": 100_000,
    "resources": 900_000,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """`name` is its place within the page."""

    name: str
    title: str
    body: Html

    def made(self) -> Html:
        head = element("h2", self.title, id=f"{self.name}-title")
        return joined((element("section", head, self.body, id=self.name, aria_labelledby=f"{self.name}-title"), BREAK))


def names(found: Sequence[str], most: int = 6) -> Html:
    """The first by name, the others as a count."""
    shown, more = first(list(dict.fromkeys(found)), most)
    said = [part for name in shown for part in (element("code", name), ", ")][:-1]
    return joined([*said, more])


def left_out(count: int) -> Html:
    """What did not fit, so that nobody takes a section for all of it."""
    if count <= 0:
        return Html()
    said = f"{count:,} more are not shown, for want of room: the documents that this page was made from have them all."
    return joined((element("p", said, class_="soft"), BREAK))
