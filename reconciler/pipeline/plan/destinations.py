"""Where a credential goes: a changed destination with an unchanged credential is how a credential is stolen. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.model.finding import Finding, Severity
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Applied, Desired, Value, same
from reconciler.pipeline.observe import sent as remembered

# By setting and reference, whatever version it pins: the settings that say where it was sent, each with its value.
Known = Mapping[tuple[str, ...], Sequence[tuple[str, Value]]]


def sent(applied: Iterable[Applied]) -> Known:
    """Where what was applied has gone, now and before."""
    found: dict[tuple[str, ...], list[tuple[str, Value]]] = {}
    for entry in applied:
        for setting, secret in entry.secrets.items():
            places = found.setdefault(_named(setting, secret.ref), [])
            places += [(field, entry.settings.get(field)) for field in remembered.fields(setting)]
        for one in entry.sent:
            found.setdefault(_named(one.setting, one.ref), []).append((one.field, one.place))
    return found


def risks(wanted: Desired, known: Known) -> Iterator[Finding]:
    """One for each secret that we have sent somewhere, and never to the place that is declared now.

    A new resource may be the thief too, so everything that was applied counts, not only what was applied to this one.
    """
    for secret, ref in wanted.settings.items():
        if not isinstance(ref, SecretRef):
            continue
        places = known.get(_named(secret, ref), ())
        for field in remembered.fields(secret):
            place = wanted.settings.get(field)
            new = not any(name == field and same(place, one) for name, one in places)
            if place is not None and places and new:
                yield _risk(wanted, secret, field, place)


def _named(field: str, ref: SecretRef) -> tuple[str, ...]:
    return field, ref.store, ref.path, ref.key or ""


def _risk(wanted: Desired, secret: str, field: str, place: Value) -> Finding:
    origin = wanted.origin.get(field)
    return Finding(
        severity=Severity.RISK,
        rule="secret-to-new-host",
        address=str(wanted.address),
        field=secret,
        where=origin.position if origin else wanted.position,
        what=f"this {secret} has not been sent to {place} before",
        why=f"a new {field} with an unchanged credential is how credentials are stolen",
        fix=f"check {field}, then apply with --allow secret-to-new-host",
    )
