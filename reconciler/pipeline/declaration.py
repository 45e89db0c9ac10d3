"""The whole way from files to a judged landscape; each step only when the one before found no error: a mistake of form
would bring others with it. Only relays that no file declares are told beside one.

With patterns, an error in a file that they do not need stops nobody: that file is left out, which is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from reconciler.model.finding import Finding, Severity, by_place
from reconciler.model.landscape import Landscape
from reconciler.model.source import Document
from reconciler.pipeline import halves, needed
from reconciler.pipeline.load import documents as load
from reconciler.pipeline.load import page_maps
from reconciler.pipeline.load.documents import Loaded
from reconciler.pipeline.policy import judge as policy
from reconciler.pipeline.resolve import landscape as resolve
from reconciler.pipeline.validate import documents as validate


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """`landscape` is None when there is an error among the findings; `files` is how many YAML files there are.

    But for those of a platform that is at fault itself (`Landscape.broken`): the files of its targets may be right.
    `resolved` is what could be resolved, whatever policy says of it.
    """

    landscape: Landscape | None
    findings: tuple[Finding, ...]
    files: int
    resolved: Landscape | None = None


def declared(root: Path, *, base: Path, select: Sequence[str] = ()) -> Judged:
    """As `judged`, before policy: whoever looks up what is missing in the files needs what is there."""
    loaded = load.documents(root, base)
    return _narrowed(loaded, root, select, lambda read, known: _declared(read, base, known, loaded.files))


def judged(root: Path, *, base: Path, today: str, select: Sequence[str] = ()) -> Judged:
    """Relative paths in files start at `base`; `today` is YYYY-MM-DD; `select` as for `--select`."""
    return of(halves.documents(root, base), root, base=base, today=today, select=select)


def of(loaded: Loaded, root: Path, *, base: Path, today: str, select: Sequence[str] = ()) -> Judged:
    """The same for files that are read already."""

    def judge(read: Sequence[Document], known: Sequence[Finding]) -> Judged:
        return documents(read, base=base, today=today, known=known, files=loaded.files, checked=loaded.checked)

    return _narrowed(loaded, root, select, judge)


def documents(
    read: Sequence[Document],
    *,
    base: Path,
    today: str,
    known: Sequence[Finding] = (),
    files: int = 0,
    checked: Mapping[str, tuple[Finding, ...]] = MappingProxyType({}),
) -> Judged:
    """`known` is what was found while these were read, `files` how many there are; `checked` as in `Loaded`."""
    maps = page_maps.named(read, base)
    read = (*read, *maps.documents)
    found = validate.in_order((*known, *maps.findings, *validate.findings(read, checked)))
    if _errors(found):
        return Judged(landscape=None, findings=_with_unknown_relays(found, read), files=files)
    resolved = resolve.landscape(read, base)
    found = by_place((*found, *resolved.findings, *policy.findings(resolved.landscape, today)))
    land = None if _errors(found) else resolved.landscape
    return Judged(
        landscape=land, findings=_with_broken(found, resolved.landscape), files=files, resolved=resolved.landscape
    )


def _declared(read: Sequence[Document], base: Path, known: Sequence[Finding], files: int) -> Judged:
    maps = page_maps.named(read, base)
    read = (*read, *maps.documents)
    found = validate.in_order((*known, *maps.findings, *validate.findings(read)))
    land = None if _errors(found) else resolve.landscape(read, base).landscape
    return Judged(landscape=land, findings=_with_broken(found, land), files=files)


def _narrowed(
    loaded: Loaded,
    root: Path,
    select: Sequence[str],
    judge: Callable[[Sequence[Document], Sequence[Finding]], Judged],
) -> Judged:
    """Again without the files that are at fault and that nothing selected needs; as it was, where one is needed."""
    found = first = judge(loaded.documents, loaded.findings)
    selected = needed.Selected(root=root, documents=loaded.documents, patterns=select)
    left: dict[str, Finding] = {}
    while found.landscape is None and select:
        errors = [one for one in found.findings if one.severity is Severity.ERROR]
        if not (more := selected.spares(errors, found.resolved) - left.keys()):
            return replace(found, findings=by_place((*first.findings, *found.findings)))
        left |= {one.where.file: one for one in needed.told(errors, more) if one.where}
        known = [one for one in loaded.findings if one.where is None or one.where.file not in left]
        found = judge(needed.without(loaded.documents, left), known)
    if found.landscape is None or not left:
        return found
    land = replace(found.landscape, left_out=tuple(left))
    return replace(found, landscape=land, findings=by_place((*found.findings, *left.values())))


def _with_unknown_relays(found: Sequence[Finding], read: Sequence[Document]) -> tuple[Finding, ...]:
    """The one mistake of meaning that can be told of files with errors of form: it follows from none of these."""
    from reconciler.pipeline.resolve import unknown_relays  # valid files do not need it

    wrong = {one.where for one in found if one.where and one.severity is Severity.ERROR}
    return validate.in_order((*found, *unknown_relays.among(read, wrong)))


def _with_broken(found: Sequence[Finding], land: Landscape | None) -> tuple[Finding, ...]:
    return by_place((*found, *land.broken)) if land and land.broken else tuple(found)


def _errors(found: Iterable[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in found)
