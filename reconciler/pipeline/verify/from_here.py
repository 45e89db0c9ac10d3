"""Relays in zones, also asked from here: as far as TLS, and with no secret. It never changes what their zone found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.model.answers.verdict import Verdict
from reconciler.model.handshake import Auth, CheckResult, CheckSeverity, CheckStatus, Handshake, Level, Relay, Status
from reconciler.pipeline.policy import hosts
from reconciler.pipeline.verify import same_server
from reconciler.smtp.catalogue.results import CATALOGUE

_SEVERE = (CheckStatus.FAIL, CheckStatus.INCONCLUSIVE)
_LONGEST = (("total", 15.0),)  # seconds: whoever drops packets is not waited for as if it mattered


def relays(wanted: Iterable[Relay]) -> list[Relay]:
    """What to ask from here, for those of which that says anything."""
    return [_from_here(relay) for relay in wanted if _worth_it(relay)]


def _worth_it(relay: Relay) -> bool:
    """Loopback is another machine here, and a `via` starts from the zone."""
    return relay.zone is not None and relay.via is None and not hosts.loopback(relay.host)


def _from_here(relay: Relay) -> Relay:
    return Relay(
        name=f"{relay.name} (from here)",
        host=relay.host,
        port=relay.port,
        encryption=relay.encryption,
        auth=Auth.NONE,
        ca_file=relay.ca_file,
        ehlo_name=relay.ehlo_name,
        pins=relay.pins,
        level=min(relay.level, Level.TLS, key=lambda level: level.rank),
        severities=tuple(pair for pair in relay.severities if not _opt_in(pair[0])),
        patience=_LONGEST,
    )


def _opt_in(check: str) -> bool:
    return CATALOGUE[check].severity is CheckSeverity.OFF


def beside(relay: Relay, found: Handshake, seen: Mapping[Relay, Handshake]) -> Handshake:
    """The handshake of a relay, with the zone that it is from, and with what was `seen` from here."""
    if relay.zone is None:
        return found
    here = seen.get(_from_here(relay)) if _worth_it(relay) else None
    return replace(found, zone=relay.zone, here=None if here is None else _verdict(here, found))


def _verdict(here: Handshake, there: Handshake) -> Verdict:
    if here.status in (Status.FAIL, Status.INCONCLUSIVE):
        return Verdict(status=here.status, summary=_why(here))
    if (differs := same_server.difference(here, there)) is not None:
        return Verdict(status=Status.WARN, summary=f"another server ({differs})")
    return Verdict(status=Status.PASS, summary=here.summary)  # of warnings, the zone's own handshake has told


def _why(found: Handshake) -> str:
    worst = [check for status in _SEVERE for check in found.checks if check.status is status]
    return _said(worst[0]) if worst else found.summary


def _said(check: CheckResult) -> str:
    """For a connection that was not made, what the network said."""
    if check.id != "SMTP100" or not check.evidence:
        return check.reason
    said = check.evidence.splitlines()[-1].rpartition(": ")[2]
    return said[:1].lower() + said[1:]
