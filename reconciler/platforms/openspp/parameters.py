"""Odoo's system parameters that belong to outgoing mail, as settings of the one resource `parameters`.

They are read by name: `database.secret` lies in the same table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from reconciler.errors import PlatformRefused
from reconciler.model.finding import Finding, Severity
from reconciler.model.secret import SecretValue
from reconciler.model.settings import Present, Settings, Value
from reconciler.platforms.openspp.records import SUPPORTED, Mark, Server
from reconciler.platforms.openspp.rpc import Odoo
from reconciler.platforms.openspp.settings import normal_filter

MODEL = "ir.config_parameter"
_MASS_MAILING, MASS_MAILING_ID = "mass_mailing.outgoing_mail_server", "mass_mailing.mail_server_id"


class Kind(Enum):
    TEXT = auto()
    NUMBER = auto()
    FILTER = auto()
    FLAG = auto()  # set to anything, it is on: Odoo takes even the text False for true
    NOT = auto()  # a flag that says the contrary of our setting
    SERVER = auto()  # the key of a mail server
    SECRET = auto()


@dataclass(frozen=True, slots=True)
class Parameter:
    key: str
    kind: Kind = Kind.NUMBER
    since: int = SUPPORTED.start  # for people: `field` tells whether an Odoo has it
    field: str | None = None  # of a mail server, that came with it

    def known(self, server: Server) -> bool:
        return self.field is None or self.field in server.fields


_PERSONAL = "owner_user_id"
PARAMETERS: Mapping[str, Parameter] = {
    "base_url": Parameter("web.base.url", Kind.TEXT),
    "base_url_frozen": Parameter("web.base.url.freeze", Kind.FLAG),
    "fallback_from_filter": Parameter("mail.default.from_filter", Kind.FILTER),
    "default_max_email_size": Parameter("base.default_max_email_size", since=18, field="max_email_size"),
    "queue_batch_size": Parameter("mail.mail.queue.batch.size"),
    "session_batch_size": Parameter("mail.session.batch.size"),
    "notification_batch_size": Parameter("mail.batch_size"),
    "force_send_limit": Parameter("mail.mail.force.send.limit"),
    "personal_mail_servers": Parameter("mail.disable_personal_mail_servers", Kind.NOT, 19, _PERSONAL),
    "personal_limit": Parameter("mail.server.personal.limit.minutes", since=19, field=_PERSONAL),
    "personal_limit_outlook": Parameter("mail.server.personal.limit.minutes_outlook", since=19, field=_PERSONAL),
    "custom_mail_servers": Parameter("base_setup.default_external_email_server", Kind.FLAG),
    "mass_mailing_server": Parameter(MASS_MAILING_ID, Kind.SERVER),
    "gmail.client_id": Parameter("google_gmail_client_id", Kind.TEXT),
    "gmail.client_secret": Parameter("google_gmail_client_secret", Kind.SECRET),
    "outlook.client_id": Parameter("microsoft_outlook_client_id", Kind.TEXT),
    "outlook.client_secret": Parameter("microsoft_outlook_client_secret", Kind.SECRET),
}
_SECRETS = {name: one for name, one in PARAMETERS.items() if one.kind is Kind.SECRET}
# what is in force where nobody set it
DEFAULTS: Settings = {"base_url_frozen": False, "personal_mail_servers": True, "custom_mail_servers": False}


def present(odoo: Odoo, server: Server, marks: Mapping[str, Mark], address: str) -> Present:
    known = {name: one for name, one in PARAMETERS.items() if one.known(server)}
    settings = {name: _read(one, server.parameters, marks) for name, one in known.items() if name not in _SECRETS}
    changed = _secrets_changed(odoo, settings)
    unset = dict.fromkeys(name for name in _SECRETS if name not in changed)
    return Present(
        settings={**settings, **unset},
        write_only=frozenset(changed),
        marker=max(changed.values(), default=None),
        mark=False,
        findings=tuple(_of_later_versions(server, address)),
    )


def written(odoo: Odoo, server: Server, after: Mapping[str, Value | SecretValue], marks: Mapping[str, Mark]) -> None:
    """Sets each; all of them are looked at before the first is written.

    Raises PlatformRefused for one that this Odoo does not have, or whose server is unknown.
    """
    values: dict[str, Any] = {}
    for name, value in after.items():
        one = PARAMETERS[name]
        if not one.known(server):
            raise PlatformRefused(f"Odoo {server.told} has no {name}", fix="leave it out")
        values |= _mass_mailing(value, marks) if one.kind is Kind.SERVER else {one.key: _spelt(one, value)}
    put(odoo, values)


def is_default_of_mailings(server: Server, record: int) -> bool:
    """Whether mailings are sent through this mail server unless they say otherwise; Odoo then keeps it in use."""
    return "active_mailing_ids" in server.fields and server.parameters.get(MASS_MAILING_ID) == str(record)


def moved(odoo: Odoo, old: int, new: int) -> bool:
    """Where mailings are sent through `old` unless they say otherwise, through `new`; tells whether they were."""
    domain = [["key", "=", MASS_MAILING_ID], ["value", "=", str(old)]]
    if found := odoo.call(MODEL, "search", domain=domain):
        odoo.call(MODEL, "write", ids=found, vals={"value": str(new)})
    return bool(found)


def put(odoo: Odoo, values: Mapping[str, Any]) -> None:
    """Sets parameters by their keys, False removes one. By what every model has: 19.1 dropped set_param."""
    if not values:
        return
    domain = [["key", "in", sorted(values)]]
    known = {row["key"]: row["id"] for row in odoo.call(MODEL, "search_read", domain=domain, fields=["key"])}
    for key, value in values.items():
        if value is not False and key not in known:
            odoo.call(MODEL, "create", vals_list=[{"key": key, "value": value}])
        elif value is not False:
            odoo.call(MODEL, "write", ids=[known[key]], vals={"value": value})
        elif key in known:
            odoo.call(MODEL, "unlink", ids=[known[key]])


def normal(name: str, value: Value) -> Value:
    if value is None:
        return DEFAULTS.get(name)
    if name == "base_url":
        return str(value).rstrip("/")
    if PARAMETERS[name].kind is Kind.FILTER:
        return normal_filter(value)
    return _number(value) if PARAMETERS[name].kind is Kind.NUMBER else value


def _read(one: Parameter, found: Mapping[str, str], marks: Mapping[str, Mark]) -> Value:
    text = found.get(one.key) or None
    match one.kind:
        case Kind.FLAG:
            return text is not None
        case Kind.NOT:
            return text is None
        case Kind.FILTER:
            return normal_filter(text or ())
        case Kind.NUMBER:
            return _number(text)
        case Kind.SERVER:
            if text is None or not found.get(_MASS_MAILING):
                return None
            return next((mark.key for mark in marks.values() if str(mark.record) == text), f"id {text}")
    return text


def _number(value: Value) -> Value:
    try:
        number = float(str(value))
    except ValueError:
        return value
    return int(number) if number == int(number) else number


def _spelt(one: Parameter, value: Value | SecretValue) -> Any:
    """As the table holds it: text, or False for nothing."""
    if one.kind in (Kind.FLAG, Kind.NOT):
        return "True" if (value is True) is (one.kind is Kind.FLAG) else False
    if isinstance(value, SecretValue):
        return value
    if value is None or value == ():
        return False
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _mass_mailing(value: Value | SecretValue, marks: Mapping[str, Mark]) -> Mapping[str, Any]:
    if value is None:
        return {_MASS_MAILING: False, MASS_MAILING_ID: False}
    if (mark := marks.get(str(value))) is None:
        raise PlatformRefused(
            f"mass_mailing_server: no mail server in Odoo is managed as {value}",
            fix="name a key of mail_servers in this file",
        )
    return {MASS_MAILING_ID: str(mark.record), _MASS_MAILING: "True"}


def _secrets_changed(odoo: Odoo, settings: Settings) -> dict[str, str]:
    """When each secret that is set was written last. Without an app there is none, and nothing to ask."""
    keys = {
        one.key: name
        for name, one in _SECRETS.items()
        if settings.get(name.replace("client_secret", "client_id")) is not None
    }
    if not keys:
        return {}
    domain = [["key", "in", sorted(keys)]]
    found = odoo.call(MODEL, "search_read", domain=domain, fields=["key", "write_date"])
    return {keys[row["key"]]: str(row["write_date"]) for row in found}


def _of_later_versions(server: Server, address: str) -> Iterator[Finding]:
    for name, one in PARAMETERS.items():
        if not one.known(server):
            yield Finding(
                severity=Severity.ERROR,
                rule="not-in-this-version",
                what=f"Odoo {server.told} has no {name}",
                why=f"it came with Odoo {one.since}",
                fix="leave it out",
                address=address,
                field=name,
            )
