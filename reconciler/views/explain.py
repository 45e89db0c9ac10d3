"""Every effective setting with the place it comes from."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.settings import Desired
from reconciler.views import settings
from reconciler.views.paper import Paper


def text(resources: Sequence[Desired], paper: Paper) -> str:
    return paper.finish("\n".join(_resource(desired, paper) for desired in resources))


def _resource(desired: Desired, paper: Paper) -> str:
    effective = {**desired.handshake, **desired.settings}
    rows = [
        (field, settings.value(value), desired.origin[field].through, str(desired.origin[field].position))
        if field in desired.origin
        else (field, settings.value(value), "default", str(desired.position))
        for field, value in sorted(effective.items(), key=lambda item: settings.rank(item[0]))
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    lines = [
        "  " + "   ".join([*(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)), row[3]])
        for row in rows
    ]
    return "\n".join([paper.paint(str(desired.address), "bold"), *lines]) + "\n"
