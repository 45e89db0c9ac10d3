"""What all sections of the page look at, worked out once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from reconciler.model.answers.overview import Ended, Overview, Proven
from reconciler.model.change import Change
from reconciler.model.finding import Finding
from reconciler.model.handshake import Status
from reconciler.model.outcome import OutcomeStatus
from reconciler.views.overview import states
from reconciler.views.overview.states import State

_UNWELL = (Status.FAIL, Status.INCONCLUSIVE, Status.WARN, Status.PASS)
_FAILED = (OutcomeStatus.FAILED, OutcomeStatus.RESTORED, OutcomeStatus.UNKNOWN)


@dataclass(frozen=True, kw_only=True)  # no slots: the look-ups are made once
class Picture:
    overview: Overview

    @cached_property
    def now(self) -> datetime:
        return datetime.fromisoformat(self.overview.at)

    @cached_property
    def changes(self) -> Sequence[Change]:
        return self.overview.plan.changes if self.overview.plan else ()

    @cached_property
    def findings(self) -> Sequence[tuple[str, Finding]]:
        """All that is told, with what it is told of."""
        beside = (*(self.overview.plan.findings if self.overview.plan else ()), *self.overview.beside)
        told = [(finding.address or "", finding) for finding in beside]
        return [*told, *((str(one.address), finding) for one in self.changes for finding in one.findings)]

    @cached_property
    def ended(self) -> Mapping[str, Ended]:
        """What the last apply failed at, and the plan made since has not seen put right."""
        applied = [one for one in self.overview.ended if one.status in _FAILED]
        return {one.address: one for one in applied}

    @cached_property
    def states(self) -> Mapping[str, State]:
        """By address."""
        return {name: states.of(one, failed=name in self.ended) for one in self.changes if (name := str(one.address))}

    @cached_property
    def targets(self) -> Mapping[str, Sequence[Change]]:
        """By `<environment>/<target>`, also those that could not be read and declare nothing."""
        found: dict[str, list[Change]] = {}
        for one in self.changes:
            found.setdefault(one.address.unit, []).append(one)
        lost = self.overview.plan.unread if self.overview.plan else ()
        for finding in lost:
            if finding.address and "/" in finding.address:
                found.setdefault(finding.address.partition(":")[0], [])
        return found

    @cached_property
    def places(self) -> Mapping[str, str]:
        """Names within the page, by target: what files call it is no name that every browser takes."""
        return {unit: f"t{number}" for number, unit in enumerate(self.targets, start=1)}

    @cached_property
    def proofs(self) -> Sequence[Proven]:
        """The worst first."""
        return sorted(self.overview.proofs, key=lambda one: _UNWELL.index(one.handshake.status))

    @cached_property
    def proof_of(self) -> Mapping[str, tuple[int, Proven]]:
        """By resource: the handshake of what it sends through, and its number on the page; its own route counts."""
        found = {name: (at, one) for at, one in enumerate(self.proofs, start=1) for name in one.used_by}
        return {**found, **{name: pair for name, pair in self.proof_named.items() if name in found}}

    @cached_property
    def proof_named(self) -> Mapping[str, tuple[int, Proven]]:
        """The same by the name of the relay, or of the resource whose own route it is."""
        return {one.handshake.relay or "": (at, one) for at, one in enumerate(self.proofs, start=1)}

    @cached_property
    def silenced(self) -> Mapping[str, Proven]:
        """The resources whose relay fails."""
        return {name: one for name, (_, one) in self.proof_of.items() if one.handshake.status is Status.FAIL}


def proof_place(number: int) -> str:
    return f"r{number}"
