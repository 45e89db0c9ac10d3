"""What `doctor` tells of a farm: whether it is reached, as far as its database, its version, and what that can do."""

from __future__ import annotations

from reconciler.errors import PlatformError
from reconciler.model.checkup import Checkup, Examined
from reconciler.platforms.sharepoint import versions
from reconciler.platforms.sharepoint.reader import FarmReader, Seen

_VERIFIED = (
    "by Microsoft's documentation and a real PowerShell 7 only; no real farm and no Windows PowerShell 5.1 was at "
    "hand. Not verified: the properties of user and password, and the errors of a missing key"
)


def checkup(reader: FarmReader) -> Checkup:
    try:
        examined = _examined(reader.seen())
    except PlatformError as error:
        said = f"{error.what}{f' ({error.why})' if error.why else ''}"
        examined = (Examined(what="read", ok=False, said=said, fix=error.fix),)
    return Checkup(unit=reader.unit, kind="sharepoint", examined=examined)


def _examined(found: Seen) -> tuple[Examined, ...]:
    lacks = versions.lacking(found.parameters, found.central)
    count = len(found.rows) - 1
    return (
        Examined(what="read", ok=True, said=f"the farm and {count} web application{'' if count == 1 else 's'}"),
        Examined(what="version", ok=True, said=versions.name(found.build)),
        Examined(what="servers", ok=True, said=", ".join(found.servers) or "none"),
        Examined(what="lacks", ok=True, said=", ".join(lacks) or "nothing that can be declared"),
        Examined(what="verified", ok=True, said=_VERIFIED),
    )
