"""Which zones a change would have reached in another way than the base: nobody there is contacted. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.finding import Finding
from reconciler.model.landscape import EngineSpec, Landscape
from reconciler.model.settings import Connection
from reconciler.pipeline.review import decides
from reconciler.pipeline.review.decides import Files

# whom the login of the broker goes to, and what signs; how long anybody waits decides nothing
_DECIDES = ("type", "broker", "login", "ca_file", "client_certificate", "client_key", "signing_key", "reading_key")


def changed(head: Landscape, base: Landscape, files: Files, ref: str) -> Mapping[str | None, Finding]:
    """By zone, why; `ref` is what people call the base."""
    if head.engine is None:
        return {}
    zones = head.engine.zones
    if base.engine is None:
        finding = decides.finding(None, f"{ref} has no engine", head.engine.position)
        return dict.fromkeys(zones, finding)
    if differs := decides.differs(told(head.engine), told(base.engine), files):
        finding = decides.finding(None, f"engine differs from {ref}: {'; '.join(differs)}", head.engine.position)
        return dict.fromkeys(zones, finding)
    found: dict[str | None, Finding] = {}
    for name, zone in zones.items():
        known = base.engine.zones.get(name)
        if known is None or known.key != zone.key or files.moved(zone.key):
            what = f"{ref} has no zone {name}" if known is None else f"the key of zone {name} differs from {ref}"
            found[name] = decides.finding(None, what, zone.position)
    return found


def reviewed(head: Landscape, base: Landscape | None, files: Files) -> frozenset[str]:
    """The zones that are reached as in the base."""
    if head.engine is None or base is None:
        return frozenset()
    return frozenset(head.engine.zones) - changed(head, base, files, "").keys()


def told(engine: EngineSpec) -> Connection:
    """What of it decides where a credential goes."""
    said = ((name, getattr(engine, name)) for name in _DECIDES)
    return {name: value for name, value in said if value is not None}
