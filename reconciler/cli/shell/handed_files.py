"""`apply --offline DIR`: the scripts and parameter files of work orders, a folder for each resource."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from reconciler.errors import ReconcilerError, UsageError
from reconciler.model.attestation import Guide, WorkOrder
from reconciler.model.landscape import Landscape
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan
from reconciler.pipeline.observe import guided, targets

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


def check_folder(folder: Path) -> None:
    """Raises UsageError before anybody is contacted: files of two runs side by side would be taken for one."""
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.exists() or folder.is_symlink():
        what = f"--offline {folder}: there are files in it" if folder.is_dir() else f"--offline {folder}: not a folder"
        raise UsageError(what, why="what another run wrote must not be taken for this one's", fix="name a new folder")
    if not folder.parent.is_dir():
        raise UsageError(
            f"--offline {folder}: there is no folder {folder.parent}", fix="make it first, or name another"
        )


def check_plan(todo: Plan, land: Landscape) -> None:
    """Raises UsageError where nothing of the plan is carried out by scripts."""
    specs = targets.specs(land, {change.address.unit for change in todo.changes})
    found = (guided.guide(spec) for spec in specs)
    if any(isinstance(one, Guide) and one.files for one in found):
        return
    raise UsageError(
        "--offline: no target of this plan is offline",
        why="only a target with connection.driver: offline is carried out by scripts that a person runs",
        fix="omit --offline; or connection: {driver: offline, ...} in the target's file",
    )


def write(folder: Path, outcomes: Sequence[Outcome]) -> int:
    """How many folders there are now, for this user alone. Raises ReconcilerError where one cannot be written."""
    orders = [one.order for one in outcomes if one.order and one.order.files]
    try:
        for number, order in enumerate(orders, 1):
            _write(folder / f"{number:02}-{_name(order)}", order)
    except OSError as error:
        what = f"--offline {folder}: {error.strerror}"
        raise ReconcilerError(what, fix="apply again with another folder; nothing was recorded") from error
    return len(orders)


def _write(folder: Path, order: WorkOrder) -> None:
    folder.mkdir(mode=0o700, parents=True)
    for file in order.files:
        with os.fdopen(os.open(folder / file.name, _NEW, 0o600), "wb") as written:
            written.write(file.text.encode())  # as it is: the hash is that of these bytes
            written.flush()
            os.fsync(written.fileno())


def _name(order: WorkOrder) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", str(order.address)).strip("-.")
