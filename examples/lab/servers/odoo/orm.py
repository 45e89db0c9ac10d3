"""The methods every model has, with the signatures of Odoo's: Python then words the TypeErrors as Odoo does."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from lab.servers.odoo import domains, wording
from lab.servers.odoo.database import Row, Table
from lab.servers.odoo.errors import AccessError, MissingError, MissingRequired
from lab.servers.odoo.fields import LOG_FIELDS, Field

if TYPE_CHECKING:
    from lab.servers.odoo.world import World

Method = TypeVar("Method", bound=Callable[..., Any])
ADMIN = "base.group_system"


def api_model(method: Method) -> Method:
    """Marks a method that takes no ids."""
    method.api_model = True  # type: ignore[attr-defined]  # functions carry attributes
    return method


def unlocked(method: Method) -> Method:
    """Marks a method that runs outside the transaction, because it waits for others."""
    method.unlocked = True  # type: ignore[attr-defined]  # functions carry attributes
    return method


@dataclass(frozen=True)
class Env:
    world: "World"
    uid: int
    context: Mapping[str, Any] = attribute(default_factory=dict)
    sudo: bool = False

    def __getitem__(self, model: str) -> "BaseModel":
        return self.world.models[model](self)

    @property
    def user(self) -> Row:
        return self.world.table("res.users").rows[self.uid]

    def groups(self) -> set[str]:
        return self.world.groups_of(self.uid)


class BaseModel:
    _name: ClassVar[str]
    _label: ClassVar[str]
    _order: ClassVar[str] = "id"
    _rec_name: ClassVar[str] = "name"
    # the groups that may; None: every internal user
    _access: ClassVar[Mapping[str, tuple[str, ...] | None]] = {}

    def __init__(self, env: Env, ids: Iterable[int] = ()) -> None:
        self.env = env
        self._ids = tuple(ids)

    # what a client may call

    @api_model
    def search(self, domain: Any, offset: int = 0, limit: int | None = None, order: str | None = None) -> list[int]:
        self._check_access("read")
        found = [row for row in self._table.rows.values() if domains.holds(domain, self._test_of(row))]
        for leaf in domains.leaves(domain):
            self._searchable(leaf)
        if "active" in self._fields and self.env.context.get("active_test", True):
            found = found if domains.mentions(domain, "active") else [row for row in found if row["active"]]
        ids = [row["id"] for row in self._sorted(found, order or self._order)]
        return ids[offset : offset + limit] if limit else ids[offset:]

    @api_model
    def search_read(
        self,
        domain: Any = None,
        fields: Sequence[str] | None = None,
        offset: int = 0,
        limit: int | None = None,
        order: str | None = None,
    ) -> list[Row]:
        return self._with(self.search(domain or [], offset, limit, order)).read(fields)

    @api_model
    def web_search_read(
        self,
        domain: Any,
        specification: Mapping[str, Any],
        offset: int = 0,
        limit: int | None = None,
        order: str | None = None,
        count_limit: int | None = None,
    ) -> Row:
        """Of the module `web`; not in the recordings, but tried against a real 19. Lists of records only go deeper."""
        rows = self._with(self.search(domain, offset, limit, order)).read(list(specification))
        for row in rows:
            for name, inner in specification.items():
                if "fields" in inner:
                    related = self.env[self._fields[name].spec["relation"]]
                    row[name] = related._with(row[name]).read(list(inner["fields"]))
        return {"length": len(rows), "records": rows}

    @api_model
    def search_count(self, domain: Any, limit: int | None = None) -> int:
        return len(self.search(domain, limit=limit))

    @api_model
    def name_search(
        self, name: str = "", args: Any = None, operator: str = "ilike", limit: int = 100
    ) -> list[list[Any]]:
        found = self.search([*(args or []), [self._rec_name, operator, name]], limit=limit)
        return [[id_, self._display_name(id_)] for id_ in found]

    @api_model
    def fields_get(self, allfields: Any = None, attributes: Any = None) -> dict[str, dict[str, Any]]:
        return {
            name: {key: value for key, value in field.spec.items() if not attributes or key in attributes}
            for name, field in self._fields.items()
            if (not allfields or name in allfields) and self._may_see(field)
        }

    @api_model
    def default_get(self, fields_list: Sequence[str]) -> Row:
        return {name: value for name, value in self._defaults().items() if name in fields_list}

    @api_model
    def check_access_rights(self, operation: str, raise_exception: bool = True) -> bool:
        allowed = self._has_access(operation)
        if not allowed and raise_exception:
            self._check_access(operation)
        return allowed

    def read(self, fields: Sequence[str] | None = None, load: str = "_classic_read") -> list[Row]:
        for name in fields or ():
            if name not in self._fields:
                raise ValueError(wording.unknown_field_read(self._version, self._name, name))
        self._check_fields("read", fields or ())
        self._check_access("read")
        wanted = fields or [name for name, field in self._fields.items() if self._may_see(field)]
        return [{"id": row["id"]} | {name: self._value(row, name) for name in wanted} for row in self._existing()]

    @api_model
    def create(self, vals_list: Any) -> Any:
        self._check_access("create")
        if isinstance(vals_list, Mapping):
            return self._create(vals_list)
        return [self._create(vals) for vals in vals_list]

    def write(self, vals: Mapping[str, Any]) -> bool:
        self._check_access("write")
        self._check_fields("write", vals)
        values = self._to_row(vals)
        for row in self._existing():
            self._put({**row, **self._written(row, values), **self._log("write")})
        return True

    def unlink(self) -> bool:
        self._check_access("unlink")
        for row in self._existing():
            del self._table.rows[row["id"]]
            self.env.world.forget(self._name, row["id"])
        return True

    def get_metadata(self) -> list[Row]:
        fields = ("create_uid", "create_date", "write_uid", "write_date")
        return [
            {"id": row["id"]}
            | {name: self._value(row, name) for name in fields}
            | {
                "xmlid": xmlids[0]["xmlid"] if (xmlids := self._xmlids(row["id"])) else False,
                "noupdate": xmlids[0]["noupdate"] if xmlids else False,
                "xmlids": xmlids,
            }
            for row in self._existing()
        ]

    def get_external_id(self) -> dict[int, str]:
        return {id_: xmlids[0]["xmlid"] if (xmlids := self._xmlids(id_)) else "" for id_ in self._ids}

    def copy(self, default: Mapping[str, Any] | None = None) -> int | list[int]:
        copies = [self._create(self._copied(row) | dict(default or {})) for row in self._existing()]
        return copies if self._version >= 18 else copies[0]

    @api_model
    def load(self, fields: Sequence[str], data: Sequence[Sequence[Any]]) -> Row:
        from lab.servers.odoo.load import load

        return load(self, fields, data)

    def export_data(self, fields_to_export: Sequence[str]) -> Row:
        return {"datas": [[self._exported(row, name) for name in fields_to_export] for row in self._existing()]}

    # what models override

    def _defaults(self) -> Row:
        return {}

    def _value(self, row: Row, name: str) -> Any:
        """One field as a client gets it."""
        if name == "display_name":
            return self._display_name(row["id"])
        found, field = row.get(name), self._fields[name]
        if field.type == "many2one" and found is not None:
            return [found, self.env[field.spec["relation"]]._display_name(found)]
        if field.type == "binary" and found is not None and self.env.context.get("bin_size"):
            return f"{len(found)} bytes"
        return field.to_client(found)

    def _written(self, row: Row, values: Row) -> Row:
        """What of the values reaches the row."""
        return values

    def _check(self, row: Row) -> None:
        """The constraints of the model."""

    def _forbid(self, row: Row) -> None:
        """The constraints of the database."""

    # the rest is for the models and for `load`

    @property
    def _version(self) -> int:
        return self.env.world.version

    @property
    def _table(self) -> Table:
        return self.env.world.table(self._name)

    @property
    def _fields(self) -> dict[str, Field]:
        return self.env.world.fields[self._name]

    @property
    def _title(self) -> str:
        return f"{self._label} ({self._name})"

    def _with(self, ids: Iterable[int]) -> Self:
        return type(self)(self.env, ids)

    def _as_root(self) -> Self:
        return type(self)(replace(self.env, sudo=True), self._ids)

    def _existing(self) -> list[Row]:
        return [self._table.rows[id_] for id_ in self._ids if id_ in self._table.rows]

    def _ensure_exists(self, id_: int) -> Row:
        if id_ not in self._table.rows:
            raise MissingError(missing_record(self._name, id_, self.env.uid))
        return self._table.rows[id_]

    def _display_name(self, id_: int) -> str:
        return str(self._table.rows[id_].get(self._rec_name) or "")

    def _create(self, vals: Mapping[str, Any]) -> int:
        self._check_fields("create", vals)
        values = self._to_row(self._defaults() | dict(vals))
        id_ = self._table.next_id()  # taken before anything is refused: PostgreSQL does not give it back
        empty = dict.fromkeys(name for name, field in self._fields.items() if not field.computed)
        blank = empty | {"id": id_} | self._log("create") | self._log("write")
        self._put(blank | self._written(blank, values))
        return id_

    def _put(self, row: Row) -> None:
        for name, field in self._fields.items():
            if field.required and row.get(name) is None and not field.computed:
                raise self._missing(field)
        self._forbid(row)
        self._table.rows[row["id"]] = row
        self._check(row)

    def _missing(self, field: Field) -> MissingRequired:
        texts = (self._version, self._title, f"{field.label} ({field.name})")
        return MissingRequired(
            wording.missing_required(*texts), field=field.name, in_load=wording.missing_required_in_load(*texts)
        )

    def _to_row(self, vals: Mapping[str, Any]) -> Row:
        for name in vals:
            if name not in self._fields:
                raise ValueError(wording.unknown_field_written(self._version, self._name, name))
        return {
            name: self._fields[name].to_row(value, self._name) for name, value in vals.items() if name not in LOG_FIELDS
        }

    def _log(self, kind: str) -> Row:
        now = self.env.world.now()
        return {f"{kind}_uid": self.env.uid, f"{kind}_date": now}

    def _copied(self, row: Row) -> Row:
        return {name: value for name, value in row.items() if name not in LOG_FIELDS}

    def _xmlids(self, id_: int) -> list[Row]:
        data = self.env.world.table("ir.model.data").rows.values()
        return [
            {"xmlid": f"{row['module']}.{row['name']}", "noupdate": row["noupdate"]}
            for row in data
            if (row["model"], row["res_id"]) == (self._name, id_)
        ]

    def _exported(self, row: Row, name: str) -> Any:
        if name != "id":
            return self._value(row, name) or ""
        if not self._xmlids(row["id"]):  # an export gives every record an external id
            name = f"{self._name.replace('.', '_')}_{row['id']}_{row['id']:08x}"
            vals = {"module": "__export__", "name": name, "model": self._name, "res_id": row["id"]}
            self.env["ir.model.data"]._as_root()._create(vals)
        return self._xmlids(row["id"])[0]["xmlid"]

    def _test_of(self, row: Row) -> domains.Test:
        def test(leaf: domains.Leaf) -> bool:
            self._searchable(leaf)
            return self._matches(row, leaf)

        return test

    def _searchable(self, leaf: domains.Leaf) -> None:
        if leaf[0] not in self._fields:
            raise ValueError(wording.unknown_field_searched(self._version, self._name, leaf))

    def _matches(self, row: Row, leaf: domains.Leaf) -> bool:
        name, operator, wanted = leaf
        if self._fields[name].computed and name not in row:
            return True  # Odoo leaves such a term out
        return domains.compare(row.get(name), operator, wanted, empty_text_is_unset=self._version >= 19)

    def _sorted(self, rows: list[Row], order: str) -> list[Row]:
        for term in reversed([part.split() for part in order.split(",")]):
            if not re.fullmatch(r"\w+", term[0]) or term[0] not in self._fields:
                raise ValueError(f"Invalid field {term[0]!r} on model {self._name!r}")
            # an empty value comes last, and first when the order is reversed
            rows = sorted(rows, key=lambda row: _sort_key(row.get(term[0])), reverse=term[1:] in (["desc"], ["DESC"]))
        return rows

    # rights

    def _has_access(self, operation: str) -> bool:
        groups = self._access.get(operation, (ADMIN,))
        return self.env.sudo or groups is None or bool(self.env.groups() & set(groups))

    def _check_access(self, operation: str) -> None:
        if not self._has_access(operation):
            groups = self._access.get(operation, (ADMIN,)) or ()
            title = f"'{self._label}' ({self._name})"
            raise AccessError(wording.no_access(self._version, operation, title, groups))

    def _may_see(self, field: Field) -> bool:
        return field.groups is None or self.env.sudo or field.groups in self.env.groups()

    def _check_fields(self, operation: str, names: Iterable[str]) -> None:
        hidden = [name for name in names if name in self._fields and not self._may_see(self._fields[name])]
        if hidden:
            text = wording.no_access_to_fields(self._version, operation, self._title, self.env.uid, hidden)
            raise AccessError(text)


def missing_record(model: str, id_: int, uid: int) -> str:
    return f"Record does not exist or has been deleted.\n(Record: {model}({id_},), User: {uid})"


def _sort_key(value: Any) -> tuple[bool, Any]:
    return (value is None, 0 if value is None else value)
