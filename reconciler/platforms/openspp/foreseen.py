"""Which changes of a plan Odoo would refuse, as far as a reading shows it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reconciler.model.address import Resource
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.settings import Present, Reading, Settings
from reconciler.platforms.openspp import last_server, switch, usages

NAMED = "named_by"  # in `Present.beside` of a mail server: what names it
DEFAULT = "default_of_mailings"  # beside a mail server: whether mailings use it unless they say otherwise
COMPANIES = "companies"  # beside the parameters: those that the connection's user sees
NEUTRALIZED = "neutralized"  # beside the parameters: mail servers have to stay out of use
BLUE_GREEN = "blue_green"  # beside the parameters: how mail servers are changed
_PARAMETERS = Resource(collection="parameters")
_SERVERS, _DOMAINS = "mail_servers", "alias_domains"


def findings(changes: Sequence[Change], reading: Reading) -> Iterator[Finding]:
    servers = [one for one in changes if one.address.resource.collection == _SERVERS]
    beside = _beside(reading)
    if beside.get(NEUTRALIZED) is True:
        yield from _neutralized(servers)
    yield from _named(servers, reading, moves_default=_moves_default(changes), blue_green=bool(beside.get(BLUE_GREEN)))
    yield from _companies([one for one in changes if one.address.resource.collection == _DOMAINS], beside)
    yield from last_server.findings(servers, reading)


def _beside(reading: Reading) -> Settings:
    live = reading.live(_PARAMETERS)
    return live.beside if isinstance(live, Present) else {}


def _neutralized(changes: Iterable[Change]) -> Iterator[Finding]:
    for change in changes:
        if change.action is Action.CREATE and last_server.comes(change):
            yield _error(
                change,
                "neutralized",
                "this database is neutralized; its mail servers stay inactive",
                "a copy of production must not send mail to real people",
                "active: false here, or connection: {allow_neutralized: true}",
                field="active",
            )


def _named(changes: Iterable[Change], reading: Reading, *, moves_default: bool, blue_green: bool) -> Iterator[Finding]:
    """Those that would be archived, also by a switch: a switch takes the default of mailings along, and no more."""
    servers = last_server.by_id(reading)
    for change in changes:
        live = servers.get(change.id)
        if live is None or live.archived:
            continue
        goes = last_server.goes(change)
        if not goes and not (blue_green and switch.applies(change)):
            continue
        names = list(map(str, _texts(live.beside.get(NAMED))))
        if goes and live.beside.get(DEFAULT) is True and not moves_default:
            yield _error(
                change, "named-by-mailings", usages.DEFAULT, usages.WHY, "parameters: {mass_mailing_server: …}"
            )
        if names:
            yield _error(change, "named-elsewhere", usages.what(names), usages.WHY, usages.FIX)


def _moves_default(changes: Iterable[Change]) -> bool:
    """What is put out of use goes last: by then mailings have another default."""
    return any(one.field == "mass_mailing_server" for change in changes for one in change.fields)


def _companies(changes: Iterable[Change], beside: Settings) -> Iterator[Finding]:
    seen = _texts(beside.get(COMPANIES))
    for change in changes:
        wanted = next((one.after for one in change.fields if one.field == "companies"), ())
        if unknown := sorted(map(str, set(_texts(wanted)) - set(seen))):
            yield _error(
                change,
                "unknown-company",
                f"companies: Odoo has no {', '.join(unknown)}",
                f"the connection's user sees: {', '.join(sorted(map(str, seen)))}",
                "correct the name, or give the connection's user access to that company",
                field="companies",
            )


def _texts(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()


def _error(change: Change, rule: str, what: str, why: str, fix: str, *, field: str | None = None) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        rule=rule,
        holds=Holds.UNTIL_DECIDED,
        what=what,
        why=why,
        fix=fix,
        address=str(change.address),
        field=field,
    )
