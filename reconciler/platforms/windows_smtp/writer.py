"""Writes the service or one virtual server: what changes with its value, all else by name, to be kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.drivers.powershell.session import Session
from reconciler.drivers.powershell.values import Parameter
from reconciler.errors import PlatformRefused
from reconciler.model.address import Resource
from reconciler.model.change import Action, Change
from reconciler.model.handshake import Handshake
from reconciler.model.settings import Present, Settings, Value
from reconciler.platforms.windows_smtp import access_lists, spelling
from reconciler.platforms.windows_smtp.reader import SmtpReader, ours

_KEPT = {"host": "SmartHost", "port": "Port", "fqdn": "Fqdn", "anonymous": "Anonymous"}
_LISTS = {"relay_access": "Relay", "connection_access": "Connection"}
_STATES = {True: "Running", False: "Stopped"}


@dataclass(slots=True, kw_only=True)
class SmtpWriter(SmtpReader):
    session: Session

    def write(self, change: Change) -> None:
        """One call; one more to read first where half of a list changes, since a list is written as a whole.

        Raises PlatformError.
        """
        if change.action is Action.ARCHIVE:
            raise PlatformRefused(f"{change.address}: it is not taken out of use here", fix="plan again")
        given = {one.field: one.after for one in change.fields}
        if change.address.resource.collection == spelling.SERVICE:
            self.session.write(ours("service"), **service(given))
            return
        live = self._settings(change.address.resource) if _half(given) else {}
        self.session.write(ours("write"), Name=str(change.id), **parameters(given, {**live, **given}))

    def test(self, resource: Resource) -> Handshake | None:
        """None: the service has no test of its own."""
        return None

    def _settings(self, resource: Resource) -> Settings:
        found = self.read().live(resource)
        if not isinstance(found, Present):
            raise PlatformRefused(f"{self.unit}:{resource}: no longer there", fix="plan again")
        return found.settings


def _half(given: Mapping[str, Value]) -> bool:
    return any((f"{one}.mode" in given) != (f"{one}.entries" in given) for one in _LISTS)


def service(given: Mapping[str, Value]) -> dict[str, Parameter]:
    mode, running = given.get("start_mode"), given.get("running")
    return {
        "StartMode": "keep" if mode is None else str(mode).capitalize(),
        "State": _STATES[running] if isinstance(running, bool) else "keep",
    }


def parameters(given: Mapping[str, Value], after: Mapping[str, Value]) -> dict[str, Parameter]:
    kept = [name for field, name in _KEPT.items() if field not in given]
    kept += [name for field, name in _LISTS.items() if not {f"{field}.mode", f"{field}.entries"} & given.keys()]
    found: dict[str, Parameter] = {
        "Keep": tuple(kept),
        "SmartHost": spelling.smart_host(given.get("host")),
        "Port": port if isinstance(port := given.get("port"), int) else 25,
        "Fqdn": str(given.get("fqdn") or ""),
        "Anonymous": given.get("anonymous") is True,
    }
    for field, name in _LISTS.items():
        entries = after.get(f"{field}.entries")
        addresses, domains = access_lists.split(map(str, entries) if isinstance(entries, tuple) else ())
        found[f"{name}All"] = after.get(f"{field}.mode") == access_lists.EXCEPT
        found[f"{name}Addresses"], found[f"{name}Domains"] = addresses, domains
    return found
