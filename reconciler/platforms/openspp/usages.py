"""What names a mail server and so keeps it in use: templates, mailings that are not sent yet, the default of mailings.

Odoo refuses to archive such a server, and mail that names an archived one fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.errors import PlatformDenied, PlatformRefused
from reconciler.platforms.openspp.records import Row, Server, row
from reconciler.platforms.openspp.rpc import Odoo

DEFAULT = "mailings use it by default (parameters: mass_mailing_server)"
OTHER_DEFAULT = "parameters: {mass_mailing_server: …}"
WHY = "Odoo does not archive a mail server that these name: their mail would fail"
FIX = "choose another mail server in each, or none"


@dataclass(frozen=True, slots=True)
class _Kind:
    """`field` of a mail server lists the records of `model` that name it; it comes with a module of its own."""

    field: str
    model: str
    title: str  # of a record, among its fields
    said: str


_KINDS = (
    _Kind("mail_template_ids", "mail.template", "name", "template"),
    _Kind("active_mailing_ids", "mailing.mailing", "subject", "mailing"),
)


def asked(server: Server) -> tuple[str, ...]:
    """The fields of a mail server that tell."""
    return tuple(kind.field for kind in _KINDS if kind.field in server.fields)


def named(odoo: Odoo, rows: Iterable[Row]) -> Mapping[int, tuple[str, ...]]:
    """For each mail server in use, what names it, in words. One call for each kind of which there is any."""
    active = [one for one in rows if one["active"]]
    found: dict[int, list[str]] = {one["id"]: [] for one in active}
    for kind in _KINDS:
        if wanted := sorted({record for one in active for record in one.get(kind.field) or ()}):
            titles = _titles(odoo, kind, wanted)
            for one in active:
                found[one["id"]] += [_said(kind, record, titles) for record in one.get(kind.field) or ()]
    return {record: tuple(names) for record, names in found.items()}


def check(odoo: Odoo, server: Server, record: int) -> None:
    """Raises PlatformRefused when something names this mail server. Raises PlatformMissing when it is gone."""
    if fields := asked(server):
        names = named(odoo, [row(odoo, ["active", *fields], record)]).get(record)
        if names:
            raise PlatformRefused(what(names), why=WHY, fix=FIX)


def what(names: Sequence[str]) -> str:
    return f"{', '.join(names)} {'name' if len(names) > 1 else 'names'} this mail server"


def _said(kind: _Kind, record: int, titles: Mapping[int, str]) -> str:
    title = titles.get(record)
    return f"{kind.said} {title} (id {record})" if title else f"{kind.said} (id {record})"


def _titles(odoo: Odoo, kind: _Kind, records: list[int]) -> Mapping[int, str]:
    """Without the right to read them, their numbers have to do."""
    try:
        rows = odoo.call(kind.model, "read", ids=records, fields=[kind.title])
    except PlatformDenied:
        return {}
    return {one["id"]: str(one[kind.title] or "") for one in rows}
