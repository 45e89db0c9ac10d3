"""What a new repository got, after what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.model.codec import Json
from reconciler.views.paper import Paper, plural
from reconciler.views.printable import Printable


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaffolded:
    """`steps` are commands and what each is for; `outdated` are kept schemas of another version."""

    folder: str
    steps: tuple[tuple[str, str], ...]
    created: tuple[str, ...]
    kept: tuple[str, ...]
    outdated: tuple[str, ...]


def text(made: Scaffolded, paper: Paper) -> Printable:
    width = max(len(command) for command, _ in made.steps)
    lines = ["Next:", *(f"  {command:<{width}}   {why}".rstrip() for command, why in made.steps), ""]
    if made.created:
        lines += [f"Created {plural(len(made.created), 'file')} in {made.folder}:"]
        lines += [f"  {line}" for line in _short(made.created)]
    if made.kept:
        lines += [f"Left {plural(len(made.kept), 'file')} as they were:", *(f"  {line}" for line in _short(made.kept))]
    if made.outdated:
        lines += ["The schemas are from another version; to update them: rm -r schemas && reconciler init"]
    return paper.finish(lines)


def document(made: Scaffolded) -> Json:
    return {
        "created": list(made.created),
        "kept": list(made.kept),
        "outdated": list(made.outdated),
        "next": [command for command, _ in made.steps],
        "findings": [],
    }


def _short(paths: Sequence[str]) -> list[str]:
    """The schemas as one."""
    schemas = [path for path in paths if path.startswith("schemas/")]
    if len(schemas) == 1:
        return list(paths)
    others = [path for path in paths if path not in schemas]
    return [*others, *([f"schemas/ ({plural(len(schemas), 'file')}, for editors)"] if schemas else [])]
