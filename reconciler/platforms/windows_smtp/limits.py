"""What the SMTP service cannot do, and what would make it an open relay, as far as the declaration shows it."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.drivers.powershell import offline
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.settings import Connection, Desired, Settings, Value
from reconciler.platforms.windows_smtp import access_lists, spelling

OPEN = "open-relay"
_Limit = tuple[Severity, str, str, str, str, str]  # severity, rule, field, what, why, fix


def findings(desired: Desired, connection: Connection) -> Iterator[Finding]:
    said = {**desired.handshake, **desired.settings}
    half = _half(desired.settings) if offline.asked(connection) else ()
    for severity, rule, field, what, why, fix in (*_limits(said), *half):
        origin = desired.origin.get(field)
        yield Finding(
            severity=severity,
            rule=rule,
            address=str(desired.address),
            field=field,
            what=what,
            why=why,
            fix=fix,
            where=origin.position if origin else desired.position,
        )


def _limits(settings: Settings) -> Iterator[_Limit]:
    for field, value in (("encryption", "none"), ("auth", "none")):
        if settings.get(field) not in (None, value):
            why = "TLS and login at the smart host are not managed here: no public reference says how to write them"
            yield Severity.ERROR, f"{field}-not-managed", field, f"{field}: {settings[field]}", why, f"{field}: {value}"
    for one in spelling.LISTS:
        for entry in _entries(settings, one):
            if access_lists.malformed(entry):
                what, why = f"{entry} is not an IPv4 address or network", "a network has no bits set beyond its mask"
                yield Severity.ERROR, "access-entry", f"{one}.entries", what, why, "10.20.0.0/16"
    yield from (
        (Severity.RISK, OPEN, field, what, _WHY, _FIX)
        for field, what in _open(settings.get("relay_access.mode"), _entries(settings, "relay_access"))
    )


def _half(settings: Settings) -> Iterator[_Limit]:
    """A list is written as a whole, and nobody reads the other half of one across an air gap."""
    for one in spelling.LISTS:
        there = [part for part in ("mode", "entries") if f"{one}.{part}" in settings]
        if len(there) == 1:
            what, why = f"{one} with {there[0]} alone", "connection.driver is offline: what is there is not known"
            fix = f"e.g. {one}: {{mode: {access_lists.ONLY}, entries: [10.20.0.0/16]}}"
            yield Severity.ERROR, "half-a-list", f"{one}.{there[0]}", what, why, fix


_WHY = "strangers would send mail through it, and its address would be blocklisted"
_FIX = f"relay_access: {{mode: {access_lists.ONLY}, entries: [10.20.0.0/16]}}"


def live(address: str, settings: Settings) -> Iterator[Finding]:
    """Of what is there: every change beside it has to accept it by name, but for one that ends it."""
    for field, what in _open(settings["relay_access.mode"], _entries(settings, "relay_access")):
        yield Finding(
            severity=Severity.RISK,
            rule=OPEN,
            address=address,
            field=field,
            holds=Holds.UNTIL_CHANGED,
            what=what,
            why=_WHY,
            fix=_FIX,
        )


def _open(mode: Value, entries: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The field that lets strangers in, and what that means. Without a mode the entries are taken for those let in."""
    for part, reason in access_lists.wide(mode or access_lists.ONLY, entries):
        yield f"relay_access.{part}", f"an open relay: {reason} may send to anywhere"


def _entries(settings: Settings, one: str) -> tuple[str, ...]:
    found = settings.get(f"{one}.entries")
    return tuple(map(str, found)) if isinstance(found, tuple) else ()
