"""What was moved from one place of the state to another."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model import codec
from reconciler.views.paper import Paper, plural
from reconciler.views.printable import Printable

Line = tuple[str, int, bool]  # installation, resources, whether it was there before


def text(lines: Sequence[Line], paper: Paper, *, source: str, declare: str) -> Printable:
    """`source` is the first place, and `declare` what reconciler.yaml has to say from now on."""
    if not lines:
        return paper.finish([f"Nothing to move: the state at {source} has no resource."])
    rows = [f"  {name}: {plural(count, 'resource')}{', was there' if before else ''}" for name, count, before in lines]
    return paper.finish([*rows, "", f"{plural(len(lines), 'installation')} moved. Now declare:  {declare}"])


def document(lines: Sequence[Line]) -> codec.Json:
    return {
        "moved": [{"installation": name, "resources": count, "before": before} for name, count, before in lines],
        "findings": [],
    }
