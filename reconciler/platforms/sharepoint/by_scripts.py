"""A farm on the other side of an air gap: the same scripts, for a person to carry there and run. Pure.

Nobody knows what is there, so all that is declared is written, and what is not declared is kept, by the script.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from reconciler.drivers.powershell import offline
from reconciler.drivers.powershell.offline import Find, Step
from reconciler.drivers.powershell.values import Parameter
from reconciler.model.address import Resource
from reconciler.model.attestation import File, Guide, Line
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Connection, Settings
from reconciler.platforms.sharepoint import edit, spelling
from reconciler.platforms.sharepoint.reader import ours
from reconciler.platforms.sharepoint.writer import SECONDS

_USUAL = {"https": ":443", "http": ":80"}


def guide(connection: Connection) -> Guide | None:
    """With `driver: offline`."""
    if not offline.asked(connection):
        return None
    return Guide(product="SharePoint Server", lines=lines, files=files, days=offline.days(connection))


def lines(changes: Settings) -> tuple[Line, ...]:
    first = [field for field in changes if field == "credential_key"]
    rest = [field for field in changes if field not in first]
    keys = [Line(page="key.ps1, on every server of the farm", label=one, value=changes[one]) for one in first]
    return (*keys, *(Line(page="write.ps1, on one server", label=one, value=changes[one]) for one in rest))


def files(resource: Resource, changes: Settings, declared: Settings) -> tuple[File, ...]:
    return offline.files(_steps(resource, changes, spelling.normalised(declared)))


def _steps(resource: Resource, changes: Settings, declared: Settings) -> list[Step]:
    host, port, steps = declared.get("host"), declared.get("port"), list[Step]()
    if declared.get("encryption") == "starttls" and host is not None:
        relay: dict[str, Parameter] = {
            "MailHost": str(host),
            "Port": port if isinstance(port, int) else 25,
            "Seconds": SECONDS,
        }
        note = "On a server that sends mail. Go on only where its stage is done: SharePoint does not fall back."
        steps.append(Step(script=ours("probe"), note=note, parameters=relay))
    if isinstance(key := changes.get("credential_key"), SecretRef):
        note = "On every server of the farm: one without the key sends anonymously."
        steps.append(Step(script=ours("key"), note=note, secrets={"Key": key}))
    # a new key needs the password once more; else the farm keeps the one that it has
    password = declared.get("password") if {"password", "credential_key"} & changes.keys() else None
    secrets = {"Password": password} if isinstance(password, SecretRef) else {}
    parameters = edit.written(resource, {**declared, "password": password} if secrets else _without(declared))
    if not secrets:
        parameters["Password"] = None
    find = _find(resource)
    note = "On one server of the farm, in the SharePoint Management Shell's account."
    return [*steps, Step(script=ours("write"), note=note, parameters=parameters, secrets=secrets, find=find)]


def _without(declared: Settings) -> Settings:
    """A cleared password stays cleared; one that is declared and has not changed is the farm's own."""
    return {field: one for field, one in declared.items() if not isinstance(one, SecretRef)}


def _find(resource: Resource) -> Find:
    by, value = ("central", True) if resource.collection == spelling.FARM else ("url", _url(str(resource.key)))
    return Find(read=ours("read"), list="web_applications", property=by, value=value, parameter="Id")


def _url(key: str) -> str:
    """As SharePoint shows it: without a port that is the usual one."""
    parts = urlsplit(key)
    return f"{parts.scheme}://{parts.netloc.removesuffix(_USUAL.get(parts.scheme, ':'))}"
