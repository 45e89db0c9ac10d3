"""Which files a selection needs: an error in another one stops nobody. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.model.finding import Finding, Severity
from reconciler.model.landscape import Landscape
from reconciler.model.source import Document
from reconciler.pipeline import selection
from reconciler.pipeline.load import page_maps, tree

_ENVIRONMENT = "environment.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """`documents` are those that could be read; `patterns` as for `--select`."""

    root: Path
    documents: Sequence[Document]
    patterns: Sequence[str]

    def spares(self, errors: Iterable[Finding], land: Landscape | None) -> frozenset[str]:
        """The files of these errors, where nothing that is selected needs any of them; else none.

        `land` is what could be resolved, errors included: two targets of one installation need each other.
        """
        files = {error.where.file if error.where else None for error in errors}
        known = {file for file in files if file is not None and not self._needs(file, land)}
        return frozenset(known) if len(known) == len(files) else frozenset()

    def _needs(self, file: str, land: Landscape | None) -> bool:
        """What lies in no environment, everybody needs; a page map, the targets that name it."""
        if by := [one.file for one in self.documents if page_maps.name_of(one) == file]:
            return any(self._needs(one, land) for one in by)
        try:
            environment, *rest = Path(file).relative_to(tree.as_typed(self.root) or ".").parts
        except ValueError:
            return True
        if not rest and Path(file).suffix:
            return True
        if len(rest) != 1 or rest[0] == _ENVIRONMENT:
            return selection.reaches(environment, self.patterns)
        unit = f"{environment}/{Path(file).stem}"
        return any(selection.concerns(one, self.patterns) for one in _together(unit, land))


def without(documents: Iterable[Document], left: Collection[str]) -> tuple[Document, ...]:
    """The others; an environment without its environment.yaml is left out as a whole."""
    documents = tuple(documents)
    names = {Path(file).parent.name for file in left if Path(file).name == _ENVIRONMENT}
    kept = (one for one in documents if one.file not in left and one.environment not in names)
    return tuple(one for one in kept if page_maps.name_of(one) not in left)


def told(errors: Sequence[Finding], left: Iterable[str]) -> tuple[Finding, ...]:
    """One warning for each file that was left out, at its first error."""
    found = []
    for file in sorted(left):
        mine = [error for error in errors if error.where and error.where.file == file]
        count = f"{len(mine)} error{'' if len(mine) == 1 else 's'}"
        found.append(
            replace(
                mine[0],
                severity=Severity.WARNING,
                rule="left-out",
                what=f"{count}; left out, for nothing that is selected needs this file",
                why=f"the first is: {mine[0].what}",
                fix="reconciler validate shows them",
                address=None,
                field=None,
                replacement=None,
            )
        )
    return tuple(found)


def _together(unit: str, land: Landscape | None) -> set[str]:
    """With the targets of the same installation."""
    target = land.by_unit.get(unit) if land else None
    same = [one.unit for one in land.targets if one.installation == target.installation] if land and target else []
    return {unit, *same}
