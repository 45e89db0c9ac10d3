"""The same visit to Service Center twice over: by the driver, and by a form script (o11_script.py).

Each turn moves the environments to the other of two settings, so that there is always something to write: the
authentication, by an Ajax step that draws other fields, and five or six fields with a secret among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import o11_script

from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Connection, Present, Value
from reconciler.platforms import outsystems_o11

EXCHANGE, BASIC = "Exchange Online (OAuth 2.0)", "Basic"
SECRET = "canary-mail-secret"
UNIT = "prod/o11"
EMAIL = Resource(collection="email")
# the names of the form, which the script has to know; SECRET is for the password of either
FORMS: Mapping[str, Mapping[str, str]] = {
    "oauth2": {
        "auth": EXCHANGE,
        "server": "smtp.office365.com",
        "port": "587",
        "tenant": "contoso.example.com",
        "client_id": "6a0f9c1e-58f5-4d6e-8f0a-0a8d4a8d9b1c",
        "client_secret": SECRET,
    },
    "basic": {"auth": BASIC, "server": "relay.example.com", "port": "25", "username": "mail", "password": SECRET},
}
# and what files declare for the same
_SETTINGS = {
    "server": "host",
    "tenant": "oauth2.tenant_id",
    "client_id": "oauth2.client_id",
    "client_secret": "oauth2.client_secret",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    url: str
    password: str

    @property
    def connection(self) -> Connection:
        return {"url": self.url, "username": o11_script.USER, "password": SecretRef(store="env", path="O11")}

    def open(self, ref: SecretRef) -> SecretValue:
        return SecretValue(self.password if ref.path == "O11" else SECRET)


def driven(environment: Environment, auth: str) -> None:
    """What `apply` does in its visit that writes: log in, open, read, type, compare, save, open again, compare, read
    everything back, log out."""
    writer = outsystems_o11.writer(UNIT, environment.connection, environment)
    try:
        writer.write(_change(auth))
        live = writer.read().live(EMAIL)
        assert isinstance(live, Present)
        assert live.settings["host"] == FORMS[auth]["server"]
    finally:
        writer.close()


def planned(environment: Environment) -> None:
    """What `plan` does: log in, read both pages, log out."""
    reader = outsystems_o11.reader(UNIT, environment.connection, environment)
    try:
        assert isinstance(reader.read().live(EMAIL), Present)
    finally:
        reader.close()


def scripted(environment: Environment, auth: str) -> None:
    o11_script.visit(environment.url, environment.password, FORMS[auth])


def scripted_apply(environment: Environment, auth: str) -> None:
    """The three visits of `apply`, whose plan reads first, and which reads again under the lock before it writes."""
    o11_script.read(environment.url, environment.password)
    o11_script.read(environment.url, environment.password)
    scripted(environment, auth)


def declared(auth: str) -> dict[str, Value]:
    """As a plan has it."""
    found: dict[str, Value] = {_SETTINGS.get(name, name): value for name, value in FORMS[auth].items()}
    secret = "password" if auth == "basic" else "oauth2.client_secret"
    return found | {"auth": auth, "port": int(FORMS[auth]["port"]), secret: SecretRef(store="env", path="MAIL")}


def _change(auth: str) -> Change:
    fields = (
        FieldChange(field=name, kind=FieldKind.SET, before=None, after=value, cause=Cause.GIT)
        for name, value in declared(auth).items()
    )
    address = Address(environment="prod", target="o11", resource=EMAIL)
    return Change(
        address=address, kind="outsystems-o11", installation="o11", action=Action.UPDATE, fields=tuple(fields)
    )
