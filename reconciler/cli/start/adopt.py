"""`reconciler adopt`"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from reconciler.cli.shell import completing, console, context, options, out_file
from reconciler.cli.shell import target as named
from reconciler.cli.shell.endings import InvalidFiles
from reconciler.errors import ExitCode, PlatformError, UsageError
from reconciler.model.adoption import Adoption
from reconciler.model.landscape import Landscape, Target
from reconciler.model.settings import Reading
from reconciler.pipeline import declaration, needed
from reconciler.pipeline.adopt import adopt, insert_resources, proof
from reconciler.pipeline.load import documents as load
from reconciler.pipeline.observe import targets
from reconciler.pipeline.review import pull_request
from reconciler.views import adopt as view
from reconciler.views import forms


@click.command("adopt")
@click.argument("target", nargs=-1, metavar="[TARGET]...", shell_complete=completing.targets)
@click.option("--all", "everything", is_flag=True, help="Every target of the landscape.")
@click.option("--write", is_flag=True, help="Add it to the files; nothing there is changed.")
@options.root
@options.form("adopt")
@options.progress
def command(*, target: tuple[str, ...], everything: bool, write: bool, root: Path, form: str) -> int:
    """Read what TARGET has and no file declares, and print it as YAML. Writes nothing to the platform.

    The target's file needs `platform` and `connection`. Defaults are left out; secrets become references to fill in.

    For several targets, or a pattern: what they have in common becomes `relays` of their environment.

    \b
    Examples:
      reconciler adopt prod/openspp
      reconciler adopt prod/openspp --write
      reconciler adopt 'dev/*'
      reconciler adopt --all --write
    """
    pull_request.refuse("adopt")
    if everything == bool(target):
        raise UsageError(
            "adopt needs targets, or --all", fix="e.g. reconciler adopt prod/shop, or reconciler adopt --all"
        )
    if everything or len(target) > 1 or "*" in target[0]:
        from reconciler.cli.start import whole

        return whole.adopted(target, root, form, write=write)
    return _one(target[0], root, form, write=write)


def _one(target: str, root: Path, form: str, *, write: bool) -> int:
    loaded = load.documents(root, context.base(root))
    judged = declaration.of(loaded, root, base=context.base(root), today=context.today(), select=[target])
    if judged.landscape is None:
        raise InvalidFiles(judged.findings, judged.files)
    documents = needed.without(loaded.documents, judged.landscape.left_out)
    chosen = named.declared(judged.landscape, target, root)
    reading = _reading(judged.landscape, chosen, root)
    shared = proof.shared(documents, chosen.environment)
    found = adopt.adoption(chosen, reading, judged.landscape, shared)
    found = proof.proven(found, documents, reading, context.base(root), context.today())
    data = next(one.data for one in documents if f"{one.environment}/{one.name}" == target)
    file = root / f"{target}.yaml"
    if write and found.declared:
        _write(file, found, data)
    written = str(file) if write and found.declared else None
    steps = _next(found, root, written)
    console.show("adopt", form, found, today=context.today(), written=written, next_commands=steps)
    if form == forms.TEXT and not written:  # stdout has the YAML alone
        console.note(*view.summary(found, written=written, next_commands=steps))
    return ExitCode.FAILED if found.unread else ExitCode.DONE


def _reading(land: Landscape, target: Target, root: Path) -> Reading:
    """Raises what kept the platform from being read. Only the secrets of the connection are opened."""
    with context.means(land, root) as means:
        reading = means.engine.read(targets.specs(land, [target.unit]))[target.unit]
    if (broken := reading.unreadable) is not None:
        raise PlatformError(
            broken.what, why=broken.why, fix=broken.fix, where=broken.where, address=broken.address or target.unit
        )
    return reading


def _write(file: Path, found: Adoption, data: dict[str, Any]) -> None:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        text = stream.read()
    expected = proof.merged(data, found)
    known = {line.strip() for line in text.splitlines()}  # what was refused before stands there already, as comments
    new = tuple(
        one for one in found.found if not (one.refused and f"# {one.resource.key or one.resource.collection}:" in known)
    )
    found = replace(found, found=new)
    after = insert_resources.inserted(
        text, view.blocks(found), view.header(found, context.today()), expected, str(file)
    )
    out_file.write(file, after, what=str(file))


def _next(found: Adoption, root: Path, written: str | None) -> Sequence[str]:
    where = [] if root == Path("environments") else ["--root", str(root)]
    plan = shlex.join(["reconciler", "plan", *where, "--select", found.unit])
    if written or not found.declared:
        return [plan]
    return [shlex.join(["reconciler", "adopt", found.unit, "--write", *where]), plan]
