"""As whom an Odoo sends, and through which of its mail servers, as far as the files tell. Pure.

What is not declared has a say in Odoo too: `drift` tells of mail servers that take mail from ours. The order of the
steps is that of `_find_mail_server`, the envelope sender that of `_prepare_email_message__` (base/models/
ir_mail_server.py of 17 to 19).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.model.address import Address
from reconciler.model.answers.route import Route
from reconciler.model.settings import Desired, Value
from reconciler.platforms.openspp import domains
from reconciler.platforms.openspp.settings import DEFAULTS


@dataclass(frozen=True, slots=True)
class _Server:
    address: Address
    priority: int
    filters: tuple[str, ...]

    def lets_through(self, sender: str) -> bool:
        return not self.filters or self.has(sender)

    def has(self, sender: str) -> bool:
        return sender in self.filters or _domain_of(sender) in self.filters

    def __str__(self) -> str:
        return f"{self.address.resource} (priority {self.priority})"


@dataclass(frozen=True, slots=True)
class _Domain:
    name: str
    default_from: str | None
    bounce: str
    companies: tuple[str, ...]


def senders(wanted: Desired, declared: Sequence[Desired]) -> tuple[str, ...]:
    """Envelope senders of mail through this mail server: bounce address and default_from of each domain it gets."""
    if wanted.address.resource.collection != "mail_servers":
        return ()
    servers = _servers(declared)
    mine = next((one for one in servers if one.address == wanted.address), None)
    if mine is None:  # out of use
        return ()
    others = [one for one in servers if one is not mine and one.filters]
    found = [
        sender
        for domain in _domains(declared)
        for sender in (domain.bounce, domain.default_from)
        if sender and mine.lets_through(sender) and (mine.filters or not any(one.has(sender) for one in others))
    ]
    return tuple(dict.fromkeys(found))


def route(author: str, company: str | None, declared: Sequence[Desired]) -> Route:
    """The mail server of a mail from `author`; the company decides what it falls back to."""
    servers, address = _servers(declared), author.strip().lower()
    if not servers:
        return Route(taken=None, steps=("no active mail server is declared: what odoo.conf says decides",))
    found, said = _of_company(company, _domains(declared))
    if company and found is None:
        return Route(taken=None, steps=(said,))
    steps: list[str] = []
    for what, entry, stands in _looked_for(address, found):
        hit = next((one for one in servers if entry in one.filters), None)
        steps.append(f"a from_filter with {what}: {hit or 'none'}")
        if hit:
            return _taken(hit, steps, address if stands else str(found and found.default_from), found)
    steps += [] if found and found.default_from else [said]
    bare = next((one for one in servers if not one.filters), None)
    steps.append(f"the first without a from_filter: {bare or 'none'}")
    if bare is None:
        steps.append(f"the first of all, whatever its from_filter is: {servers[0]}")
    return _taken(bare or servers[0], steps, (found and found.default_from) or address, found)


def _looked_for(address: str, domain: _Domain | None) -> Iterator[tuple[str, str, bool]]:
    """What, in which entry of a filter, and whether the author stays in From then."""
    yield address, address, True
    yield _domain_of(address), _domain_of(address), True
    if domain and (default := domain.default_from):
        yield f"{default}, default_from of {domain.name}", default, False
        yield f"{_domain_of(default)}, the domain of default_from", _domain_of(default), False


def _taken(server: _Server, steps: Sequence[str], author: str, domain: _Domain | None) -> Route:
    sender = domain.bounce if domain and server.lets_through(domain.bounce) else author
    return Route(taken=server.address, steps=tuple(steps), author=author, sender=sender if domain else None)


def _of_company(company: str | None, known: Sequence[_Domain]) -> tuple[_Domain | None, str]:
    """The email domain of a company, or why there is none."""
    names = sorted({name for one in known for name in one.companies})
    if company is not None:
        found = next((one for one in known if company in one.companies), None)
        return found, f"no alias_domains here names the company {company}; known: {', '.join(names) or 'none'}"
    if len(known) == 1:
        return known[0], "its email domain has no default_from"
    if known:
        return None, "several email domains are declared: --company says which one applies"
    return None, "no email domain is declared, so default_from and the bounce address are not known here"


def _servers(declared: Sequence[Desired]) -> list[_Server]:
    """Those in use, in Odoo's order; of the same priority, the one created first comes first, which no file tells."""
    found = [
        _Server(one.address, _number(one.settings.get("priority")), _filters(one.settings.get("from_filter")))
        for one in declared
        if one.address.resource.collection == "mail_servers" and one.settings.get("active") is not False
    ]
    return sorted(found, key=lambda one: one.priority)


def _domains(declared: Sequence[Desired]) -> list[_Domain]:
    """With Odoo's own words for what is not declared."""
    return [
        _domain(one)
        for one in declared
        if one.address.resource.collection == "alias_domains" and one.settings.get("companies") != ()
    ]


def _domain(one: Desired) -> _Domain:
    name, said = str(one.address.resource.key), {**domains.DEFAULTS, **one.settings}
    default, companies = said["default_from"], said.get("companies")
    return _Domain(
        name=name,
        default_from=None if default is None else _whole(str(default), name),
        bounce=_whole(str(said["bounce_alias"]), name),
        companies=tuple(map(str, companies)) if isinstance(companies, tuple) else (),
    )


def _whole(alias: str, domain: str) -> str:
    return (alias if "@" in alias else f"{alias}@{domain}").lower()


def _filters(value: Value) -> tuple[str, ...]:
    return tuple(str(entry).lower() for entry in value) if isinstance(value, tuple) else ()


def _number(value: Value) -> int:
    return value if isinstance(value, int) else int(str(DEFAULTS["priority"]))


def _domain_of(address: str) -> str:
    return address.rpartition("@")[2]
