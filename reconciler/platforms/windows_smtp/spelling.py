"""Our settings and those of the metabase: from rows of `read.ps1` to settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model.settings import Settings, Value
from reconciler.platforms.windows_smtp import access_lists

SERVICE, SERVERS = "service", "virtual_servers"
LISTS = ("relay_access", "connection_access")
SERVICE_FIELDS = frozenset({"start_mode", "running"})
# encryption and auth are for the handshake: how the service logs in at its smart host is not managed
HANDSHAKE = frozenset({"encryption", "auth"})
FIELDS = frozenset(
    {*("host", "port", "fqdn", "anonymous"), *(f"{one}.{part}" for one in LISTS for part in ("mode", "entries"))}
)
DEFAULTS: Mapping[str, Value] = {
    "port": 25,
    "anonymous": True,
    "relay_access.mode": access_lists.ONLY,
    "relay_access.entries": (),
    "connection_access.mode": access_lists.EXCEPT,
    "connection_access.entries": (),
}
_MODES = {"auto": "automatic", "automatic": "automatic", "manual": "manual", "disabled": "disabled"}


def normalised(collection: str, settings: Settings) -> Settings:
    known = {field: value for field, value in settings.items() if field not in HANDSHAKE}
    if collection == SERVICE:
        return known
    found = {field: DEFAULTS.get(field) if value is None else value for field, value in known.items()}
    for field in ("host", "fqdn"):
        if isinstance(value := found.get(field), str):
            found[field] = value.strip().lower() or None
    for one in LISTS:
        if isinstance(entries := found.get(f"{one}.entries"), tuple):
            found[f"{one}.entries"] = access_lists.ordered(map(str, entries))
    return found


def service(found: Mapping[str, Any]) -> dict[str, Value]:
    mode = str(found["start_mode"])
    return {"start_mode": _MODES.get(mode.lower(), mode), "running": found["state"] == "Running"}


def settings(row: Mapping[str, Any]) -> dict[str, Value]:
    found: dict[str, Value] = {
        "host": str(row["smart_host"]).strip("[]").lower() or None,
        "port": int(row["port"]) or 25,
        "fqdn": str(row["fqdn"]).lower() or None,
        "anonymous": bool(row["anonymous"]),
    }
    for field, key in (("relay_access", "relay"), ("connection_access", "connection")):
        found[f"{field}.mode"] = access_lists.mode(row[key])
        found[f"{field}.entries"] = access_lists.entries(row[key])
    return found


def smart_host(host: Value) -> str:
    """The service asks DNS for a name's mail hosts, unless it is an address in brackets."""
    if host is None:
        return ""
    return f"[{host}]" if access_lists.parsed(str(host)) is not None else str(host)
