"""Every effective setting with the place it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from reconciler.model import codec
from reconciler.model.address import Address
from reconciler.model.handshake import ZONE
from reconciler.model.landscape import DeclaredRelay, Target
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Desired, Origin, Settings, Value
from reconciler.model.source import Position
from reconciler.views import settings
from reconciler.views.paper import Paper, plural
from reconciler.views.printable import Printable

_CHECKS = "verify.checks."
_NAMED = 3  # relays that the last line names
Clients = Mapping[Address, Mapping[str, Any]]
_NOBODY: Clients = MappingProxyType({})
_Told = Callable[[str, Value], str]


def document(
    resources: Sequence[Desired],
    *,
    all_relays: Sequence[DeclaredRelay],
    users: Mapping[str, Sequence[str]],
    clients: Clients = _NOBODY,
    zoned: Mapping[str, Target] = MappingProxyType({}),
) -> codec.Json:
    """`users` has the resources that use a relay, by its address; `clients` the mail clients of resources; `zoned` the
    targets that are in a zone, by unit."""
    return {
        "relays": [
            {
                "address": one.address,
                "where": codec.position(one.position),
                "used_by": list(users.get(one.address, ())),
                "settings": _settings(one.settings, one.origin),
            }
            for one in all_relays
        ],
        "resources": [
            {
                "address": str(one.address),
                "kind": one.kind,
                "installation": one.installation,
                **({"zone": zoned[one.address.unit].zone} if one.address.unit in zoned else {}),
                "relay": one.relay and f"{one.address.environment}/{one.relay}",
                "where": codec.position(one.position),
                "settings": _settings(one.handshake, one.origin),
                "client": clients.get(one.address),
            }
            for one in resources
        ],
        "rules": [],
    }


def _settings(effective: Settings, origin: Mapping[str, Origin]) -> codec.Json:
    return {field: {"value": codec.value(value), **_origin(origin.get(field))} for field, value in effective.items()}


def _origin(one: Origin | None) -> codec.Json:
    through, relay = (one.through, one.relay) if one else ("default", None)
    return {"through": through, "relay": relay, "where": one and codec.position(one.position)}


def text(  # noqa: PLR0913  # all but the first three have a default
    resources: Sequence[Desired],
    unmanaged: Mapping[Address, Sequence[str]],
    paper: Paper,
    *,
    relays: Sequence[DeclaredRelay] = (),
    counted: Sequence[str] = (),
    base: str = "",
    severities: Mapping[str, str] = MappingProxyType({}),
    clients: Clients = _NOBODY,
    zoned: Mapping[str, Target] = MappingProxyType({}),
) -> Printable:
    """`unmanaged` are the settings that the platform has and nobody declared; paths below `base` are shown from it.

    `counted` are the addresses of relays that are not shown, `severities` what each check counts as by default.
    """
    value = partial(_value, base=base, severities=severities)
    told = [_relay(one, paper, value) for one in relays]
    known: set[str] = set()
    for one in resources:
        client = _client(clients.get(one.address), known)
        head, *lines = _resource(one, unmanaged.get(one.address, ()), paper, value)
        told.append([head, *_zone(zoned.get(one.address.unit)), *lines, *client])
    told += [_counted(counted)] if counted else []
    return paper.finish(line for at, block in enumerate(told) for line in ([""] if at else []) + block)


def _relay(relay: DeclaredRelay, paper: Paper, value: _Told) -> list[str]:
    rows = _rows(relay.settings, relay.origin, relay.position, value)
    return _block(relay.address, _table(sorted(rows, key=lambda row: _rank_of_relay(row[0]))), paper)


def _rank_of_relay(field: str) -> tuple[int, bool, bool]:
    """What the environment shares stands last."""
    return settings.rank(field), field.startswith("verify."), field.startswith("sender.")


def _resource(desired: Desired, unmanaged: Sequence[str], paper: Paper, value: _Told) -> list[str]:
    rows = _rows({**desired.handshake, **desired.settings}, desired.origin, desired.position, value)
    # first what the platform gets
    lines = _table(sorted(rows, key=lambda row: (row[0] not in desired.settings, settings.rank(row[0]))))
    if len(lines) > len(desired.settings):
        lines.insert(len(desired.settings), "  for the handshake only:")
    if unmanaged:
        lines.append(f"  not managed: {', '.join(unmanaged)}")
    return _block(str(desired.address), lines, paper)


def _zone(target: Target | None) -> list[str]:
    return [f"  in zone {target.zone}, from {target.zone_position}"] if target else []


def _client(found: Mapping[str, Any] | None, told: set[str]) -> list[str]:
    """What is known of the application's own mail client; what to look out for once for each."""
    if found is None:
        return []
    name, heed = found["name"], found["look_out"]
    again = ", as above" if name in told else ":" if heed else ": UNVERIFIED what it does"
    lines = [f"  sends with {name} ({found['versions']}){again}"]
    lines += [f"    {text}" for text in heed if name not in told]
    if found["predicted"]:
        reason = f": {found['predicted']['reason']}" if found["predicted"]["reason"] else ""
        lines.append(f"    predicted {found['at']}: {', '.join(found['predicted']['outcome'])}{reason}")
    told.add(name)
    return lines


def _counted(addresses: Sequence[str]) -> list[str]:
    named = ", ".join(addresses[:_NAMED]) + (" …" if len(addresses) > _NAMED else "")
    return [f"And {plural(len(addresses), 'relay')}: {named}", f"See one with: reconciler explain {addresses[0]}"]


def _block(head: str, lines: Sequence[str], paper: Paper) -> list[str]:
    return [paper.paint(head, "bold"), *lines]


_Cells = tuple[str, str, str, str]


def _rows(effective: Settings, origins: Mapping[str, Origin], position: Position, told: _Told) -> Iterator[_Cells]:
    """Setting, value, through what it came, and where that was written."""
    for field, value in effective.items():
        origin = origins.get(field) or Origin(position=position, through="default")
        name = "zone" if field == ZONE else field  # as it is written
        yield name, told(field, value), origin.through, str(origin.position)


def _table(rows: Sequence[_Cells]) -> list[str]:
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    return [
        "  " + "   ".join([*(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)), row[3]])
        for row in rows
    ]


def _value(field: str, value: Value, *, base: str, severities: Mapping[str, str]) -> str:
    told = settings.value(value)
    if isinstance(value, SecretRef):
        return f"{told}, version {value.version}" if value.version else told
    if field.startswith(_CHECKS) and (usual := severities.get(field.removeprefix(_CHECKS), told)) != told:
        return f"{told}, usually {usual}"
    return told.removeprefix(f"{base}/") if base and isinstance(value, str) else told
