"""The Reading of a target that only a person can look at: what was attested last, and what speaks against it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from reconciler.model.address import Resource
from reconciler.model.attestation import ConsoleEvent, Guide
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.landscape import TargetSpec
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Applied, Attested, Desired, Present, Reading


def reading(
    spec: TargetSpec,
    desired: Iterable[Desired],
    applied: Mapping[Resource, Applied],
    guide: Guide,
    events: Sequence[ConsoleEvent] | Finding,
    today: str,
) -> Reading:
    """`applied` is of this installation, `desired` of this target; `today` is YYYY-MM-DD.

    `events` is a Finding where the product's log did not tell: what was attested is known all the same.
    """
    told, silent = ((), events) if isinstance(events, Finding) else (events, None)
    return Reading(
        unit=spec.unit,
        installation=spec.installation,
        kind=spec.kind,
        resources={
            one.address.resource: _present(one, applied.get(one.address.resource), guide, told, today)
            for one in desired
        },
        findings=(_not_told(spec, silent, since(applied)),) if silent else (),
    )


def since(applied: Mapping[Resource, Applied]) -> str | None:
    """The oldest attestation: change events before it say nothing. None without one."""
    return min((entry.attested.at for entry in applied.values() if entry.attested), default=None)


def _present(
    wanted: Desired, last: Applied | None, guide: Guide, events: Sequence[ConsoleEvent], today: str
) -> Present:
    if last is None or last.attested is None:  # nobody knows what is there: so nothing is shown as "not set"
        return Present(settings={}, write_only=frozenset(wanted.settings), guided=True)
    secrets = {field for field, value in wanted.settings.items() if isinstance(value, SecretRef)}
    return Present(
        settings=last.settings,
        write_only=frozenset(secrets),
        marker=last.marker,
        findings=tuple(_doubts(str(wanted.address), last.attested, guide, events, today)),
        guided=True,
        attested=last.attested,
    )


def _doubts(
    address: str, attested: Attested, guide: Guide, events: Sequence[ConsoleEvent], today: str
) -> Iterator[Finding]:
    again = f"look at the console, then: reconciler attest {address}"
    if guide.days is not None and (age := days(attested.at, today)) > guide.days:
        yield _doubt(
            address, "attestation-expired", f"attested {age} days ago; attestation_days is {guide.days}", again
        )
    if attested.tested is False:
        fix = f"find out why, then: reconciler attest {address} --test passed"
        yield _doubt(address, "attested-test-failed", f"the product's own test failed, {attested.by} says", fix)
    since_then = datetime.fromisoformat(attested.at)  # as text, 05.9 seconds would come before 05
    later = [event for event in events if datetime.fromisoformat(event.at) > since_then]
    if later:
        last = later[-1]
        what = f"{last.by} changed {last.what} on {_minute(last.at)}, after it was attested"
        yield _doubt(address, "possibly-drifted", what, again)


def _not_told(spec: TargetSpec, why: Finding, at: str | None) -> Finding:
    return Finding(
        severity=Severity.WARNING,
        rule="changes-not-told",
        address=spec.unit,
        what=f"who changed it since {_minute(at) if at else 'then'} is not known: {why.what}",
        why=why.why,
        fix=why.fix,
        holds=Holds.UNTIL_USED,
    )


def _minute(at: str) -> str:
    return f"{at[:16].replace('T', ' ')} UTC"


def days(at: str, today: str) -> int:
    """Whole days from a time (RFC 3339) to a date."""
    return (date.fromisoformat(today[:10]) - date.fromisoformat(at[:10])).days


def _doubt(address: str, rule: str, what: str, fix: str) -> Finding:
    return Finding(
        severity=Severity.WARNING,
        rule=rule,
        address=address,
        what=what,
        fix=fix,
        holds=Holds.UNTIL_DONE_BY_HAND,
    )
