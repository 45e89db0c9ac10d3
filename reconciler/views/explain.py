"""Every effective setting with the place it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.model.address import Address
from reconciler.model.settings import Desired, Value
from reconciler.views import settings
from reconciler.views.paper import Paper


def text(
    resources: Sequence[Desired], unmanaged: Mapping[Address, Sequence[str]], paper: Paper, *, base: str = ""
) -> str:
    """`unmanaged` are the settings that the platform has and nobody declared; paths below `base` are shown from it."""
    told = (_resource(one, unmanaged.get(one.address, ()), paper, base) for one in resources)
    return paper.finish("\n".join(told))


def _resource(desired: Desired, unmanaged: Sequence[str], paper: Paper, base: str) -> str:
    effective = {**desired.handshake, **desired.settings}
    rows = [  # first what the platform gets
        (field, _value(value, base), desired.origin[field].through, str(desired.origin[field].position))
        if field in desired.origin
        else (field, _value(value, base), "default", str(desired.position))
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


def _value(value: Value, base: str) -> str:
    told = settings.value(value)
    return told.removeprefix(f"{base}/") if base and isinstance(value, str) else told
