"""`reconciler state`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.shell import console, context, options, who
from reconciler.errors import ExitCode, StateError, UsageError
from reconciler.model.landscape import StateSpec
from reconciler.model.secret import DEFAULT_STORE
from reconciler.pipeline.review import pull_request

if TYPE_CHECKING:
    from reconciler.secrets.stores import Secrets


@click.command("state")
@click.argument("action", type=click.Choice(["move"]))
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@options.root
@options.form("state")
def command(*, action: str, source: str, target: str, root: Path, form: str) -> int:
    """Move what was applied from one place to another, so that no secret counts as never set.

    FROM and TO are file:FOLDER or vault:PATH, with vault:STORE:PATH for a store that is not named default.

    \b
    Examples:
      reconciler state move file:.reconciler vault:reconciler/state
      reconciler state move vault:reconciler/state vault:other:reconciler/state
    """
    from reconciler.model.runs.lease import Holder
    from reconciler.state import move
    from reconciler.state.choose import open_state

    pull_request.refuse(f"state {action}")
    base = context.base(root)
    first, second = _place(source, base), _place(target, base)
    if first == second:
        raise UsageError(f"{source} and {target} are one place", fix="name the place where the state is to go")
    land, _ = context.landscape(root, context.STORES)
    with context.secrets(land, root) as secrets:
        places = open_state(first, secrets), open_state(second, secrets)
        holder = Holder(owner=who.owner(), run=who.run_id())
        found = move.moved(*places, holder, places=(source, target))
        done = [(one.installation, one.resources, one.before) for one in found]
        if not done:
            _check_there(first, source, secrets)
    console.show("state", form, done, source=source, declare=_declared(second, target))
    return ExitCode.DONE


def _place(text: str, base: Path) -> StateSpec:
    kind, _, rest = text.partition(":")
    store, _, path = rest.rpartition(":")
    if kind == "file" and rest:
        return StateSpec(backend="file", path=str(base / rest))
    if kind == "vault" and path.strip("/"):
        return StateSpec(backend="vault", path=path.strip("/"), store=store or DEFAULT_STORE)
    raise UsageError(f"{text} is not a place of the state", fix="file:FOLDER, vault:PATH or vault:STORE:PATH")


def _check_there(spec: StateSpec, text: str, secrets: Secrets) -> None:
    """Raises StateError for a place where no state has ever been: a typing mistake, rather than nothing to move."""
    if spec.backend == "file":
        there = Path(spec.path).is_dir()
    else:
        there = bool(secrets.vault(spec.store or DEFAULT_STORE).list(spec.path))
    if not there:
        raise StateError(
            f"{text}: there is no state",
            why="the folder does not exist" if spec.backend == "file" else "nothing is below this path",
            fix="name the place that `state` in reconciler.yaml has had so far; nothing was moved",
        )


def _declared(spec: StateSpec, text: str) -> str:
    if spec.backend == "file":
        return f"state: {{backend: file, path: {text.removeprefix('file:')}}}"
    return f"state: {{backend: vault, store: {spec.store}, path: {spec.path}}}"
