"""What `explain RULE` tells of, and the name that was meant where there is no such rule."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from importlib.resources.abc import Traversable

from reconciler import platforms
from reconciler.errors import UsageError
from reconciler.model.finding import Finding
from reconciler.pipeline import guard
from reconciler.smtp.catalogue.checks import CATALOGUE
from reconciler.views.start.rules import Rule, catalogue, of_platform

_CLOSE = 0.75  # a typing mistake, and not merely another word


def named(names: Sequence[str]) -> list[Rule]:
    """What rules and checks mean; nothing where one of the names is neither. An address has a slash, or is declared."""
    if not _may_be_rules(names):
        return []
    found = [_meant(name) for name in names]
    return [one for some in found for one in some] if all(found) else []


def misspelled(names: Sequence[str]) -> UsageError | None:
    """Of names that select nothing: the one that is no rule, where rules are meant."""
    if not _may_be_rules(names) or not (lost := [name for name in names if not _meant(name)]):
        return None
    name, others = lost[0], [one for one in names if one not in lost]
    near = next(iter(get_close_matches(name, list(_all()), n=1, cutoff=_CLOSE)), None)
    if near is None and not others:
        return None
    return UsageError(
        f"{name}: no rule and no check has this name",
        why=f"{others[0]} is one, and is not explained together with what is declared" if others else None,
        fix=f"did you mean {near}?" if near else f"reconciler explain {shlex.join(others)}",
    )


def _may_be_rules(names: Sequence[str]) -> bool:
    return not any("/" in name or "*" in name for name in names)


def _meant(name: str) -> list[Rule]:
    return [one] if (one := catalogue().get(name) or _check(name.upper())) else _of_platforms(name)


def _of_platforms(name: str) -> list[Rule]:
    """Several may have a rule of the same name, each with an advice of its own."""
    return [one for rows in _platforms() if (one := rows.get(name)) is not None]


def _platforms() -> Iterator[Mapping[str, Rule]]:
    for kind, file in platforms.rules():
        rows = guard.answer_or_finding(kind, partial(_rows, kind, file))
        if not isinstance(rows, Finding):
            yield rows


def _rows(kind: str, file: Traversable) -> Mapping[str, Rule]:
    return of_platform(kind, file.read_text(encoding="utf-8"))


def _check(name: str) -> Rule | None:
    if (check := CATALOGUE.get(name)) is None:
        return None
    return Rule(
        name=check.id, about=f"handshake, level {check.level}", means=f"{check.title}: {check.proves}", fix=check.advice
    )


def _all() -> Iterator[str]:
    yield from catalogue()
    yield from CATALOGUE
    for rows in _platforms():
        yield from rows
