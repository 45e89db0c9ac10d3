"""Our scripts as functions of a module, for an endpoint that runs no scripts."""

from __future__ import annotations

from reconciler.drivers.powershell.scripts import module
from reconciler.platforms.windows_smtp.reader import ours


def text() -> str:
    """A .psm1 to ship to a server."""
    return module(tuple(ours(name) for name in ("read", "write", "service")))
