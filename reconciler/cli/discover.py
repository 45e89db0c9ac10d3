"""`reconciler discover`"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from reconciler.cli.shell import completing, console, context, options, out_file
from reconciler.cli.shell import target as named
from reconciler.cli.shell.endings import InvalidFiles
from reconciler.errors import ExitCode, InvalidError
from reconciler.model.answers.discovery import Discovery
from reconciler.model.landscape import Landscape, Target, TargetSpec
from reconciler.model.ports import Opener
from reconciler.pipeline import declaration, guard
from reconciler.pipeline.adopt import insert_keys
from reconciler.pipeline.observe import targets
from reconciler.pipeline.review import pull_request
from reconciler.views import discover as view


@click.command("discover")
@click.argument("target", shell_complete=completing.targets)
@options.root
@click.option("--write", is_flag=True, help="Write the suggested keys into the target's file, for the team to commit.")
@options.form("discover")
def command(*, target: str, root: Path, write: bool, form: str) -> int:
    """List the keys of TARGET (`prod/odc`), with name, type and origin, and which settings they might be.

    Reads only. A suggestion comes from a key's name: look at each before you commit it.

    \b
    Examples:
      reconciler discover prod/odc
      reconciler discover prod/odc --write
    """
    pull_request.refuse("discover")
    land = _landscape(root, target)
    chosen = _target(target, land, root)
    with context.secrets(land, root) as secrets:
        spec = targets.specs(land, [chosen.unit])[0]
        opener = targets.opener(spec, secrets)
        found = guard.answer(spec.unit, lambda: _discovered(spec, opener))
    written = _write(chosen, found) if write else None
    console.show("discover", form, found, target=chosen, written=written, again=_again(target, root))
    return ExitCode.DONE


def _discovered(spec: TargetSpec, opener: Opener) -> Discovery:
    discovered = guard.platform(spec.kind).discovered
    assert discovered is not None  # noqa: S101  # _target has looked
    return discovered(spec.unit, spec.connection, opener)


def _landscape(root: Path, target: str) -> Landscape:
    """Without policy: before keys are mapped, what is declared cannot be right."""
    found = declaration.declared(root, base=context.base(root), select=[target])
    if found.landscape is None:
        raise InvalidFiles(found.findings, found.files)
    return found.landscape


def _discovering(target: Target) -> bool:
    return guard.platform(target.kind).discovered is not None


def _target(name: str, land: Landscape, root: Path) -> Target:
    chosen = named.declared(land, name, root, fits=_discovering)
    if not _discovering(chosen):
        declares = any(one.address.unit == name for one in land.desired)
        raise InvalidError(
            f"{name}: {chosen.kind} has nothing to discover",
            why="its settings have fixed names" + ("" if declares else f"; and {name} declares no resource"),
            fix=f"reconciler explain {name} shows what is declared, and what else there is"
            if declares
            else f"reconciler adopt {name} prints what it has, as YAML",
        )
    return chosen


def _write(chosen: Target, found: Discovery) -> Sequence[str]:
    """The settings that were written: suggested, and not mapped yet."""
    lines = {key.suggested: view.entry(key) for key in found.keys if key.suggested}
    if not lines:
        return ()
    file = Path(chosen.position.file)
    text = file.read_text(encoding="utf-8")
    out_file.write(file, insert_keys.with_keys(text, lines, file=str(file)))
    return tuple(lines)


def _again(target: str, root: Path) -> str:
    words = ["reconciler", "discover", target, "--write"]
    return shlex.join(words + (["--root", str(root)] if root != Path("environments") else []))
