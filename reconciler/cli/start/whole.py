"""`reconciler adopt` for several targets: all of them are read side by side, and written file by file."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reconciler.cli.shell import console, context, out_file
from reconciler.cli.shell.endings import InvalidFiles
from reconciler.errors import ExitCode, InvalidError, UsageError
from reconciler.model import adoption as model
from reconciler.model.adoption import Adoption
from reconciler.model.source import Document, DocumentKind
from reconciler.pipeline import declaration, needed, selection
from reconciler.pipeline.adopt import insert_resources, proof, shared_relays, whole
from reconciler.pipeline.load import documents as load
from reconciler.pipeline.observe import targets
from reconciler.views import forms
from reconciler.views.start import landscape as view

COMMAND = "adopt --all"


def adopted(patterns: Sequence[str], root: Path, form: str, *, write: bool) -> int:
    """The exit code: 1 where a target could not be read, or not be written.

    Raises InvalidFiles, and UsageError where nothing is selected.
    """
    base = context.base(root)
    loaded = load.documents(root, base)
    judged = declaration.of(loaded, root, base=base, today=context.today(), select=patterns)
    if (land := judged.landscape) is None:
        raise InvalidFiles(judged.findings, judged.files)
    documents = needed.without(loaded.documents, land.left_out)
    units = [target.unit for target in land.targets]
    if not units:
        raise UsageError("no target is declared yet", fix="e.g. reconciler add grafana dev /etc/grafana/grafana.ini")
    selection.check(patterns, units, option=False)
    chosen = targets.specs(land, [unit for unit in units if selection.matches(unit, patterns)])
    with context.means(land, root) as means:
        readings = means.engine.read(chosen)
    found = whole.landscape(documents, land, readings, base, context.today())
    written = None
    if write:
        found, written = _written(found, documents, root)
    again = _next(patterns, root, written=write)
    console.show(COMMAND, form, found, today=context.today(), written=written, next_commands=again)
    if form == forms.TEXT and not write:  # stdout has the YAML alone
        console.findings(found.unread)
        console.note(*view.summary(found, written=None, next_commands=again))
    return ExitCode.DONE if found.complete else ExitCode.FAILED


def _written(
    found: model.Landscape, documents: Sequence[Document], root: Path
) -> tuple[model.Landscape, tuple[str, ...]]:
    """Environments first: targets name their relays. What has no room in its file is told, and the others are written.

    Raises InvalidError, before anything is written, where an environment has no room for its relays.
    """
    data = {_unit(one): one.data for one in documents}
    ready = dict(_texts(found.relays, data, root))
    lost = []
    for one in found.targets:
        try:
            ready |= dict(_texts([one], data, root))
        except InvalidError as error:
            lost.append(error.finding(one.unit))
    for file, text in ready.items():
        out_file.write(file, text, what=str(file))
    return replace(found, unread=(*found.unread, *lost)), tuple(map(str, ready))


def _texts(found: Sequence[Adoption], data: Mapping[str, Any], root: Path) -> Iterator[tuple[Path, str]]:
    for one in found:
        if not one.declared:
            continue
        is_environment = "/" not in one.unit
        file = root / one.unit / "environment.yaml" if is_environment else root / f"{one.unit}.yaml"
        with file.open(encoding="utf-8-sig", newline="") as stream:
            text = stream.read()
        blocks, header = view.blocks(one), view.header(one, context.today())
        expected = (
            {**data[one.unit], shared_relays.COLLECTION: shared_relays.declared(data[one.unit], one)}
            if is_environment
            else proof.merged(data[one.unit], one)
        )
        yield file, insert_resources.inserted(text, blocks, header, expected, str(file))


def _unit(document: Document) -> str:
    if document.kind is DocumentKind.ENVIRONMENT:
        return str(document.environment)
    return f"{document.environment}/{document.name}"


def _next(patterns: Sequence[str], root: Path, *, written: bool) -> Sequence[str]:
    where = [] if root == Path("environments") else ["--root", str(root)]
    plan = shlex.join(["reconciler", "plan", *where])
    again = shlex.join(["reconciler", "adopt", *(patterns or ["--all"]), "--write", *where])
    return [plan] if written else [again, plan]
