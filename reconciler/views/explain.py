"""Every effective setting with the place it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.model.address import Address
from reconciler.model.settings import Desired
from reconciler.views import settings
from reconciler.views.paper import Paper


def text(resources: Sequence[Desired], unmanaged: Mapping[Address, Sequence[str]], paper: Paper) -> str:
    """`unmanaged` are the settings that the platform has and nobody declared."""
    return paper.finish("\n".join(_resource(one, unmanaged.get(one.address, ()), paper) for one in resources))


def _resource(desired: Desired, unmanaged: Sequence[str], paper: Paper) -> str:
    effective = {**desired.handshake, **desired.settings}
    rows = [  # first what the platform gets
        (field, settings.value(value), desired.origin[field].through, str(desired.origin[field].position))
        if field in desired.origin
        else (field, settings.value(value), "default", str(desired.position))
        for field, value in sorted(
            effective.items(), key=lambda item: (item[0] not in desired.settings, settings.rank(item[0]))
        )
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    lines = [
        "  " + "   ".join([*(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)), row[3]])
        for row in rows
    ]
    if len(rows) > len(desired.settings):
        lines.insert(len(desired.settings), "  for the handshake only:")
    if unmanaged:
        lines.append(f"  not managed: {', '.join(unmanaged)}")
    return "\n".join([paper.paint(str(desired.address), "bold"), *lines]) + "\n"
