"""An Odoo for the contract, in the versions that OpenSPP stands on, and by both protocols."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from lab import canary
from lab.servers.odoo import OdooStandIn
from reconciler.testing import Subject

_MODEL = "ir.mail_server"
# what Odoo counts and dates by itself
_OWN = frozenset({"id", "create_date", "create_uid", "write_date", "write_uid"})
_KEYS = ("mail.mail.force.send.limit", "google_gmail_client_id", "google_gmail_client_secret")


class OdooSubject:
    kind = "openspp"
    reached_by_network = True

    def __init__(self, odoo: OdooStandIn, protocol: str) -> None:
        self._odoo = odoo
        self.connection: Mapping[str, Any] = {
            "url": odoo.url,
            "database": odoo.database,
            "username": odoo.login,
            "api_key": {"env": "ODOO_KEY"},
            "protocol": protocol,
        }
        secrets = {name: canary.token() for name in ("ONE", "TWO", "APP_ONE", "APP_TWO")}
        self.environ = {"ODOO_KEY": odoo.api_key, **secrets}
        self.first = _declared("one", 10, "ONE", "TWO", limit=50)
        self.second = _declared("two", 30, "TWO", "ONE", limit=60)

    def foreign(self) -> None:
        """Somebody's `main`, which has other values, a server beside it, the domain, and what no file declares."""
        odoo = self._odoo
        login = {"smtp_user": "old", "smtp_pass": "old", "smtp_encryption": "ssl"}
        odoo.add(_MODEL, name="main", smtp_host="old.example.com", smtp_port=465, sequence=3, smtp_debug=True, **login)
        odoo.add(_MODEL, name="theirs", smtp_host="theirs.example.com", smtp_port=25, sequence=99)
        domain = next(row["id"] for row in odoo.records("mail.alias.domain"))
        odoo.edit("mail.alias.domain", domain, default_from="old", catchall_alias="theirs")
        odoo.set_parameter("mail.mail.force.send.limit", "7")
        odoo.set_parameter("mail.batch_size", "20")

    def edited(self) -> None:
        [record] = [record for record, key in self._marks().items() if key.endswith("_main")]
        self._odoo.edit(_MODEL, record, smtp_port=2525)

    def settings(self) -> Mapping[str, Any]:
        marks = self._marks()
        left = _OWN | {"smtp_debug"}
        servers = {
            marks[row["id"]]: {name: value for name, value in row.items() if name not in left}
            for row in self._odoo.records(_MODEL)
            if row["id"] in marks
        }
        domains = [(row["name"], row["default_from"]) for row in self._odoo.records("mail.alias.domain")]
        return {**servers, "domains": domains, "parameters": self._parameters(declared=True)}

    def unmanaged(self) -> Any:
        marks = self._marks()
        # a stranger of the name `main` is adopted, so it is told by what no file declares of it
        servers = sorted(
            (row["name"], row["smtp_debug"])
            if row["id"] in marks or row["name"] == "main"
            else tuple(str(row[name]) for name in sorted(row))
            for row in self._odoo.records(_MODEL)
            if row["name"] in ("main", "theirs")
        )
        domains = [(row["catchall_alias"], row["sequence"]) for row in self._odoo.records("mail.alias.domain")]
        return {"servers": servers, "domains": domains, "parameters": self._parameters(declared=False)}

    def writes(self) -> int:
        return self._odoo.writes

    def refused(self) -> int:
        return self._odoo.refused

    def unreadable(self) -> AbstractContextManager[None]:
        return self._odoo.without_rights()

    def disturbed(self, *, latency: float, failing: float) -> AbstractContextManager[None]:
        return self._odoo.disturbed(latency=latency, failing=failing)

    def limited(self, *, calls: int, seconds: float) -> AbstractContextManager[None]:
        return self._odoo.limited(calls=calls, seconds=seconds)

    def _marks(self) -> dict[int, str]:
        data = self._odoo.records("ir.model.data")
        return {row["res_id"]: row["name"] for row in data if (row["module"], row["model"]) == ("reconciler", _MODEL)}

    def _parameters(self, *, declared: bool) -> dict[str, str]:
        rows = self._odoo.records("ir.config_parameter")
        return {row["key"]: row["value"] for row in rows if (row["key"] in _KEYS) is declared}


def _declared(name: str, priority: int, main: str, bulk: str, *, limit: int) -> dict[str, Any]:
    def server(host: str, password: str, priority: int) -> dict[str, Any]:
        route = {"host": f"{host}.{name}.example.com", "port": 587, "encryption": "starttls"}
        login = {"auth": "basic", "username": f"{host}-{name}", "password": {"env": password}}
        return {**route, **login, "priority": priority}

    bulk_settings = {**server("bulk", bulk, priority + 1), "from_filter": [f"{name}.example.com"]}
    app = {"client_id": f"app-{name}", "client_secret": {"env": f"APP_{name.upper()}"}}
    return {
        "mail_servers": {"main": server("main", main, priority), "bulk": bulk_settings},
        "alias_domains": {"example.com": {"default_from": f"no-reply-{name}"}},
        "parameters": {"force_send_limit": limit, "gmail": app},
    }


@contextmanager
def _of(version: int, protocol: str) -> Iterator[Subject]:
    """With an email domain, as every installation has one from its first day on."""
    with OdooStandIn(version, api_key=canary.token()) as odoo:
        odoo.add("mail.alias.domain", name="example.com")
        yield OdooSubject(odoo, protocol)


def subject(folder: Path) -> AbstractContextManager[Subject]:
    return _of(19, "json2")


VARIANTS: Mapping[str, Callable[[Path], AbstractContextManager[Subject]]] = {
    "17-jsonrpc": lambda folder: _of(17, "jsonrpc"),
    "19-json2": lambda folder: _of(19, "json2"),
}
