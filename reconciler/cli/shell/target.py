"""The target that a command is about, by the name that somebody typed."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.model.landscape import Landscape, Target


def declared(land: Landscape, name: str, root: Path, *, fits: Callable[[Target], bool] = lambda target: True) -> Target:
    """UsageError when there is none of that name, with the nearest: of those that `fits` says yes to, if any are."""
    known = {target.unit: target for target in land.targets}
    if (found := known.get(name)) is not None:
        return found
    fitting = [unit for unit, target in known.items() if fits(target)]
    unit = name.partition(":")[0]  # of an address, too
    near = [unit] if unit in known else get_close_matches(name, fitting or known, n=1, cutoff=0.8)
    file = f"{root / name}.yaml" if _names_a_file(name) else f"{root}/<environment>/<target>.yaml"
    raise UsageError(
        f"unknown target {name}",
        why=f"targets are files, <environment>/<target>.yaml; there: {', '.join(known) or 'none'}",
        fix=f"did you mean {near[0]}?"
        if near
        else f"{'one of these, or ' if known else ''}write {file} with platform and connection first",
    )


def _names_a_file(name: str) -> bool:
    environment, _, target = name.partition("/")
    return bool(environment and target) and "/" not in target and ":" not in target
