"""An SMTP service on the other side of an air gap: the same scripts, for a person to carry there and run. Pure.

Nobody knows what is there, so all that is declared is written, and what is not declared is kept, by the script.
"""

from __future__ import annotations

from reconciler.drivers.powershell import offline
from reconciler.drivers.powershell.offline import Step
from reconciler.model.address import Resource
from reconciler.model.attestation import File, Guide, Line
from reconciler.model.settings import Connection, Settings
from reconciler.platforms.windows_smtp import spelling, writer
from reconciler.platforms.windows_smtp.reader import PREFIX, ours

_NOTE = "On the server, as its administrator."


def guide(connection: Connection) -> Guide | None:
    """With `driver: offline`."""
    if not offline.asked(connection):
        return None
    return Guide(product="the SMTP service of Windows", lines=lines, files=files, days=offline.days(connection))


def lines(changes: Settings) -> tuple[Line, ...]:
    return tuple(
        Line(page="service.ps1" if field in spelling.SERVICE_FIELDS else "write.ps1", label=field, value=value)
        for field, value in changes.items()
    )


def files(resource: Resource, changes: Settings, declared: Settings) -> tuple[File, ...]:
    given = spelling.normalised(resource.collection, declared)
    if resource.collection == spelling.SERVICE:
        return offline.files([Step(script=ours("service"), note=_NOTE, parameters=writer.service(given))])
    name = str(resource.key).removeprefix(PREFIX)
    parameters = {"Name": name, **writer.parameters(given, given)}
    return offline.files([Step(script=ours("write"), note=_NOTE, parameters=parameters)])
