"""What `report` says beside the page that it has written."""

from __future__ import annotations

from collections import Counter

from reconciler.model.answers.overview import Overview
from reconciler.model.codec import Json
from reconciler.views.overview.head import sentence
from reconciler.views.overview.picture import Picture
from reconciler.views.overview.states import State
from reconciler.views.paper import Paper
from reconciler.views.printable import Printable


def text(overview: Overview, paper: Paper, *, file: str, size: int) -> Printable:
    """`size` is in bytes."""
    kilobytes = f"{max(1, round(size / 1000)):,} KB"
    partial = [] if overview.complete else ["Not everything could be looked at; the page says what is missing."]
    return paper.finish(
        [paper.paint(sentence(Picture(overview=overview)), "bold"), *partial, f"Wrote {file} ({kilobytes})."]
    )


def document(overview: Overview, *, file: str, size: int) -> Json:
    picture = Picture(overview=overview)
    states, relays = Counter(picture.states.values()), Counter(one.handshake.status for one in picture.proofs)
    return {
        "file": file,
        "bytes": size,
        "verdict": sentence(picture),
        "states": {one.word: states[one] for one in State if states[one]},
        "relays": {str(status): count for status, count in relays.items()},
        "sources": [
            {"file": one.name or None, "kind": one.kind, "at": one.at, "complete": one.complete}
            for one in overview.sources
        ],
        "complete": overview.complete,
    }
