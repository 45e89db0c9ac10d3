"""What was attested, by whom."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model import codec
from reconciler.model.settings import Applied
from reconciler.views.paper import Paper
from reconciler.views.printable import Printable

_TEST = {True: "its own test passed", False: "its own test FAILED", None: "not tested"}


def text(entries: Sequence[Applied], paper: Paper) -> Printable:
    return paper.finish(map(_line, entries))


def _line(entry: Applied) -> str:
    said = [_TEST[entry.attested.tested], f"by {entry.attested.by}"] if entry.attested else []
    said += [f"{field} v{one.version.number}" for field, one in entry.secrets.items() if one.version.number is not None]
    return f"{entry.address}: attested, {', '.join(said)}"


def document(entries: Sequence[Applied]) -> codec.Json:
    return {"attested": [_document(entry) for entry in entries], "findings": []}


def _document(entry: Applied) -> codec.Json:
    return {
        "address": str(entry.address),
        "run": entry.run,
        **(codec.attested(entry.attested) if entry.attested else {}),
        "secrets": {field: one.version.number for field, one in entry.secrets.items()},
    }
