"""A whole landscape at once: what its targets have, and the relays that several of them share. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.model import adoption as model
from reconciler.model.address import Resource
from reconciler.model.adoption import Adoption
from reconciler.model.finding import Finding, Severity
from reconciler.model.landscape import Landscape, Target
from reconciler.model.settings import Reading, Settings
from reconciler.model.source import Document, DocumentKind
from reconciler.pipeline import declaration, guard
from reconciler.pipeline.adopt import adopt, proof, secrets, shared_relays


def landscape(
    documents: Sequence[Document],
    land: Landscape,
    readings: Mapping[str, Reading],
    base: Path,
    today: str,
) -> model.Landscape:
    """Of the targets that were read; `readings` is by unit, relative paths start at `base`, `today` is YYYY-MM-DD.

    First it looks for what is shared; then all targets are adopted as if these relays were declared, with one purse of
    logins, so that a login that two of them use gets one reference.
    """
    targets = [one for one in land.targets if one.unit in readings]
    lost = [finding for one in targets if (finding := readings[one.unit].unreadable) is not None]
    there = [one for one in targets if readings[one.unit].unreadable is None]
    proposed = [one for one in _apart(there, readings, land, documents) if isinstance(one, Adoption)]
    relays, refused = _allowed(shared_relays.proposed(proposed, land), documents, base, today)
    extended = shared_relays.with_relays(documents, relays)
    after = declaration.documents(extended, base=base, today=today).landscape or land
    job = _Job(readings=readings, base=base, today=today)
    found = list(job.adopted(there, extended, after))
    told = [one for one in found if isinstance(one, Finding)]
    return model.Landscape(
        targets=tuple(one for one in found if isinstance(one, Adoption)),
        relays=relays,
        unread=(*lost, *refused, *told),
    )


def _apart(
    targets: Sequence[Target], readings: Mapping[str, Reading], land: Landscape, documents: Sequence[Document]
) -> Iterator[Adoption | Finding]:
    """Each with the logins of the files alone: to see what they have alike."""
    known, shared = secrets.purse(land), _shared(documents)
    for target in targets:
        wallet = secrets.Wallet(unit=target.unit, purse=known, zone=target.zone, alone=True)
        yield _one(target, readings, land, shared, wallet)


def _one(
    target: Target,
    readings: Mapping[str, Reading],
    land: Landscape,
    shared: Mapping[str, Settings],
    wallet: secrets.Wallet,
) -> Adoption | Finding:
    said = shared[target.environment]
    return guard.answer_or_finding(
        target.unit, lambda: adopt.adoption(target, readings[target.unit], land, said, wallet)
    )


def _shared(documents: Sequence[Document]) -> dict[str, Settings]:
    """What each environment says for all of its targets."""
    environments = [one for one in documents if one.kind is DocumentKind.ENVIRONMENT]
    return {str(one.environment): proof.said(one) for one in environments}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    readings: Mapping[str, Reading]
    base: Path
    today: str

    def adopted(
        self, targets: Sequence[Target], documents: Sequence[Document], land: Landscape
    ) -> Iterator[Adoption | Finding]:
        """All at once, but for those of an installation that another one before has."""
        for wave in _waves(targets):
            found, after = self._wave(wave, documents, land)
            if after is None:  # somebody is at fault and nobody knows who: one after the other tells
                found, after = self._one_by_one(wave, documents, land)
            documents, land = proof.with_all(documents, [one for one in found if isinstance(one, Adoption)]), after
            yield from found

    def _wave(
        self, targets: Sequence[Target], documents: Sequence[Document], land: Landscape
    ) -> tuple[list[Adoption | Finding], Landscape | None]:
        """Again without what the rules refuse: nobody may refer to the login of what is not written."""
        refused: dict[str, Mapping[Resource, Sequence[Finding]]] = {}
        while True:
            found = list(self._with_one_purse(targets, documents, land, refused))
            adoptions = [one for one in found if isinstance(one, Adoption)]
            judged, after = proof.together(adoptions, documents, self.readings, self.base, self.today)
            if after is not None or judged == adoptions:
                proven = {one.unit: one for one in judged}
                return [proven[one.unit] if isinstance(one, Adoption) else one for one in found], after
            refused = {one.unit: {each.resource: each.refused for each in one.found if each.refused} for one in judged}

    def _with_one_purse(
        self,
        targets: Sequence[Target],
        documents: Sequence[Document],
        land: Landscape,
        refused: Mapping[str, Mapping[Resource, Sequence[Finding]]],
    ) -> Iterator[Adoption | Finding]:
        purse, shared = secrets.purse(land), _shared(documents)
        for target in targets:
            known = refused.get(target.unit, {})
            wallet = secrets.Wallet(unit=target.unit, purse=purse, zone=target.zone, withheld=known.keys())
            found = _one(target, self.readings, land, shared, wallet)
            yield found if isinstance(found, Finding) else proof.refusing(found, known)

    def _one_by_one(
        self, targets: Sequence[Target], documents: Sequence[Document], land: Landscape
    ) -> tuple[list[Adoption | Finding], Landscape]:
        done: list[Adoption | Finding] = []
        for target in targets:
            wallet = secrets.wallet(land, target.unit, target.zone)
            found = _one(target, self.readings, land, _shared(documents), wallet)
            if isinstance(found, Adoption):
                found, after = proof.stepped(found, documents, self.readings[target.unit], self.base, self.today)
                documents, land = proof.with_adopted(documents, found), after or land
            done.append(found)
        return done, land


def _waves(targets: Iterable[Target]) -> Iterator[list[Target]]:
    """In each at most one target of an installation: the next ones see what it has taken."""
    waves: list[list[Target]] = []
    met: dict[str, int] = {}
    for target in targets:
        number = met[target.installation] = met.get(target.installation, -1) + 1
        if number == len(waves):
            waves.append([])
        waves[number].append(target)
    yield from waves
