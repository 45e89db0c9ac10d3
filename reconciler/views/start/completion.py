"""A shell's script for completion. Nobody reads it, so no line of it is wrapped."""

from __future__ import annotations

from reconciler.model.codec import Json
from reconciler.views.paper import Paper
from reconciler.views.printable import Printable


def text(script: str) -> Printable:
    return Paper().finish(script.splitlines())


def document(script: str, *, shell: str) -> Json:
    return {"shell": shell, "script": script, "findings": []}
