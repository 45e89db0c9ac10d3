"""The whole way from files to a judged landscape; each step only when the one before found no error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.model.finding import Finding, Severity, by_place
from reconciler.model.landscape import Landscape
from reconciler.model.source import Document
from reconciler.pipeline.load import documents as load
from reconciler.pipeline.load import page_maps
from reconciler.pipeline.policy import judge as policy
from reconciler.pipeline.resolve import landscape as resolve
from reconciler.pipeline.validate import documents as validate


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """`landscape` is None when there is an error among the findings; `files` is how many YAML files there are.

    But for those of a platform that is at fault itself (`Landscape.broken`): the files of its targets may be right.
    """

    landscape: Landscape | None
    findings: tuple[Finding, ...]
    files: int


def declared(root: Path, *, base: Path) -> Judged:
    """As `judged`, before policy: whoever looks up what is missing in the files needs what is there."""
    loaded = load.documents(root, base)
    maps = page_maps.named(loaded.documents, base)
    read = (*loaded.documents, *maps.documents)
    found = validate.in_order((*loaded.findings, *maps.findings, *validate.findings(read)))
    land = None if _errors(found) else resolve.landscape(read, base).landscape
    return Judged(landscape=land, findings=_with_broken(found, land), files=loaded.files)


def judged(root: Path, *, base: Path, today: str) -> Judged:
    """Relative paths in files start at `base`; `today` is YYYY-MM-DD."""
    loaded = load.documents(root, base)
    return documents(loaded.documents, base=base, today=today, known=loaded.findings, files=loaded.files)


def documents(
    read: Sequence[Document],
    *,
    base: Path,
    today: str,
    known: Sequence[Finding] = (),
    files: int = 0,
) -> Judged:
    """The same for documents that are read already.

    `known` is what was found while they were read, `files` how many there are.
    """
    maps = page_maps.named(read, base)
    read = (*read, *maps.documents)
    found = validate.in_order((*known, *maps.findings, *validate.findings(read)))
    if _errors(found):
        return Judged(landscape=None, findings=found, files=files)
    resolved = resolve.landscape(read, base)
    found = by_place((*found, *resolved.findings, *policy.findings(resolved.landscape, today)))
    land = None if _errors(found) else resolved.landscape
    return Judged(landscape=land, findings=_with_broken(found, resolved.landscape), files=files)


def _with_broken(found: Sequence[Finding], land: Landscape | None) -> tuple[Finding, ...]:
    return by_place((*found, *land.broken)) if land and land.broken else tuple(found)


def _errors(found: Iterable[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in found)
