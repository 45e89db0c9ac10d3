"""OpenSPP, and any Odoo 17 to 19: outgoing mail servers (`ir.mail_server`) and what belongs to them, by Odoo's API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reconciler.drivers.http import site
from reconciler.errors import PlatformDenied
from reconciler.model.address import Resource
from reconciler.model.change import Change
from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import OAUTH2_FIELDS
from reconciler.model.platform import Platform
from reconciler.model.ports import Opener
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Connection, Desired, Reading, Settings, Shape, Value
from reconciler.platforms.openspp import domains, foreseen, limits, parameters, rpc, switch
from reconciler.platforms.openspp import settings as odoo_settings
from reconciler.platforms.openspp.reading import DOMAINS, MAIL_SERVERS, PARAMETERS, OdooReader
from reconciler.platforms.openspp.writing import OdooWriter

if TYPE_CHECKING:  # only doctor needs it
    from reconciler.model.answers.route import Route
    from reconciler.model.checkup import Checkup


def installation(connection: Connection) -> str:
    parts = urlsplit(str(connection["url"]))
    port = "" if parts.port in (None, {"https": 443, "http": 80}.get(parts.scheme)) else f":{parts.port}"
    return f"odoo:{parts.scheme}://{parts.hostname}{port}{parts.path.rstrip('/')}/{connection['database']}"


def fields(collection: str, connection: Connection) -> frozenset[str]:
    """With `oauth2.*`, for the handshake: Odoo keeps its OAuth2 app once for all mail servers (see `parameters`)."""
    if collection == DOMAINS:
        return domains.FIELDS
    if collection == PARAMETERS:
        return frozenset(parameters.PARAMETERS)
    return frozenset(odoo_settings.NAMES) | OAUTH2_FIELDS


def normalised(resource: Resource, settings: Settings, connection: Connection) -> Settings:
    """The form in which they are read back."""
    if resource.collection == DOMAINS:
        return {field: domains.normal(field, value) for field, value in settings.items()}
    if resource.collection == PARAMETERS:
        return {field: parameters.normal(field, value) for field, value in settings.items()}
    declared = {**settings, "name": settings.get("name") or resource.key, "active": settings.get("active", True)}
    return {field: _normal(field, value) for field, value in declared.items() if field not in OAUTH2_FIELDS}


def _normal(field: str, value: Value) -> Value:
    if value is None:
        return odoo_settings.DEFAULTS.get(field)
    if field == "from_filter":
        return odoo_settings.normal_filter(value)
    if field == "max_email_size":
        return odoo_settings.normal_size(value)
    if isinstance(value, str) and field in ("host", "name", "username"):
        text = value.strip()
        return (text.lower() if field == "host" else text) or None
    return value


def findings(desired: Desired, connection: Connection) -> Iterable[Finding]:
    """What Odoo cannot do, as far as the files show it."""
    yield from site.problems(str(connection["url"]), desired.address.unit)
    for severity, rule, field, what, fix in _limits(desired, connection):
        origin = desired.origin.get(field)
        where = origin.position if origin else desired.position
        yield Finding(
            severity=severity, rule=rule, address=str(desired.address), field=field, what=what, fix=fix, where=where
        )


def _limits(desired: Desired, connection: Connection) -> Iterator[limits.Limit]:
    collection = desired.address.resource.collection
    if collection == PARAMETERS:
        yield from limits.of_parameters(desired.settings)
    elif collection == MAIL_SERVERS:
        yield from limits.limits(desired.settings)
        if switch.is_on(connection):
            for rule, field, what in switch.limits(desired):
                yield Severity.ERROR, rule, field, what, "connection: {switch: in_place}"


def together(declared: Sequence[Desired]) -> Iterable[Finding]:
    """One company in two domains; a mail server of mailings that is none of these."""
    return limits.together(declared)


def senders(wanted: Desired, declared: Sequence[Desired]) -> Sequence[str]:
    from reconciler.platforms.openspp import sending  # only handshakes and explain do

    return sending.senders(wanted, declared)


def route(address: str, company: str | None, declared: Sequence[Desired]) -> Route:
    from reconciler.platforms.openspp import sending

    return sending.route(address, company, declared)


def defaults(collection: str, connection: Connection) -> Settings:
    known = {DOMAINS: domains.DEFAULTS, PARAMETERS: parameters.DEFAULTS}
    return known.get(collection, odoo_settings.DEFAULTS)


def remarks(change: Change, connection: Connection) -> Iterable[Finding]:
    """That a change is carried out as a blue/green switch."""
    if change.address.resource.collection == MAIL_SERVERS and switch.is_on(connection) and switch.applies(change):
        yield switch.remark(change)


def refusals(changes: Sequence[Change], reading: Reading) -> Iterable[Finding]:
    """What would take mail away from somebody, or mail out of a copy; what Odoo would refuse."""
    return foreseen.findings(changes, reading)


def reader(unit: str, connection: Connection, secrets: Opener) -> OdooReader:
    return OdooReader(unit, connection, lambda: rpc.reading(*_login(connection, secrets)))


def compared_secrets(
    unit: str,
    connection: Connection,
    secrets: Opener,
    reading: Reading,
    wanted: Mapping[Resource, Mapping[str, SecretRef]],
) -> Mapping[Resource, Mapping[str, bool]]:
    from reconciler.platforms.openspp import compared  # only drift --compare-secrets does

    odoo = rpc.reading(*_login(connection, secrets))
    try:
        return compared.same(odoo, secrets, reading, wanted)
    finally:
        odoo.close()


def writer(unit: str, connection: Connection, secrets: Opener) -> OdooWriter:
    return OdooWriter(unit, connection, lambda: rpc.writing(*_login(connection, secrets)), secrets)


def doctor(unit: str, connection: Connection, secrets: Opener, trace: bool) -> Checkup:
    """`trace` is for consoles."""
    from reconciler.platforms.openspp import checkup

    return checkup.checkup(unit, lambda: _login(connection, secrets))


def _login(connection: Connection, secrets: Opener) -> tuple[site.Site, rpc.Login]:
    kind = "api_key" if connection.get("api_key") is not None else "password"
    reference = connection.get(kind)
    if not isinstance(reference, SecretRef):
        raise PlatformDenied("connection has no api_key", fix="api_key: {vault: path#key}")
    login = rpc.Login(
        database=str(connection["database"]),
        username=str(connection["username"]),
        secret=secrets.open(reference),
        is_key=kind == "api_key",
        named=f"connection.{kind} ({reference})",
        protocol=str(connection.get("protocol") or "auto"),
    )
    return site.site(str(connection["url"]), connection), login


PLATFORM = Platform(
    # in the order in which they are written: a parameter may name a mail server
    collections={MAIL_SERVERS: Shape.MANY, DOMAINS: Shape.MANY, PARAMETERS: Shape.ONE},
    installation=installation,
    fields=fields,
    normalised=normalised,
    findings=findings,
    together=together,
    remarks=remarks,
    refusals=refusals,
    client=lambda connection: "odoo",
    senders=senders,
    route=route,
    defaults=defaults,
    compared=compared_secrets,
    reader=reader,
    writer=writer,
    doctor=doctor,
    in_use="active",
    aliases=("odoo",),
)
