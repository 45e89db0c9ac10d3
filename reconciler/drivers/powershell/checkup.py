"""What `doctor` tells of a Windows server: how it was reached, and as whom. A script has been there before."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.drivers.powershell.server import Server
from reconciler.model.checkup import Examined


def rows(server: Server, seconds: float) -> Iterator[Examined]:
    """`seconds` is how long the reading took."""
    way = "TLS" if server.tls else "http with message encryption"
    said = f"{server.host}:{server.port}, WinRM over {way}, answered in {seconds:.1f} s"
    yield Examined(what="reached", ok=True, said=said)
    who = server.username or "the holder of its certificate or ticket"
    yield Examined(what="login", ok=True, said=f"as {who}, by {server.auth}, endpoint {server.configuration}")
