"""One installation: its version, its tables, its models, and the network as its host sees it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from lab.servers.odoo.database import Database, Table
from lab.servers.odoo.fields import Field
from lab.servers.odoo.network import Network
from lab.servers.odoo.orm import BaseModel, Env

ROOT = 1
GROUPS = {1: "base.group_user", 2: "base.group_erp_manager", 4: "base.group_system", 10: "base.group_portal"}
MAILING_USER = 30  # no id of a real server: the group comes with a module
IMPLIED = {
    "base.group_system": {"base.group_erp_manager", "base.group_user"},
    "base.group_erp_manager": {"base.group_user"},
}

_SINCE_19_1 = frozenset({"ir.config_parameter.get_param", "ir.config_parameter.set_param"})


@dataclass
class World:
    version: int
    name: str  # of the database
    models: Mapping[str, type[BaseModel]]
    fields: Mapping[str, dict[str, Field]]
    network: Network
    mail_environment: Mapping[str, Mapping[str, Any]] | None = None  # sections of the server's configuration file
    minor: int = 0  # of Odoo Online: saas~19.2
    languages: set[str] = field(default_factory=lambda: {"en_US"})
    two_factor: set[int] = field(default_factory=set)  # ids of users whose password opens nothing here
    load_conflicts: int = 0  # how many of the next loads meet a concurrent change
    database: Database = field(init=False)
    _now: str | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.database = Database(list(self.models))

    @property
    def serie(self) -> str:
        return f"saas~{self.version}.{self.minor}" if self.minor else f"{self.version}.0"

    @property
    def dropped(self) -> frozenset[str]:
        """Methods that this version has no more: 19.1 took these (odoo/odoo pull requests 223180, 289957)."""
        return _SINCE_19_1 if (self.version, self.minor) >= (19, 1) else frozenset()

    def table(self, model: str) -> Table:
        return self.database.tables[model]

    def root(self) -> Env:
        return Env(self, ROOT, sudo=True)

    def now(self) -> str:
        """The time of the transaction: the same for all it writes."""
        if self._now is None:
            self._now = self.database.clock.tick()
        return self._now

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self.database.transaction():
            self._now = None
            yield

    def groups_of(self, uid: int) -> set[str]:
        known = GROUPS | {MAILING_USER: "mass_mailing.group_mass_mailing_user"}
        own = {known[id_] for id_ in self.table("res.users").rows[uid]["group_ids"] if id_ in known}
        return own.union(*(IMPLIED.get(group, set()) for group in own))

    def forget(self, model: str, id_: int) -> None:
        """What goes or is emptied with a record: its external ids, and the links of others to it."""
        data = self.table("ir.model.data")
        data.rows = {key: row for key, row in data.rows.items() if (row["model"], row["res_id"]) != (model, id_)}
        for other, fields in self.fields.items():
            for name, found in fields.items():
                if found.type == "many2one" and found.spec.get("relation") == model:
                    table = self.table(other)
                    table.rows = {
                        key: {**row, name: None} if row.get(name) == id_ else row for key, row in table.rows.items()
                    }
