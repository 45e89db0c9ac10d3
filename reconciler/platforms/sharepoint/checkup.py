"""What `doctor` tells of a farm: whether it is reached, as far as its database, its version, and what that can do."""

from __future__ import annotations

import time
from collections.abc import Iterator

from reconciler.drivers.powershell import checkup as powershell
from reconciler.model.checkup import UNTOLD, Checkup, Examined, examined
from reconciler.platforms.sharepoint import versions
from reconciler.platforms.sharepoint.reader import FarmReader

_SUPPORTED = "SharePoint Server 2013 to Subscription Edition"
_WRITES = "farm administrator, and for the credential key a local administrator of every server"
_VERIFIED = (
    "by Microsoft's documentation and a real PowerShell 7 only; no real farm and no Windows PowerShell 5.1 was at "
    "hand. Not verified: the properties of user and password, and the errors of a missing key"
)


def checkup(reader: FarmReader) -> Checkup:
    return Checkup(unit=reader.unit, kind="sharepoint", examined=examined(_steps(reader)))


def _steps(reader: FarmReader) -> Iterator[Examined]:
    began = time.monotonic()
    found = reader.seen()
    yield from powershell.rows(reader.session.server, time.monotonic() - began)
    count = len(found.rows) - 1
    web = f"{count} web application{'' if count == 1 else 's'}"
    yield Examined(what="read", ok=True, said=f"the farm and {web}: shell access is there (Add-SPShellAdmin)")
    yield Examined(what="write", ok=None, said=f"{_WRITES}; whether the login is that {UNTOLD}")
    yield Examined(what="version", ok=True, said=f"{versions.name(found.build)}; supported: {_SUPPORTED}")
    yield Examined(what="servers", ok=True, said=", ".join(found.servers) or "none")
    lacks = versions.lacking(found.parameters, found.central)
    yield Examined(what="lacks", ok=True, said=", ".join(lacks) or "nothing that can be declared")
    yield Examined(what="verified", ok=True, said=_VERIFIED)
