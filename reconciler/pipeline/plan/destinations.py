"""Where a credential goes: a changed destination with an unchanged credential is how a credential is stolen. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.model.finding import Finding, Severity
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Applied, Desired, Value, same

# The setting that says where a secret is sent; every other secret goes to the host.
_DESTINATIONS = {"oauth2.client_secret": ("oauth2.token_url", "oauth2.authority_host")}


# By setting and reference, whatever version it pins: what was applied with it.
Sent = Mapping[tuple[str, ...], Sequence[Applied]]


def sent(applied: Iterable[Applied]) -> Sent:
    found: dict[tuple[str, ...], list[Applied]] = {}
    for entry in applied:
        for field, secret in entry.secrets.items():
            found.setdefault(_named(field, secret.ref), []).append(entry)
    return found


def risks(wanted: Desired, known: Sent) -> Iterator[Finding]:
    """One for each secret that we have sent somewhere, and never to the place that is declared now.

    A new resource may be the thief too, so everything that was applied counts, not only what was applied to this one.
    """
    for secret, ref in wanted.settings.items():
        if not isinstance(ref, SecretRef):
            continue
        entries = known.get(_named(secret, ref), ())
        for field in _DESTINATIONS.get(secret, ("host",)):
            place = wanted.settings.get(field)
            new = not any(same(place, entry.settings.get(field)) for entry in entries)
            if place is not None and entries and new:
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
