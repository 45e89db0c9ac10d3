"""What a new repository got, after what comes next."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.views.paper import plural


def text(
    folder: str, steps: Sequence[tuple[str, str]], created: Sequence[str], kept: Sequence[str], stale: Sequence[str]
) -> str:
    """`steps` are commands and what each is for; `stale` are kept schemas of another version."""
    width = max(len(command) for command, _ in steps)
    lines = ["Next:", *(f"  {command:<{width}}   {why}".rstrip() for command, why in steps), ""]
    if created:
        lines += [f"Created {plural(len(created), 'file')} in {folder}:", *(f"  {line}" for line in _short(created))]
    if kept:
        lines += [f"Left {plural(len(kept), 'file')} as they were:", *(f"  {line}" for line in _short(kept))]
    if stale:
        lines += ["The schemas are of another version; to renew them: rm -r schemas && reconciler init"]
    return "\n".join([*lines, ""])


def _short(paths: Sequence[str]) -> list[str]:
    """The schemas as one."""
    schemas = [path for path in paths if path.startswith("schemas/")]
    if len(schemas) == 1:
        return list(paths)
    others = [path for path in paths if path not in schemas]
    return [*others, *([f"schemas/ ({plural(len(schemas), 'file')}, for editors)"] if schemas else [])]
