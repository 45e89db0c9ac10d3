"""All that an SPF record can make a receiver look up (RFC 7208 section 4.6.4), whoever sends."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from reconciler.smtp.dns.names import Names, Unanswered
from reconciler.smtp.dns.spf_macros import has_macro
from reconciler.smtp.dns.spf_record import LOOKUPS, Record, SpfError, Term, is_spf, record

MAX_LOOKUPS, MAX_VOIDS, MAX_EXCHANGES = 10, 2, 10
_STOP = 40  # lookups; a record may lead on without end


@dataclass(slots=True, kw_only=True)
class Tree:
    """`lookups` counts as if nothing matched; `problems` are errors for every sender; `below` whom it includes."""

    lookups: int = 0
    voids: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    below: set[str] = field(default_factory=set)
    weak: list[str] = field(default_factory=list)
    open: str | None = None


async def published(names: Names, domain: str) -> tuple[str, ...]:
    """The SPF records of a domain; there should be one."""
    return tuple(text for text in (await names.ask(domain, "TXT")).records if is_spf(text))


async def tree(names: Names, domain: str, root: Record) -> Tree:
    found = Tree()
    await _walk(names, root, (domain.lower().rstrip("."),), found)
    return found


async def _walk(names: Names, own: Record, path: tuple[str, ...], found: Tree) -> None:
    # the first are asked at once, for speed; counted in order, below
    ahead = [term for term in own.terms if term.name in LOOKUPS][:MAX_LOOKUPS]
    await asyncio.gather(*(_known(names, term, path[-1]) for term in ahead), return_exceptions=True)
    for term in own.terms:
        if found.lookups > _STOP:
            return
        if term.name in LOOKUPS:
            found.lookups += 1
            await _term(names, term, path, found)
        elif term.name == "all" and term.qualifier == "+" and len(path) == 1:
            found.weak.append("+all lets anyone send as this domain")
    if own.redirect is not None and found.lookups <= _STOP:
        found.lookups += 1
        await _below(names, own.redirect, f"redirect={own.redirect}", path, found)


async def _term(names: Names, term: Term, path: tuple[str, ...], found: Tree) -> None:
    if term.name == "include" and term.domain:
        await _below(names, term.domain, term.text, path, found)
        return
    if term.name == "ptr":
        found.weak.append("ptr is slow and should not be used (RFC 7208 section 5.5)")
        return
    try:
        answers = await _known(names, term, path[-1])
    except Unanswered as error:
        found.open = str(error)
        return
    if answers == 0:
        found.voids.append(term.text)
    elif term.name == "mx" and answers is not None and answers > MAX_EXCHANGES:
        found.problems.append(f"{term.text} leads to more than {MAX_EXCHANGES} hosts")


async def _below(names: Names, target: str, text: str, path: tuple[str, ...], found: Tree) -> None:
    if has_macro(target):
        return  # depends on the sender
    name = target.lower().rstrip(".")
    found.below.add(name)
    if name in path:
        found.problems.append(f"a loop: {' → '.join((*path, name))}")
        return
    try:
        records = await published(names, name)
        if len(records) != 1:
            found.problems.append(f"{text}: {name} has {len(records) or 'no'} SPF record{'s' * (len(records) > 1)}")
            return
        await _walk(names, record(records[0]), (*path, name), found)
    except Unanswered as error:
        found.open = str(error)
    except SpfError as error:
        found.problems.append(f"{name}: {error}")


async def _known(names: Names, term: Term, domain: str) -> int | None:
    """How many records the term finds; None where that depends on the sender, or is counted elsewhere."""
    target = term.domain or domain
    if has_macro(target) or term.name == "ptr":
        return None
    if term.name == "include":
        await names.ask(target, "TXT")
        return None
    if term.name in ("mx", "exists"):
        return len((await names.ask(target, "MX" if term.name == "mx" else "A")).records)
    both = await asyncio.gather(names.ask(target, "A"), names.ask(target, "AAAA"))
    return sum(len(answer.records) for answer in both)
