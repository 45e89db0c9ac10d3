"""An installation of OpenSPP under test, on a stand-in of Odoo 17, 18, 19 or on a real server, and small changes to it.

The fixtures `lab` (each of them) and `odoo` (one stand-in) come with `pytest_plugins = ["support.openspp_site"]`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from lab.servers.odoo import OdooStandIn

from reconciler.errors import SecretRefused
from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Absent, Present, Reading, Value
from reconciler.platforms import openspp
from reconciler.platforms.openspp import rpc

UNIT = "prod/openspp"
MODEL = "ir.mail_server"
_PARAMETER = "ir.config_parameter"
SECRET = "s3cr3t-Value"
MAIL_PASSWORD = SecretRef(store="env", path="MAIL_PASSWORD")
WANTED: Mapping[str, Value] = {
    "host": "smtp.example.com",
    "port": 587,
    "encryption": "starttls",
    "auth": "basic",
    "username": "relay",
    "password": MAIL_PASSWORD,
    "priority": 5,
    "from_filter": ("Example.com", " Info@Example.org "),
}


@dataclass(frozen=True)
class Secrets:
    """Opens the connection's secret, and the mail's when it is allowed to."""

    values: Mapping[str, str]
    refused: frozenset[str] = frozenset()

    def open(self, ref: SecretRef) -> SecretValue:
        if ref.path in self.refused:
            raise SecretRefused(f"{ref} is not opened here")
        return SecretValue(self.values[ref.path])


@dataclass
class Lab:
    """An installation under test, and a hand that changes things in it as a person would."""

    connection: dict[str, Any]
    secrets: Secrets
    standin: OdooStandIn | None
    made: list[int] = field(default_factory=list)
    open: list[Any] = field(default_factory=list)

    def reader(self) -> openspp.OdooReader:
        secrets = Secrets(self.secrets.values, refused=frozenset({MAIL_PASSWORD.path}))
        self.open.append(openspp.reader(UNIT, self.connection, secrets))
        return self.open[-1]

    def writer(self) -> openspp.OdooWriter:
        self.open.append(openspp.writer(UNIT, self.connection, self.secrets))
        return self.open[-1]

    def read(self) -> Reading:
        return self.reader().read()

    def live(self, key: str | Resource = "main") -> Present:
        found = self.read().live(address(key).resource)
        assert isinstance(found, Present)
        return found

    def hand(self, model: str, method: str, **values: Any) -> Any:
        if not hasattr(self, "_hand"):
            self._hand = rpc.writing(*openspp._login(self.connection, self.secrets))
            self.open.append(self._hand)
        return self._hand.call(model, method, **values)

    def parameter(self, key: str) -> Any:
        """False where it is not set. By what every version has."""
        found = self.hand(_PARAMETER, "search_read", domain=[["key", "=", key]], fields=["value"])
        return found[0]["value"] if found else False

    def set_parameter(self, key: str, value: str | bool) -> None:
        known = self.hand(_PARAMETER, "search", domain=[["key", "=", key]])
        if not known:
            self.hand(_PARAMETER, "create", vals_list=[{"key": key, "value": value}])
        elif value:
            self.hand(_PARAMETER, "write", ids=known, vals={"value": value})
        else:
            self.hand(_PARAMETER, "unlink", ids=known)

    def add(self, **values: Any) -> int:
        return int(self.hand(MODEL, "create", vals_list=[values])[0])

    def row(self, record: int, *names: str) -> Any:
        return self.hand(MODEL, "read", ids=[record], fields=list(names))[0]

    def apply(self, change: Change) -> None:
        self.writer().write(change)

    @property
    def strict(self) -> bool:
        return "starttls_strict" in str(self.hand(MODEL, "fields_get", attributes=["selection"])["smtp_encryption"])

    def everything(self) -> set[tuple[str, int]]:
        """What tests make or change: mail servers, our marks, email domains, parameters."""
        domains = {MODEL: [["active", "in", [True, False]]], "ir.model.data": [["module", "=", "reconciler"]]}
        models = (MODEL, "ir.model.data", "mail.alias.domain", "ir.config_parameter")
        return {
            (model, record) for model in models for record in self.hand(model, "search", domain=domains.get(model, []))
        }

    def clean(self, before: set[tuple[str, int]]) -> None:
        for model, record in self.everything() - before:
            self.hand(model, "unlink", ids=[record])


@pytest.fixture(
    params=[
        (17, "password"),
        (18, "api_key"),
        (19, "password"),
        (19, "api_key"),
        ("saas~19.2", "api_key"),
        pytest.param("live", marks=pytest.mark.live),
    ],
    ids=["17", "18", "19-jsonrpc", "19-json2", "saas", "live"],
)
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    if request.param == "live":
        yield from live_lab()
        return
    version, kind = request.param
    with OdooStandIn(version) as standin:
        yield from closing(standin_lab(standin, kind))


def standin_lab(standin: OdooStandIn, kind: str = "api_key") -> Lab:
    secret = standin.api_key if kind == "api_key" else standin.password
    connection = {"url": standin.url, "database": standin.database, "username": standin.login, kind: env("ODOO")}
    return Lab(connection, Secrets({"ODOO": secret, MAIL_PASSWORD.path: SECRET}), standin)


def live_lab() -> Iterator[Lab]:
    if not (url := os.environ.get("ODOO_URL")):
        pytest.skip("ODOO_URL names no real Odoo")
    kind = "api_key" if "ODOO_API_KEY" in os.environ else "password"
    secret = os.environ.get("ODOO_API_KEY") or os.environ.get("ODOO_PASSWORD", "admin")
    database, user = os.environ.get("ODOO_DB", "ci"), os.environ.get("ODOO_USER", "admin")
    connection = {"url": url, "database": database, "username": user, kind: env("ODOO")}
    lab = Lab(connection, Secrets({"ODOO": secret, MAIL_PASSWORD.path: SECRET}), None)
    before = lab.everything()
    yield from closing(lab, before)


def closing(lab: Lab, before: set[tuple[str, int]] | None = None) -> Iterator[Lab]:
    try:
        yield lab
    finally:
        if before is not None:
            lab.clean(before)
        for opened in lab.open:
            opened.close()


def env(name: str) -> SecretRef:
    return SecretRef(store="env", path=name)


PARAMETERS = Resource(collection="parameters")


def resource(key: str, collection: str = "mail_servers") -> Resource:
    return Resource(collection=collection, key=key)


def domain(name: str = "example.org") -> Resource:
    return resource(name, "alias_domains")


def address(key: str | Resource) -> Address:
    return Address(environment="prod", target="openspp", resource=resource(key) if isinstance(key, str) else key)


def change(
    action: Action,
    fields: Mapping[str, Value] | None = None,
    *,
    key: str | Resource = "main",
    record: int | None = None,
    old: str = "",
) -> Change:
    kinds = {name: FieldKind.UNSET if value is None else FieldKind.SET for name, value in (fields or {}).items()}
    return Change(
        address=address(key),
        kind="openspp",
        installation="odoo:x",
        action=action,
        id=record,
        moved_from=address(old) if old else None,
        fields=tuple(
            FieldChange(field=name, kind=kinds[name], before=None, after=value, cause=Cause.GIT)
            for name, value in (fields or {}).items()
        ),
    )


def planned(
    reading: Reading,
    wanted: Mapping[str, Value],
    key: str | Resource = "main",
    *,
    written: bool = False,
) -> Change | None:
    """What the plan would find, in small: differing fields, and a password that was not written before."""
    what = address(key).resource
    desired = openspp.normalised(what, wanted, {})
    live = reading.live(what)
    if isinstance(live, Absent):
        return change(Action.CREATE, desired, key=key)
    assert isinstance(live, Present)
    differing = {
        name: value
        for name, value in desired.items()
        if (not written if name in live.write_only else live.settings.get(name) != value)
    }
    return change(Action.UPDATE, differing, key=key, record=live.id) if differing else None  # type: ignore[arg-type]


def create(lab: Lab, key: str = "main", **given: Value) -> int:
    todo = planned(lab.read(), {**WANTED, **given}, key)
    assert todo is not None
    assert todo.action is Action.CREATE
    lab.apply(todo)
    return int(lab.live(key).id or 0)


def standin(version: int | str = 19, **given: Any) -> Iterator[Lab]:
    with OdooStandIn(version, **given) as running:
        yield from closing(standin_lab(running))


@pytest.fixture
def odoo(request: pytest.FixtureRequest) -> Iterator[Lab]:
    yield from standin(**getattr(request, "param", {}))
