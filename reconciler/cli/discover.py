"""`reconciler discover`"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

import click

from reconciler.cli.shell import console, context, options, out_file
from reconciler.cli.shell.endings import InvalidFiles
from reconciler.errors import ExitCode, InvalidError, UsageError
from reconciler.model import codec
from reconciler.model.discovery import Discovery
from reconciler.model.landscape import Landscape, Target, TargetSpec
from reconciler.model.ports import Opener
from reconciler.pipeline import declaration, guard
from reconciler.pipeline.adopt import insert_keys as keys_text
from reconciler.pipeline.observe import targets
from reconciler.pipeline.review import pull_request
from reconciler.views import discover as view


@click.command("discover")
@click.argument("target")
@options.root
@click.option("--write", is_flag=True, help="Write the suggested keys into the target's file, for the team to commit.")
@options.form
def command(*, target: str, root: Path, write: bool, form: str) -> int:
    """List the keys of TARGET (`prod/odc`), with name, type and origin, and which settings they might be.

    Reads only. A suggestion comes from a key's name: look at each before you commit it.

    \b
    Examples:
      reconciler discover prod/odc
      reconciler discover prod/odc --write
    """
    pull_request.refuse("discover")
    land = _landscape(root)
    chosen = _target(target, land)
    with context.secrets(land, root) as secrets:
        spec = targets.specs(land, [chosen.unit])[0]
        opener = secrets.opener(spec.connection_secrets)
        found = guard.answered(spec.unit, lambda: _discovered(spec, opener))
    written = _write(chosen, found) if write else ()
    if form == "json":
        console.document(_json(chosen, found, written))
    else:
        console.result(
            view.text(chosen, found, console.paper(), written=written if write else None, again=_again(target, root))
        )
    return ExitCode.DONE


def _discovered(spec: TargetSpec, opener: Opener) -> Discovery:
    discovered = guard.platform(spec.kind).discovered
    assert discovered is not None  # noqa: S101  # _target has looked
    return discovered(spec.unit, spec.connection, opener)


def _landscape(root: Path) -> Landscape:
    """Without policy: before keys are mapped, what is declared cannot be right."""
    found = declaration.declared(root, base=context.base(root))
    if found.landscape is None:
        raise InvalidFiles(found.findings, found.files)
    return found.landscape


def _target(name: str, land: Landscape) -> Target:
    known = {target.unit: target for target in land.targets}
    if (chosen := known.get(name)) is None:
        can = [unit for unit, target in known.items() if guard.platform(target.kind).discovered]
        near = get_close_matches(name, can or known, n=1, cutoff=0.8)
        raise UsageError(
            f"no target {name}",
            why="a target is named <environment>/<file without .yaml>",
            fix=f"did you mean {near[0]}?" if near else f"one of {', '.join(sorted(known)) or 'none'}",
        )
    if guard.platform(chosen.kind).discovered is None:
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
    out_file.write(file, keys_text.with_keys(text, lines, file=str(file)))
    return tuple(lines)


def _json(chosen: Target, found: Discovery, written: Sequence[str]) -> codec.Json:
    mapped = {key: setting for setting, key in found.mapped.items()}
    return {
        "target": chosen.unit,
        "platform": chosen.kind,
        "written": list(written),
        "keys": [
            {
                "key": key.key,
                "name": key.name,
                "type": key.type,
                "origin": key.origin,
                "secret": key.secret,
                "mapped": mapped.get(key.key),
                "suggested": key.suggested,
                "word": key.word,
            }
            for key in found.keys
        ],
    }


def _again(target: str, root: Path) -> str:
    words = ["reconciler", "discover", target, "--write"]
    return shlex.join(words + (["--root", str(root)] if root != Path("environments") else []))
