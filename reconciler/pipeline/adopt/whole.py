"""A whole landscape at once: what its targets have, and the relays that several of them share. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from reconciler.model import adoption as model
from reconciler.model.adoption import Adoption
from reconciler.model.finding import Finding, Severity
from reconciler.model.landscape import Landscape, Target
from reconciler.model.settings import Reading
from reconciler.model.source import Document
from reconciler.pipeline import declaration, guard
from reconciler.pipeline.adopt import adopt, proof, shared_relays


def landscape(
    documents: Sequence[Document],
    land: Landscape,
    readings: Mapping[str, Reading],
    base: Path,
    today: str,
) -> model.Landscape:
    """Of the targets that were read; `readings` is by unit, relative paths start at `base`, `today` is YYYY-MM-DD.

    First it looks for what is shared; then each target is adopted as if these relays were declared, one after the
    other, so that a login that two of them use gets one reference.
    """
    targets = [one for one in land.targets if one.unit in readings]
    lost = [finding for one in targets if (finding := readings[one.unit].unreadable) is not None]
    there = [one for one in targets if readings[one.unit].unreadable is None]
    first = [one for target in there if isinstance(one := _first(target, readings, land, documents), Adoption)]
    relays, refused = _allowed(shared_relays.proposed(first, land), documents, base, today)
    extended = shared_relays.with_relays(documents, relays)
    after = declaration.documents(extended, base=base, today=today).landscape or land
    found = list(_adopted(there, readings, extended, after, base, today))
    told = [one for one in found if isinstance(one, Finding)]
    return model.Landscape(
        targets=tuple(one for one in found if isinstance(one, Adoption)),
        relays=relays,
        unread=(*lost, *refused, *told),
    )


def _first(
    target: Target, readings: Mapping[str, Reading], land: Landscape, documents: Sequence[Document]
) -> Adoption | Finding:
    shared = proof.shared(documents, target.environment)
    return guard.answer_or_finding(target.unit, lambda: adopt.adoption(target, readings[target.unit], land, shared))


def _allowed(
    proposed: Sequence[Adoption], documents: Sequence[Document], base: Path, today: str
) -> tuple[tuple[Adoption, ...], tuple[Finding, ...]]:
    """Those that the rules let stand, each environment by itself, and why the others do not."""
    allowed: list[Adoption] = []
    refused: list[Finding] = []
    for one in proposed:
        judged = declaration.documents(shared_relays.with_relays(documents, [one]), base=base, today=today)
        if judged.landscape is not None:
            allowed.append(one)
        else:
            refused += [finding for finding in judged.findings if finding.severity is Severity.ERROR][:1]
    return tuple(allowed), tuple(refused)


def _adopted(
    targets: Sequence[Target],
    readings: Mapping[str, Reading],
    documents: Sequence[Document],
    land: Landscape,
    base: Path,
    today: str,
) -> Iterator[Adoption | Finding]:
    for target in targets:
        reading = readings[target.unit]
        found = _first(target, readings, land, documents)
        if isinstance(found, Adoption):
            found, after = proof.stepped(found, documents, reading, base, today)
            documents, land = proof.with_adopted(documents, found), after or land
        yield found
