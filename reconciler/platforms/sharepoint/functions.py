"""Our scripts as functions of a module, for an endpoint that runs no scripts."""

from __future__ import annotations

from reconciler.drivers.powershell.scripts import module
from reconciler.platforms.sharepoint.reader import ours


def text() -> str:
    """A .psm1 to ship to the servers of a farm."""
    return module(tuple(ours(name) for name in ("read", "write", "key", "probe")))
