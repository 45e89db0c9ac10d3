"""`load`, the import by external id: an upsert, atomic over its rows, that returns errors instead of raising them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lab.servers.odoo.errors import MissingRequired, UserError
from lab.servers.odoo.fields import Field

if TYPE_CHECKING:
    from lab.servers.odoo.database import Row
    from lab.servers.odoo.orm import BaseModel

CONFLICT = "could not serialize access due to concurrent update\n"
TRUE_WORDS = frozenset({"1", "true", "yes"})


class _RollBack(Exception):  # no error: it ends a transaction
    pass


class _BadCell(Exception):  # becomes a message
    def __init__(self, message: str, **more: Any) -> None:
        super().__init__(message)
        self.more = more


def load(model: "BaseModel", fields: Sequence[str], data: Sequence[Sequence[Any]]) -> "Row":
    for name in fields:
        if name not in {".id", *model._fields}:
            raise ValueError(f"Invalid field name {name!r}") if model._version >= 19 else KeyError(name)
    if model.env.world.load_conflicts:
        model.env.world.load_conflicts -= 1
        return {"ids": False, "messages": [{**_where(0), "message": CONFLICT}], "nextrow": 0}
    ids: list[int] = []
    messages: list[Row] = []
    try:
        with model.env.world.database.transaction():
            for index, row in enumerate(data):
                ids += _load_row(model, dict(zip(fields, row, strict=False)), index, messages)
            _roll_back_if(messages)
    except _RollBack:
        return {"ids": False, "messages": messages, "nextrow": 0}
    return {"ids": ids, "messages": [], "nextrow": 0}


def _roll_back_if(messages: list["Row"]) -> None:
    if messages:
        raise _RollBack


def _load_row(model: "BaseModel", cells: "Row", index: int, messages: list["Row"]) -> list[int]:
    """The id of the record, or nothing and a message."""
    vals, where = {}, _where(index)
    for name, cell in cells.items():
        if name in {"id", ".id"}:
            continue
        field = model._fields[name]
        try:
            vals[name] = _converted(field, cell)
        except _BadCell as error:
            messages.append(where | {"field": name, "message": str(error), "field_name": field.label} | error.more)
    try:
        return [_upsert(model, cells, vals)]
    except MissingRequired as error:
        messages.append(where | {"message": error.in_load, "field": error.field})
    except (UserError, _BadCell) as error:
        messages.append(where | {"message": str(error)})
    return []


def _where(index: int) -> "Row":
    return {"rows": {"from": index, "to": index}, "type": "error", "record": index}


def _upsert(model: "BaseModel", cells: "Row", vals: "Row") -> int:
    if cells.get(".id"):
        id_ = int(cells[".id"])
        if id_ not in model._table.rows:
            raise _BadCell(f"Unknown database identifier '{id_}'")
        model._with([id_]).write(vals)
        return id_
    if not cells.get("id"):
        return int(model.create(vals))
    return _upsert_by_xmlid(model, str(cells["id"]), vals)


def _upsert_by_xmlid(model: "BaseModel", xmlid: str, vals: "Row") -> int:
    module, _, name = xmlid.rpartition(".")
    data = model.env["ir.model.data"]._as_root()
    found = [row for row in data._table.rows.values() if (row["module"], row["name"]) == (module or "__import__", name)]
    known = [row["res_id"] for row in found if row["model"] == model._name and row["res_id"] in model._table.rows]
    if known:
        data._table.next_id()  # INSERT … ON CONFLICT takes a serial as well
        model._with(known).write(vals)
        return int(known[0])
    try:
        id_ = int(model.create(vals))
    except UserError:
        data._table.next_id()
        raise
    data._create({"module": module or "__import__", "name": name, "model": model._name, "res_id": id_})
    return id_


def _converted(field: Field, cell: Any) -> Any:
    text = str(cell)
    if field.type == "boolean":
        return text.lower() in TRUE_WORDS
    if field.type in {"integer", "float"}:
        return _number(field, text)
    if field.type == "selection":
        return _choice(field, text)
    return text or False


def _number(field: Field, text: str) -> int | float | bool:
    kind, noun = (int, "an integer") if field.type == "integer" else (float, "a number")
    if not text:
        return False
    try:
        return kind(text)
    except ValueError:
        raise _BadCell(f"'{text}' does not seem to be {noun} for field '{field.label}'") from None


def _choice(field: Field, text: str) -> str | bool:
    for value, label in field.choices:
        if text in (value, label):
            return value
    if not text:
        return False
    labels = [label for _, label in field.choices]
    raise _BadCell(f"Value '{text}' not found in selection field '{field.label}'", moreinfo=labels)
