"""What a revision that nobody has reviewed may decide: nothing about where a credential goes. Pure.

The files of a pull request are compared with those of its base. What decides where a login or a secret is sent has to
be the same there; else the target is not contacted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from reconciler.model.finding import Finding
from reconciler.model.handshake import CheckResult, CheckStatus, Handshake, Level, Relay, Status
from reconciler.model.landscape import Landscape, Target
from reconciler.model.settings import Desired, Settings
from reconciler.pipeline.policy import hosts
from reconciler.pipeline.resolve import relays
from reconciler.pipeline.review import carriers, decides, values
from reconciler.pipeline.review.decides import Files

# whom a client secret reaches at a token server, and by which way; a plan shows neither: no platform is told
_TOKEN_SERVER = ("oauth2.ca_file", "oauth2.proxy")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotContacted:
    """Who must not be contacted: targets by unit, and with `central` no secret store and no state either."""

    units: Mapping[str, Finding] = field(default_factory=dict)
    central: bool = False


def targets_not_contacted(head: Landscape, base: Landscape | None, files: Files, ref: str) -> NotContacted:
    """`ref` is what people call the base."""
    if base is None:
        return _all(head, decides.finding(None, f"{ref} has no valid files to compare with", None))
    if central := _central(head, base, files, ref):
        return _all(head, central)
    known = {target.unit: target for target in base.targets}
    found = [(target.unit, _target(target, known.get(target.unit), files, ref)) for target in head.targets]
    units = {unit: finding for unit, finding in found if finding}
    for finding in _token_servers(head, base, files, ref):
        units.setdefault(str(finding.address), finding)
    closed = carriers.changed(head, base, files, ref) if head.engine else {}
    for target in head.targets:
        if target.zone in closed:
            units.setdefault(target.unit, replace(closed[target.zone], address=target.unit))
    return NotContacted(units=units)


def _all(head: Landscape, why: Finding) -> NotContacted:
    return NotContacted(units={one.unit: replace(why, address=one.unit) for one in head.targets}, central=True)


def _central(head: Landscape, base: Landscape, files: Files, ref: str) -> Finding | None:
    """What reconciler.yaml decides for everybody: where secrets and state are."""
    for name, store in head.stores.items():
        known = base.stores.get(name)
        if known is None or known.type != store.type:
            return decides.finding(None, f"secret_stores.{name} differs from {ref}", store.position)
        if differs := decides.differs(store.options, known.options, files):
            what = f"secret_stores.{name} differs from {ref}: {'; '.join(differs)}"
            return decides.finding(None, what, store.position)
    return (
        None
        if head.state == base.state
        else decides.finding(None, f"state is kept in another place than in {ref}", None)
    )


def _target(target: Target, known: Target | None, files: Files, ref: str) -> Finding | None:
    if known is None:
        return decides.finding(target.unit, f"{ref} has no such target", target.position)
    if known.kind != target.kind:
        return decides.finding(target.unit, f"it is a {known.kind} in {ref}", target.position)
    if known.zone != target.zone:
        what = f"zone differs from {ref}: {values.shown(known.zone)} → {values.shown(target.zone)}"
        return decides.finding(target.unit, what, target.zone_position or target.position)
    if differs := decides.differs(target.connection, known.connection, files):
        what = f"connection differs from {ref}: {'; '.join(differs)}"
        return decides.finding(target.unit, what, files.place(target.connection_position, differs[0].partition(":")[0]))
    return None


def _token_servers(head: Landscape, base: Landscape, files: Files, ref: str) -> Iterator[Finding]:
    """A resource is compared with itself; a new one with its relay, which may be known."""
    same = {desired.address: desired.handshake for desired in base.desired}
    brought = {relay.address: relay.settings for relay in base.relays}
    for desired in head.desired:
        relay = f"{desired.address.environment}/{desired.relay}"
        known = same.get(desired.address, brought.get(relay, {}))
        if finding := _token_server(desired, known, files, ref):
            yield finding


def _token_server(desired: Desired, known: Settings, files: Files, ref: str) -> Finding | None:
    for name in _TOKEN_SERVER:
        said = desired.handshake.get(name)
        read = name.endswith(".ca_file") and isinstance(said, str)
        if said != known.get(name) or (read and files.moved(str(said))):
            origin = desired.origin.get(name)
            where = origin.position if origin else desired.position
            now = f"{values.shown(known.get(name))} → {values.shown(said)}"
            moved = now if said != known.get(name) else "the file has changed"
            what = f"{name} of {desired.address.resource} differs from {ref}: {moved}"
            return decides.finding(desired.address.unit, what, where)
    return None


def contacted(relay: Relay, base: Landscape | None, zones: Collection[str] = ()) -> Relay | None:
    """A relay as far as it may be tried: TLS and no login, and only where the base goes too. None: not at all.

    `zones` are those that are reached as in the base; a host of one network is another one in the next.
    """
    if base is None:
        return None
    routes = [one.relay for one in base.relays] + [relays.relay(one.handshake, None) for one in base.desired]
    known = [route for route in routes if route]
    there = hosts.matches(relay.host, base.policy.relay_hosts) or (hosts.normal(relay.host), relay.zone) in {
        (hosts.normal(route.host), route.zone) for route in known
    }
    if not there or relay.via not in {None, *(route.via for route in known)}:
        return None
    if relay.zone is not None and relay.zone not in zones:
        return None
    return replace(relay, level=min(relay.level, Level.TLS, key=lambda level: level.rank), dns=False)


def not_contacted(relay: Relay, ref: str) -> Handshake:
    reason = f"not contacted: {ref} has neither this host nor this route to it"
    advice = "add the host to policy.relay_hosts, or add the relay, in a separate change"
    check = CheckResult(id="SMTP100", status=CheckStatus.INCONCLUSIVE, reason=reason, advice=advice)
    return Handshake(
        relay=relay.name,
        host=relay.host,
        port=relay.port,
        level=relay.level,
        status=Status.INCONCLUSIVE,
        steps=(),
        checks=(check,),
        summary=reason,
    )
