"""What a run took out of use, declared again as it was found: no file says it any more. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.model.address import Address
from reconciler.model.change import Action
from reconciler.model.handshake import HANDSHAKE_ONLY
from reconciler.model.landscape import Landscape, Target
from reconciler.model.ports import Versions
from reconciler.model.runs.intent import Intent
from reconciler.model.settings import Desired, Present, Settings, Value
from reconciler.pipeline.resolve import relays
from reconciler.pipeline.write import earlier_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """`lost` says of each secret that cannot come back why."""

    desired: Desired
    lost: Mapping[str, str]


def restored(begun: Intent, landscape: Landscape, versions: Versions) -> Restored | None:
    """None for what only a person can bring back: it never carried our mark, or its target left the files."""
    change, before = begun.change, begun.before
    target = landscape.by_unit.get(change.address.unit)
    if change.action is not Action.ARCHIVE or not isinstance(before, Present) or not before.mark:
        return None
    if target is None or target.installation != change.installation:
        return None
    lost: dict[str, str] = {}
    settings: dict[str, Value] = {**(begun.applied.settings if begun.applied else {}), **before.settings}
    for field, applied in (begun.applied.secrets if begun.applied else {}).items():
        if why := earlier_secret.why_gone(applied, versions):
            lost[field] = why
        else:
            settings[field] = earlier_secret.pinned(applied)
    return Restored(desired=_declared(change.address, target, settings, landscape), lost=lost)


def _declared(address: Address, target: Target, settings: Settings, landscape: Landscape) -> Desired:
    return Desired(
        address=address,
        kind=target.kind,
        installation=target.installation,
        settings=settings,
        handshake=_provable({**dict(_beside(address, settings, landscape)), **settings}),
        origin={},
        position=target.position,
        protected=landscape.protected(target.environment),
    )


def _beside(address: Address, settings: Settings, landscape: Landscape) -> Iterator[tuple[str, Value]]:
    """What no platform keeps and a handshake needs: what its stage says of verify, and of the same relay."""
    mine = [one.handshake for one in landscape.desired if one.address.environment == address.environment]
    for found in sorted(mine, key=lambda one: one.get("host") == settings.get("host")):
        same = found.get("host") == settings.get("host")
        for field, value in found.items():
            if field.startswith("verify.") or (same and field in HANDSHAKE_ONLY):
                yield field, value


def _provable(settings: Settings) -> Settings:
    """Without the route where the platform has words of its own for it: then nobody here can shake hands."""
    try:
        relays.relay(settings, None)
    except ValueError:
        return {field: value for field, value in settings.items() if field not in relays.ROUTE}
    return settings
