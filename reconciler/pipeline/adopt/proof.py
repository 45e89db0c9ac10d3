"""Puts an adoption beside the files, in memory, and looks what they and a plan would say of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reconciler.model.address import Resource
from reconciler.model.adoption import Adoption, Found
from reconciler.model.change import Action, FieldKind
from reconciler.model.finding import Finding, Severity
from reconciler.model.landscape import Landscape
from reconciler.model.settings import Reading, Settings
from reconciler.model.source import Document, DocumentKind
from reconciler.pipeline import declaration
from reconciler.pipeline.observe import observe
from reconciler.pipeline.plan import compare
from reconciler.pipeline.resolve import flatten

_BEYOND = 10_000_000  # lines that no file has: each resource that is not written yet gets one of its own
_MARKED_ONLY = (Action.NONE, Action.ADOPT, Action.UPDATE)


def shared(documents: Sequence[Document], environment: str) -> Settings:
    """What an environment says for all of its targets."""
    own = (one for one in documents if one.kind is DocumentKind.ENVIRONMENT and one.environment == environment)
    return said(next(own))


def said(own: Document) -> Settings:
    """The same of its environment.yaml."""
    return {
        f"{group}.{name}": effective.value
        for group in ("sender", "verify")
        for name, effective in flatten.settings(own, (group,), "environment").items()
    }


def proven(adoption: Adoption, documents: Sequence[Document], reading: Reading, base: Path, today: str) -> Adoption:
    """With what the rules refuse marked as refused, and with what a plan would still change noted.

    Relative paths in files start at `base`; `today` is YYYY-MM-DD.
    """
    return stepped(adoption, documents, reading, base, today)[0]


def stepped(
    adoption: Adoption, documents: Sequence[Document], reading: Reading, base: Path, today: str
) -> tuple[Adoption, Landscape | None]:
    """The same, with the landscape that the files are with it; None where they were at fault before."""
    while True:
        judged = declaration.documents(with_adopted(documents, adoption), base=base, today=today)
        if judged.landscape is not None:
            return _planned(adoption, judged.landscape, reading), judged.landscape
        if not adoption.declared:  # the files themselves are at fault
            return adoption, None
        errors = [finding for finding in judged.findings if finding.severity is Severity.ERROR]
        before, adoption = adoption, _refused(adoption, errors)
        if adoption == before:  # nobody's in particular: then all of them, rather than a broken file
            whole = tuple(replace(error, where=None) for error in errors)
            adoption = replace(
                adoption, found=tuple(replace(one, refused=one.refused or whole) for one in before.found)
            )


def together(
    adoptions: Sequence[Adoption],
    documents: Sequence[Document],
    readings: Mapping[str, Reading],
    base: Path,
    today: str,
) -> tuple[list[Adoption], Landscape | None]:
    """Several at once, judged in one go. Without a landscape: what the rules refuse is marked, if they name it."""
    judged = declaration.documents(with_all(documents, adoptions), base=base, today=today)
    if (land := judged.landscape) is not None:
        return [_planned(one, land, readings[one.unit]) for one in adoptions], land
    files = {one.file: _unit(one) for one in documents}
    by_unit: dict[str, list[Finding]] = {}
    for error in judged.findings:
        if error.severity is Severity.ERROR:
            for unit in {(error.address or "").partition(":")[0], files.get(error.where.file) if error.where else None}:
                by_unit.setdefault(str(unit), []).append(error)
    return [_refused(one, by_unit.get(one.unit, ())) for one in adoptions], None


def _refused(adoption: Adoption, errors: Sequence[Finding]) -> Adoption:
    return refusing(
        adoption, {one.resource: _about(one, number, adoption, errors) for number, one in _numbered(adoption)}
    )


def refusing(adoption: Adoption, told: Mapping[Resource, Sequence[Finding]]) -> Adoption:
    """With the reasons why some of it is not declared."""
    found = (replace(one, refused=one.refused or tuple(told.get(one.resource, ()))) for one in adoption.found)
    return replace(adoption, found=tuple(found))


def with_adopted(documents: Sequence[Document], adoption: Adoption) -> list[Document]:
    """The files as they will be."""
    return with_all(documents, [adoption])


def with_all(documents: Sequence[Document], adoptions: Iterable[Adoption]) -> list[Document]:
    by_unit = {one.unit: one for one in adoptions}
    return [_merged(one, found) if (found := by_unit.get(_unit(one))) else one for one in documents]


def merged(data: Mapping[str, Any], adoption: Adoption) -> dict[str, Any]:
    """A target's content with what was adopted."""
    content = dict(data)
    for one in adoption.declared:
        collection, key = one.resource.collection, one.resource.key
        content[collection] = one.raw() if key is None else {**content.get(collection, {}), key: one.raw()}
    return content


def _merged(document: Document, adoption: Adoption) -> Document:
    places = dict(document.places)
    for number, one in _numbered(adoption):
        places[_path(one.resource)] = (_BEYOND + number, 1, _BEYOND + number, 1)
    return replace(document, data=merged(document.data, adoption), places=places)


def _numbered(adoption: Adoption) -> Iterator[tuple[int, Found]]:
    return enumerate(adoption.declared)


def _unit(document: Document) -> str:
    return f"{document.environment}/{document.name}"


def _path(resource: Resource) -> tuple[str, ...]:
    return (resource.collection,) if resource.key is None else (resource.collection, resource.key)


def _about(one: Found, number: int, adoption: Adoption, errors: Sequence[Finding]) -> tuple[Finding, ...]:
    address = f"{adoption.unit}:{one.resource}"
    line = _BEYOND + number
    mine = (error for error in errors if error.address == address or (error.where and error.where.line == line))
    return tuple(replace(error, where=None, address=address) for error in mine)


def _planned(adoption: Adoption, landscape: Landscape, reading: Reading) -> Adoption:
    mine = landscape.of_unit.get(adoption.unit, ())
    known = observe.assumed(mine, 1)
    changes = {one.address.resource: one for one in compare.changes(mine, {adoption.unit: reading}, {}, known)}
    found: list[Found] = []
    for one in adoption.found:
        change = None if one.refused else changes.get(one.resource)
        notes = dict(one.notes)
        remarks = list(one.remarks)
        if change is not None and change.action not in _MARKED_ONLY:
            remarks.append(f"a plan would {change.action} it: {'; '.join(finding.what for finding in change.findings)}")
        for moved in change.fields if change else ():
            if not moved.sensitive and moved.kind is not FieldKind.UNKNOWN and moved.field not in notes:
                note = "a plan will show a change: the platform returns a value that cannot be declared"
                if moved.field in one.settings:
                    notes[moved.field] = note
                else:
                    remarks.append(f"{moved.field}: {note}")
        found.append(replace(one, notes=notes, remarks=tuple(remarks)))
    return replace(adoption, found=tuple(found))
