"""Email domains (`mail.alias.domain`): the addresses from which Odoo sends, and to which mail bounces.

They are known by their name, which Odoo keeps unique together with an alias. Nothing in Odoo depends on a mark of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.errors import PlatformMissing, PlatformRefused
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.settings import Live, Present, Settings, Unreadable, Value
from reconciler.platforms.openspp.records import Row
from reconciler.platforms.openspp.rpc import Odoo

MODEL, COMPANIES = "mail.alias.domain", "res.company"
NAMES: Mapping[str, str] = {
    "default_from": "default_from",
    "bounce_alias": "bounce_alias",
    "catchall_alias": "catchall_alias",
    "priority": "sequence",
}
FIELDS = frozenset(NAMES) | {"companies"}
DEFAULTS: Settings = {
    "default_from": "notifications",
    "bounce_alias": "bounce",
    "catchall_alias": "catchall",
    "priority": 10,
}
_REQUIRED = ("bounce_alias", "catchall_alias", "priority")


def rows(odoo: Odoo) -> list[Row]:
    """With the names of the companies that use each, in one call."""
    wanted: dict[str, Any] = {name: {} for name in ("name", *NAMES.values(), "write_date")}
    wanted["company_ids"] = {"fields": {"name": {}}}
    found = odoo.call(MODEL, "web_search_read", domain=[], specification=wanted)
    records: list[Row] = found["records"]
    return records


def companies(odoo: Odoo) -> list[str]:
    """Names of those that the connection's user sees."""
    return [str(row["name"]) for row in odoo.call(COMPANIES, "search_read", domain=[], fields=["name"])]


def live(found: Iterable[Row], address: str) -> dict[str, Live]:
    """By name; `address` is the collection's."""
    lives: dict[str, Live] = {}
    for row in found:
        key = str(row["name"]).lower()
        place = f"{address}[{key}]"
        lives[key] = _twice(place, key) if key in lives else _present(row, place)
    return lives


def default_senders(found: Iterable[Row]) -> frozenset[str]:
    """The addresses that mail falls back to; those of domains that a company uses."""
    senders = ((str(row["default_from"]), row["name"]) for row in found if row["company_ids"] and row["default_from"])
    return frozenset((alias if "@" in alias else f"{alias}@{name}").lower() for alias, name in senders)


def normal(name: str, value: Value) -> Value:
    if name == "companies":
        return tuple(sorted(map(str, value))) if isinstance(value, tuple) else ()
    if value is None:
        return DEFAULTS[name] if name in _REQUIRED else None
    return value.strip().lower() if isinstance(value, str) else value


def write(odoo: Odoo, change: Change) -> None:
    """Raises PlatformMissing for a domain or company that Odoo does not have, PlatformRefused for two of one name."""
    after = {one.field: one.after for one in change.fields}
    values = {NAMES[field]: False if value is None else value for field, value in after.items() if field in NAMES}
    if change.action is Action.CREATE:
        record = int(odoo.call(MODEL, "create", vals_list=[{"name": change.address.resource.key, **values}])[0])
    else:
        record = _id(change)
        if values:
            odoo.call(MODEL, "write", ids=[record], vals=values)
    if change.action is Action.ARCHIVE:
        _used_by(odoo, record, ())
    elif isinstance(companies := after.get("companies"), tuple):
        _used_by(odoo, record, companies)


def _present(row: Row, address: str) -> Present:
    settings: dict[str, Value] = {field: row[name] for field, name in NAMES.items()}
    settings["default_from"] = row["default_from"] or None
    companies = tuple(sorted(str(company["name"]) for company in row["company_ids"]))
    unused = Finding(
        severity=Severity.NOTE,
        rule="domain-unused",
        what="no company uses this domain, so no mail is sent from it; name them with companies: […]",
        address=address,
    )
    return Present(
        settings={**settings, "companies": companies},
        marker=row["write_date"] or None,
        id=row["id"],
        mark=False,
        archived=not companies,
        findings=() if companies else (unused,),
    )


def _twice(address: str, name: str) -> Unreadable:
    return Unreadable(
        finding=Finding(
            severity=Severity.ERROR,
            rule="ambiguous",
            holds=Holds.UNTIL_DECIDED,
            what=f"Odoo has more than one email domain named {name}",
            why="Odoo tells them apart by their aliases; adopting the wrong one would change somebody else's mail",
            fix="remove one in Odoo: Settings, Technical, Alias Domains",
            address=address,
        )
    )


def _used_by(odoo: Odoo, record: int, names: Iterable[Value]) -> None:
    """The companies that use this domain are these, and no other."""
    fields = ["name", "alias_domain_id"]
    found = {str(row["name"]): row for row in odoo.call(COMPANIES, "search_read", domain=[], fields=fields)}
    wanted = list(map(str, names))
    if unknown := sorted(set(wanted) - set(found)):
        raise PlatformRefused(
            f"companies: Odoo has no {', '.join(unknown)}",
            why=f"the connection's user sees: {', '.join(sorted(found))}",
            fix="correct the name, or give the connection's user access to that company",
        )
    has = {name: bool(row["alias_domain_id"]) and row["alias_domain_id"][0] == record for name, row in found.items()}
    if leaving := [found[name]["id"] for name in found if has[name] and name not in wanted]:
        odoo.call(COMPANIES, "write", ids=leaving, vals={"alias_domain_id": False})
    if joining := [found[name]["id"] for name in wanted if not has[name]]:
        odoo.call(COMPANIES, "write", ids=joining, vals={"alias_domain_id": record})


def _id(change: Change) -> int:
    if isinstance(change.id, int):
        return change.id
    raise PlatformMissing(f"Odoo has no email domain {change.address.resource.key}", fix="plan again")
