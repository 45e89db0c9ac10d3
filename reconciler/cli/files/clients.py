"""For `explain`: with which mail client each resource's application sends, and what to look out for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reconciler.model.address import Address
from reconciler.model.landscape import Landscape
from reconciler.model.settings import Desired
from reconciler.pipeline.observe import verified
from reconciler.smtp.clients.client import load


def told(land: Landscape, chosen: Sequence[Desired], file: Path | None) -> Mapping[Address, Mapping[str, Any]]:
    """Of those whose client is known. `file` is the JSON of a `verify`. Raises UsageError."""
    known = verified.read(file) if file else None
    found: dict[Address, Mapping[str, Any]] = {}
    for one in chosen:
        if name := verified.client(one, land):
            client, foreseen = load(name), known.of(one, land) if known else None
            found[one.address] = {
                "name": name,
                "versions": client.versions,
                "look_out": list(client.look_out),
                "predicted": foreseen and {"outcome": list(foreseen.outcome), "reason": foreseen.reason},
                "at": foreseen and foreseen.at,
            }
    return found
