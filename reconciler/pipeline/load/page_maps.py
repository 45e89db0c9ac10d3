"""Reads the page maps that targets name in `connection.page_map`: files beside the root, held to the rules of all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from reconciler.model.finding import Finding, Severity
from reconciler.model.source import Document, DocumentKind
from reconciler.pipeline.load import documents as load
from reconciler.pipeline.load.documents import Loaded
from reconciler.pipeline.load.tree import Source


def named(documents: Sequence[Document], base: Path) -> Loaded:
    """Each file once, under the name by which targets call it; relative names start at `base`."""
    read: dict[str, Document] = {}
    findings: list[Finding] = []
    for target in documents:
        name = name_of(target)
        if name is None or name in read:
            continue
        if problem := _misplaced(target, name, base):
            findings.append(problem)
            continue
        document, problems = load.read(Source(kind=DocumentKind.PAGE_MAP, path=str(base / name), file=name), str(base))
        findings.extend(problems)
        if document is not None:
            read[name] = document
    return Loaded(documents=tuple(read.values()), findings=tuple(findings), files=len(read))


def name_of(document: Document) -> str | None:
    """The page map that a target names, as it names it."""
    data: Any = document.data
    connection = data.get("connection") if document.kind is DocumentKind.TARGET and isinstance(data, dict) else None
    name = connection.get("page_map") if isinstance(connection, dict) else None
    return name if isinstance(name, str) else None


def _misplaced(target: Document, name: str, base: Path) -> Finding | None:
    """Only a file below `base`: what decides where a password is typed is reviewed with the rest."""
    real = os.path.realpath(base / name)
    if not Path(real).is_relative_to(os.path.realpath(base)):
        return _wrong(target, f"page_map: {name} is outside this folder", "keep the page map beside the files")
    if not Path(real).is_file():
        near = next(_near(base, name), None)
        return _wrong(target, f"page_map: {name}: no such file", f"did you mean {near}?" if near else "put it there")
    return None


def _near(base: Path, name: str) -> Iterator[str]:
    folder = (base / name).parent
    yield from (os.path.relpath(one, base) for one in sorted(folder.glob("*.yaml")))


def _wrong(target: Document, what: str, fix: str) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        rule="page-map-file",
        what=what,
        why="a page map says where this console's settings are",
        fix=fix,
        where=target.value_at("connection", "page_map"),
        address=f"{target.environment}/{target.name}",
        field="connection.page_map",
    )
