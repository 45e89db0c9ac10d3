"""The records of `ir.mail_server` and our marks on them, as rows: what their fields mean is not known here.

A mark is an external id (`ir.model.data`) of the module `reconciler`; names are not unique in Odoo.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.errors import PlatformDenied, PlatformError, PlatformMissing, PlatformRefused
from reconciler.platforms.openspp import last_server
from reconciler.platforms.openspp.read_list import PARAMETERS
from reconciler.platforms.openspp.rpc import Odoo
from reconciler.platforms.openspp.version import Version

MODEL, MARKS, MODULE = "ir.mail_server", "ir.model.data", "reconciler"
SUPPORTED = range(17, 20)
_PREFIX, _TRIAL = "mail_servers_", "switch_"
_ALSO_ARCHIVED = ["active", "in", [True, False]]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What an installation can do: the fields of a mail server there, its named parameters.

    Its `version` is told, and decides nothing.
    """

    version: Version
    fields: Mapping[str, Row]
    parameters: Mapping[str, str]  # those that are set

    @property
    def told(self) -> str:
        return self.version.told

    @property
    def neutralized(self) -> bool:
        return self.parameters.get("database.is_neutralized", "").lower() in ("true", "1")

    @property
    def has_mail(self) -> bool:
        """Whether the module `mail` is installed, with templates and email domains."""
        return "mail_template_ids" in self.fields

    def choices(self, field: str) -> tuple[str, ...]:
        return tuple(value for value, _ in self.fields[field].get("selection", ()))

    def flag(self, field: str) -> str | None:
        """The field that says whether a record's field may be written, where the file of mail_environment rules."""
        name = f"x_{field}_env_is_editable"
        return name if name in self.fields and not self.fields[field].get("store", True) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    id: int
    key: str
    record: int


def server(odoo: Odoo) -> Server:
    """Raises what would stop every later step, in plain words.

    Raises PlatformRefused for an old Odoo, PlatformDenied without the rights to change mail servers.
    """
    if odoo.version.major < SUPPORTED.start:
        supported = ", ".join(map(str, SUPPORTED))
        raise PlatformRefused(
            f"this is Odoo {odoo.version.told}; supported: {supported}",
            why="before 17, mail servers have other fields and choices",
            fix="upgrade Odoo, or configure its mail servers by hand",
        )
    fields = odoo.call(MODEL, "fields_get", attributes=["type", "selection", "store"])
    if "smtp_user" not in fields:  # shown to that group only
        raise PlatformDenied(
            "the connection's user may not change mail servers",
            fix="give it Administration: Settings (base.group_system; from 19 Role: Administrator)",
        )
    named = [["key", "in", sorted(PARAMETERS)]]
    found = odoo.call("ir.config_parameter", "search_read", domain=named, fields=["key", "value"])
    return Server(version=odoo.version, fields=fields, parameters={row["key"]: row["value"] or "" for row in found})


def rows(odoo: Odoo, fields: Sequence[str], record: int | None = None) -> list[Row]:
    """Every mail server, archived ones too, or only one."""
    domain: list[Any] = [_ALSO_ARCHIVED] + ([] if record is None else [["id", "=", record]])
    found: list[Row] = odoo.call(MODEL, "search_read", domain=domain, fields=list(fields), order="sequence, id")
    return found


def row(odoo: Odoo, fields: Sequence[str], record: int) -> Row:
    """Raises PlatformMissing when Odoo has no such record."""
    if found := rows(odoo, fields, record):
        return found[0]
    raise PlatformMissing(f"the mail server with id {record} no longer exists in Odoo", fix="plan again")


def marks(odoo: Odoo) -> dict[str, Mark]:
    """Our marks by key; some may name a record that is gone."""
    return all_marks(odoo)[0]


def all_marks(odoo: Odoo) -> tuple[dict[str, Mark], dict[str, Mark]]:
    """Our marks by key, and those of copies that a switch tries out."""
    domain = [["module", "=", MODULE], ["model", "=", MODEL]]
    found = odoo.call(MARKS, "search_read", domain=domain, fields=["name", "res_id"])
    ours, trials = ({key_of(mark["name"], prefix): mark for mark in found} for prefix in (_PREFIX, _TRIAL))
    return (_marks(ours), _marks(trials))


def _marks(rows: Mapping[str, Row]) -> dict[str, Mark]:
    return {key: Mark(id=row["id"], key=key, record=row["res_id"]) for key, row in rows.items() if key}


def name_of(key: str, prefix: str = _PREFIX) -> str:
    """An external id has a dot between module and name, so a key's dots become `~`, which no key can hold."""
    return prefix + key.replace(".", "~")


def key_of(name: str, prefix: str = _PREFIX) -> str:
    return name.removeprefix(prefix).replace("~", ".") if name.startswith(prefix) else ""


def create(odoo: Odoo, server: Server, key: str, values: Row) -> int:
    """A new record with our mark. One that cannot be marked is archived again, for nobody would know it as ours.

    Raises PlatformRefused when our mark of that key is taken.
    """
    old = check_absent(odoo, key)
    found = odoo.call(MODEL, "create", vals_list=[dict(values)])
    record = int(found[0])
    write_again(odoo, server, record, values)
    try:
        mark(odoo, key, record, old)
    except PlatformError:
        odoo.call(MODEL, "write", ids=[record], vals={"active": False})
        raise
    return record


def write_again(odoo: Odoo, server: Server, record: int, values: Row) -> None:
    """What the module mail_environment has lost of a create or a copy: it keeps the same values of a write."""
    if lost := {name: value for name, value in values.items() if name in server.fields and server.flag(name)}:
        odoo.call(MODEL, "write", ids=[record], vals=lost)


def check_absent(odoo: Odoo, key: str) -> Mark | None:
    """Our mark of that key, which may be there without a record. Raises PlatformRefused when it is there."""
    old = marks(odoo).get(key)
    if old and rows(odoo, ["name"], old.record):
        raise PlatformRefused(f"Odoo has this mail server already (id {old.record})", fix="plan again")
    return old


def mark(odoo: Odoo, key: str, record: int, old: Mark | None = None) -> None:
    """Puts our mark on a record; `old` is one of the same key whose record is gone."""
    if old:
        odoo.call(MARKS, "write", ids=[old.id], vals={"res_id": record})
        return
    _put_mark(odoo, name_of(key), record)


def mark_trial(odoo: Odoo, key: str, record: int) -> None:
    """Says that a copy is ours, and what for: nobody else's business, and no resource yet."""
    _put_mark(odoo, name_of(key, _TRIAL), record)


def _put_mark(odoo: Odoo, name: str, record: int) -> None:
    values = {"module": MODULE, "name": name, "model": MODEL, "res_id": record, "noupdate": True}
    odoo.call(MARKS, "create", vals_list=[values])


def adopt(odoo: Odoo, key: str, record: int) -> None:
    """Puts our mark on a record. Raises PlatformRefused when it, or the key, is managed already."""
    known = marks(odoo)
    if other := next((mark.key for mark in known.values() if mark.record == record and mark.key != key), None):
        raise PlatformRefused(f"the mail server with id {record} is managed as {other}", fix=f"moved_from: {other}")
    old = known.get(key)
    if old is None or old.record != record:
        if old and rows(odoo, ["name"], old.record):
            raise PlatformRefused(f"this resource is the mail server with id {old.record} already", fix="plan again")
        mark(odoo, key, record, old)


def rename(odoo: Odoo, key: str, new: str) -> None:
    """Moves our mark to another key; done before, it does nothing.

    Raises PlatformRefused when both keys are in Odoo.
    """
    known = marks(odoo)
    if new in known and key in known:
        raise PlatformRefused(f"both {key} and {new} are in Odoo", fix="remove moved_from, and plan again")
    if key in known:
        odoo.call(MARKS, "write", ids=[known[key].id], vals={"name": name_of(new)})


def write(odoo: Odoo, record: int, values: Row) -> None:
    """Raises PlatformMissing when the record was removed meanwhile."""
    odoo.call(MODEL, "write", ids=[record], vals=dict(values))
    if not rows(odoo, ["name"], record):  # Odoo says True for a record that is gone
        raise PlatformMissing(f"the mail server with id {record} was removed while it was written", fix="plan again")


def check_others(odoo: Odoo, server: Server, record: int) -> None:
    """Refuses to take the last mail server out of use. Raises PlatformRefused."""
    others: list[Any] = [["active", "=", True], ["id", "!=", record]]
    others += [["owner_user_id", "=", False]] if "owner_user_id" in server.fields else []
    if not odoo.call(MODEL, "search_count", domain=others):
        raise PlatformRefused(last_server.WHAT, why=last_server.WHY, fix=last_server.FIX)
