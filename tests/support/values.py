"""Small values for tests of pure stages: a resource, what the platform has, what was applied."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.address import Address
from reconciler.model.handshake import Certificate
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.model.settings import (
    Adopt,
    Applied,
    AppliedSecret,
    Desired,
    Live,
    Origin,
    Present,
    Reading,
    Settings,
    Stranger,
)
from reconciler.model.source import Position
from reconciler.model.wire.read_certificate import ReadCertificate

MAIN = "prod/crm:mail_servers[main]"
REF = SecretRef(store="default", path="mail/prod/submission", key="password")


def place(line: int = 1, file: str = "environments/prod/crm.yaml") -> Position:
    return Position(file=file, line=line, column=1)


def desired(
    address: str = MAIN, *, adopt: Adopt | None = None, moved_from: str | None = None, **settings: object
) -> Desired:
    """A declared resource; `installation` is "crm" whatever its target is called."""
    parsed = Address.parse(address)
    former = Address.parse(f"x/y:{moved_from}").resource if moved_from else None
    plain: dict[str, object] = {key.replace("__", "."): value for key, value in settings.items()}
    origin = {field: Origin(position=place(index + 2), through="here") for index, field in enumerate(plain)}
    return Desired(
        address=parsed,
        kind="fake",
        installation="crm",
        settings=plain,  # type: ignore[arg-type]
        handshake=plain,  # type: ignore[arg-type]
        origin=origin,
        position=place(),
        adopt=adopt,
        moved_from=former,
    )


def present(settings: Settings, *, marker: str | None = "m1", mark: bool = True, **more: object) -> Present:
    return Present(settings=settings, marker=marker, mark=mark, write_only=frozenset({"password"}), **more)  # type: ignore[arg-type]


def reading(live: Mapping[str, Live], *strangers: Stranger, unit: str = "prod/crm") -> dict[str, Reading]:
    """`live` by resource, `mail_servers[main]`."""
    resources = {Address.parse(f"x/y:{name}").resource: one for name, one in live.items()}
    return {unit: Reading(unit=unit, installation="crm", kind="fake", resources=resources, strangers=strangers)}


def applied(
    settings: Settings,
    address: str = MAIN,
    *,
    secret: SecretRef | None = None,
    version: SecretVersion | None = None,
    marker: str | None = "m1",
) -> dict[tuple[str, object], Applied]:
    parsed = Address.parse(address)
    secrets = {"password": AppliedSecret(ref=secret, version=version or v(1))} if secret else {}
    entry = Applied(
        installation="crm",
        address=parsed,
        settings=settings,
        secrets=secrets,
        marker=marker,
        run="8123",
        at="2026-11-18T08:00:00Z",
    )
    return {("crm", parsed.resource): entry}


def v(number: int | None, created: str | None = "2026-11-01T00:00:00Z") -> SecretVersion:
    return SecretVersion(number=number, created_time=created)


def certificate(expires: str) -> Certificate:
    """As a relay shows it; the time is RFC 3339."""
    names, pin = ("smtp.example.com",), "sha256/AAAA"
    return ReadCertificate(expires=expires, subject="CN=smtp", issuer="CN=Example CA", names=names, pin=pin)
