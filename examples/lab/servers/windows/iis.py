"""A Windows server with its SMTP service in memory, and what our scripts do on it. Not proof of a real one.

`modules/smtp.cs` is the same for a real PowerShell; a test holds the two together by the recordings.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from lab.servers.windows.sharepoint import Document, Failed

_THROWN = "System.Management.Automation.RuntimeException"
Machine = dict[str, Any]


def machine(names: Iterable[str] = ("1",)) -> Machine:
    """As the feature leaves it: started by hand, everybody may connect, nobody may relay."""
    return {
        "feature": "Installed",
        "start_mode": "Manual",
        "state": "Stopped",
        "servers": [_virtual_server(name) for name in names],
        "trouble": [],
    }


def access(*addresses: str, all_: bool = False, domains: Iterable[str] = ()) -> dict[str, Any]:
    """A list as the metabase has it; `all_` is "all except the list below"."""
    return {"all": all_, "addresses": list(addresses), "domains": list(domains)}


def read(there: Machine) -> Document:
    _installed(there)
    rows = []
    for one in there["servers"]:
        row = {name: one[name] for name in ("name", "smart_host", "port", "fqdn", "anonymous")}
        relay = {"broken": "MissingMethodException"} if one["broken"] else copy.deepcopy(one["relay"])
        rows.append({**row, "relay": relay, "connection": copy.deepcopy(one["connection"])})
    return {"start_mode": there["start_mode"], "state": there["state"], "virtual_servers": rows}


def write(there: Machine, given: Mapping[str, Any]) -> Document:
    _there(there, "find")
    found = next((one for one in there["servers"] if one["name"] == given["Name"]), None)
    if found is None:
        raise Failed("RECONCILER_NOT_FOUND", "find", _THROWN)
    wanted = dict(found)
    for name in ("Relay", "Connection"):
        if name in given["Keep"]:
            continue
        if (name == "Relay" and found["broken"]) or found["connection"] is None:
            raise Failed("RECONCILER_LIST_BROKEN", "lists", _THROWN)
        addresses, domains = given[f"{name}Addresses"], given[f"{name}Domains"]
        wanted[name.lower()] = access(*addresses, all_=given[f"{name}All"], domains=domains)
    for name, field in (("Port", "port"), ("Fqdn", "fqdn"), ("Anonymous", "anonymous"), ("SmartHost", "smart_host")):
        if name not in given["Keep"]:
            wanted[field] = given[name]
    if "SmartHost" not in given["Keep"]:
        wanted["smart_host_type"] = 2 if given["SmartHost"] else 0
    if "access denied" in there["trouble"]:
        types = ("System.Management.Automation.MethodInvocationException", "System.UnauthorizedAccessException")
        raise Failed("UnauthorizedAccessException", "write", *types)
    found |= wanted
    return {"written": True}


def service(there: Machine, given: Mapping[str, Any]) -> Document:
    _there(there, "service")
    denied = "access denied" in there["trouble"]
    if given["StartMode"] != "keep":
        if denied:
            raise _refused("CouldNotSetService", "SetService", "System.UnauthorizedAccessException")
        there["start_mode"] = "Auto" if given["StartMode"] == "Automatic" else given["StartMode"]
    if given["State"] == "keep":
        return {"written": True}
    command = "StartService" if given["State"] == "Running" else "StopService"
    if denied:
        raise _refused("CouldNotSetService", command, "System.UnauthorizedAccessException")
    if given["State"] == "Running" and there["start_mode"] == "Disabled":
        raise _refused("CouldNotStartService", "StartService", "System.InvalidOperationException")
    there["state"] = given["State"]
    return {"written": True}


def _there(there: Machine, step: str) -> None:
    if there["feature"] == "absent":
        raise Failed("RECONCILER_FEATURE_GONE", step, _THROWN)


def _installed(there: Machine) -> None:
    if there["feature"] == "absent":
        raise Failed("RECONCILER_FEATURE_GONE", "feature", _THROWN)
    if there["feature"] != "Installed":
        raise Failed("RECONCILER_FEATURE_MISSING", "feature", _THROWN)


def _refused(id_: str, command: str, type_: str) -> Failed:
    return Failed(f"{id_},Lab.Windows.{command}", "service", type_)


def _virtual_server(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "smart_host": "",
        "smart_host_type": 0,
        "port": 25,
        "fqdn": "win01.corp.example.com",
        "anonymous": True,
        "relay": None,
        "connection": access(all_=True),
        "broken": False,
    }
