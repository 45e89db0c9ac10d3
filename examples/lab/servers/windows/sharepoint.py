"""What our scripts do on a farm, in Python: for the tests and the demo of a machine that has no PowerShell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.servers.windows.farm import CONFLICT, Farm

Document = dict[str, Any]
_INVALID, _DENIED = "System.InvalidOperationException", "System.UnauthorizedAccessException"
_TRIES = 3


class Failed(Exception):
    """What the script's own catch writes into its answer."""

    def __init__(self, id_: str, step: str, *types: str, said: str = "") -> None:
        super().__init__(id_)
        self.id, self.step, self.types, self.said = id_, step, types, said or id_


def answer(run: Any, *arguments: Any) -> Document:
    """The envelope; line and message are the engine's own, and no test compares them."""
    try:
        return {"reconciler": 1, "ok": True, "error": None, "result": run(*arguments)}
    except Failed as failed:
        said = {"id": failed.id, "step": failed.step, "types": list(failed.types), "line": 0, "message": failed.said}
        return {"reconciler": 1, "ok": False, "error": said, "result": None}


def read(farm: Farm) -> Document:
    _farm(farm)
    if farm.having("one cannot be read"):
        raise Failed("HalfRead,Microsoft.SharePoint.PowerShell.SPCmdletGetWebApplication", "web applications", _INVALID)
    return {
        "build": farm.state["build"],
        "servers": [one["address"] for one in farm.state["servers"] if one["role"] != "Invalid"],
        "parameters": sorted(farm.parameters),
        "web_applications": [_row(farm, one) for one in farm.applications],
    }


def key(farm: Farm, server: str, given: Mapping[str, Any]) -> Document:
    _farm(farm)
    if not farm.has("2019"):
        raise _thrown("RECONCILER_UNSUPPORTED", "key")
    farm.server(server)["key"] = given["Key"]
    return {"set": True}


def write(farm: Farm, server: str, given: Mapping[str, Any]) -> Document:
    _farm(farm)
    for tries in range(1, _TRIES + 1):
        found = next((one for one in farm.applications if one["id"] == given["Id"].lower()), None)
        if found is None:
            raise _thrown("RECONCILER_NOT_FOUND", "find")
        if found["central"] != given["Central"]:
            raise _thrown("RECONCILER_WRONG_SCOPE", "find")
        wanted = _wanted(farm, found, given)
        _certificate(farm, found, given, wanted)
        if farm.state["conflicts"]:
            farm.state["conflicts"] -= 1
            if tries == _TRIES:
                raise Failed(f"{CMDLET},{CMDLET}", "write", CONFLICT, said=farm.says("conflict"))
            continue
        updates = wanted["code_page"] != found["code_page"]
        _set(farm, server, found, given, wanted)
        if updates and farm.having("conflict on update"):
            farm.state["trouble"].remove("conflict on update")
            continue
        return {"tries": tries}
    raise AssertionError("a loop of tries ends by answer or error")


CMDLET = "Microsoft.SharePoint.PowerShell.SPCmdletSetWebApplication"
_FARM = "Microsoft.SharePoint.PowerShell.SPCmdletGetFarm"


def no_second_hop(farm: Farm) -> Document:
    raise Failed(f"{_FARM},{_FARM}", "farm", _INVALID, said=farm.says("no second hop"))


def _farm(farm: Farm) -> None:
    if farm.having("no second hop"):
        no_second_hop(farm)
    if farm.having("out of memory"):
        raise Failed(f"{_FARM},{_FARM}", "farm", "System.OutOfMemoryException", said=farm.says("out of memory"))


def _row(farm: Farm, one: Mapping[str, Any]) -> Document:
    row = {name: one[name] for name in ("url", "id", "central", "host", "from", "reply_to", "code_page")}
    if farm.has("2016"):
        row |= {name: one[name] for name in ("port", "tls", "override_envelope_sender")}
    if farm.has("2019"):
        row["user"] = one["user"] or ""
    return row


def _wanted(farm: Farm, found: Mapping[str, Any], given: Mapping[str, Any]) -> Document:
    keep = set(given["Keep"])
    wanted = {
        name: found[field] if parameter in keep else given[parameter]
        for name, field, parameter in (
            ("host", "host", "MailHost"),
            ("from", "from", "From"),
            ("reply_to", "reply_to", "ReplyTo"),
            ("code_page", "code_page", "CodePage"),
            ("port", "port", "Port"),
            ("tls", "tls", "Tls"),
            ("user", "user", "User"),
        )
    }
    wanted["host"] = (found["host"] if "Host" in keep else given["MailHost"]) or None
    wanted["tls"] = bool(wanted["tls"])
    lacking = (
        (wanted["host"] is None and not farm.has("SE"))
        or ("Envelope" not in keep and given["Envelope"] and not farm.has("2016"))
        or (not farm.has("2016") and (wanted["port"] != 25 or wanted["tls"]))
        or (not farm.has("2019") and given["Auth"] == "authenticated")
    )
    if lacking:
        raise _thrown("RECONCILER_UNSUPPORTED", "compose")
    wanted["password"] = found["password"] if given["Password"] is None else given["Password"]
    if given["Auth"] == "authenticated" and not (wanted["user"] and wanted["password"]):
        raise _thrown("RECONCILER_NO_CREDENTIAL", "compose")
    return wanted


def _certificate(farm: Farm, found: Mapping[str, Any], given: Mapping[str, Any], wanted: Document) -> None:
    wanted["certificate"] = found["certificate"]
    if given["CertificateMode"] == "preserve":
        return
    wanted["certificate"] = None
    if given["CertificateMode"] == "use":
        if not farm.has("SE"):
            raise _thrown("RECONCILER_UNSUPPORTED", "compose")
        if given["Thumbprint"] not in farm.state["certificates"]:
            raise _thrown("RECONCILER_NO_CERTIFICATE", "certificate")
        wanted["certificate"] = given["Thumbprint"]


def _set(farm: Farm, server: str, found: Document, given: Mapping[str, Any], wanted: Document) -> None:
    if farm.having("not written"):
        raise Failed(f"NotWritten,{CMDLET}", "write", _INVALID)
    if farm.having("access denied"):
        raise Failed(f"{CMDLET},{CMDLET}", "write", _DENIED, said=farm.says("access denied"))
    if given["Auth"] == "authenticated" and farm.server(server)["key"] is None:
        raise Failed(f"{CMDLET},{CMDLET}", "write", _INVALID, said=farm.says("no key"))
    found |= {name: wanted[name] for name in ("host", "from", "reply_to", "code_page")}
    if farm.has("2016"):
        found |= {"port": wanted["port"], "tls": wanted["tls"]}
    if farm.has("2019") and given["Auth"] == "anonymous":
        found |= {"user": None, "password": None}
    if given["Auth"] == "authenticated":
        found |= {"user": wanted["user"], "password": wanted["password"]}
    if farm.has("SE"):
        found["certificate"] = wanted["certificate"]
    if "Envelope" not in given["Keep"] and farm.has("2016"):
        found["override_envelope_sender"] = given["Envelope"]


def _thrown(id_: str, step: str) -> Failed:
    return Failed(id_, step, "System.Management.Automation.RuntimeException")
