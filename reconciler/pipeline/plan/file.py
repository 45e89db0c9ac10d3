"""Saved plans: JSON on disk, and the checks that a plan still belongs to the files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from reconciler.errors import PlanFileError, UsageError
from reconciler.model import codec
from reconciler.model.landscape import Landscape
from reconciler.model.plan import Plan
from reconciler.model.text.json_chunks import chunks
from reconciler.model.text.plan_format import FORMAT_VERSION
from reconciler.pipeline.plan import assemble, difference
from reconciler.pipeline.validate import schemas

_NAMED = 3  # of what moved
_LIMIT = 64 * 1024 * 1024  # bytes
# a key that only documents of this command have; the first that is there decides
_COMMANDS = {
    "outcomes": "apply",
    "handshakes": "verify",
    "runs": "history",
    "rules": "explain",
    "drifted": "nightly",
    "verdict": "report",
    "left_out": "adopt",
    "examined": "doctor",
    "valid": "validate",
}


def save(path: Path, plan: Plan) -> None:
    """PlanFileError when the file cannot be written."""
    try:
        with path.open("w", encoding="utf-8") as file:
            file.writelines(chunks(codec.plan_parts(plan)))
    except OSError as error:
        raise PlanFileError(
            f"{path}: cannot save the plan ({error.strerror})", fix="choose another --out FILE"
        ) from error


def check_replaceable(path: Path) -> None:
    """Before anybody is contacted: UsageError where something lies that is no plan, such as a declaration."""
    try:
        if not path.is_file() or not (text := path.read_bytes()[:_LIMIT]).strip():
            return
        data = json.loads(text)
    except OSError:
        return  # it is told when the plan is saved
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or "format_version" not in data:
        raise UsageError(
            f"--out {path}: this is not a saved plan", why="it would be overwritten", fix="choose another --out FILE"
        )


def load(path: Path) -> Plan:
    """PlanFileError when it is not there, not whole, changed by hand, or of another format."""
    try:
        with path.open("rb") as file:
            text = file.read(_LIMIT)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL
        why = (error.strerror if isinstance(error, OSError) else None) or "not a file name"
        raise PlanFileError(f"{path}: {why}", fix="reconciler plan --out FILE saves a plan") from error
    try:
        data = json.loads(text, parse_constant=_no_number)
        json.dumps(data, ensure_ascii=False).encode()  # half of a surrogate pair cannot be printed
    except (ValueError, RecursionError) as error:
        raise _not_a_plan(path, "it is not JSON from plan --out") from error
    if isinstance(data, dict) and data.get("format_version", FORMAT_VERSION) != FORMAT_VERSION:
        raise _not_a_plan(path, f"its format_version is not {FORMAT_VERSION}; another version of reconciler wrote it")
    if (wrong := next(schemas.ours("plan").iter_errors(data), None)) is not None:
        if (command := _command(data)) is not None:
            raise _not_a_plan(path, f"it is what reconciler {command} --format json prints")
        place = ".".join(str(part) for part in wrong.absolute_path)
        raise _not_a_plan(path, f"{place or 'it'} is incomplete or was edited")
    if data["config_digest"] is None:
        raise _not_a_plan(path, "making it came to no result; its findings say why")
    try:
        return codec.plan_from(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _not_a_plan(path, "it is incomplete or was edited") from error


def _command(data: object) -> str | None:
    """Which one prints such a document; None for a plan, and for what is unknown."""
    if not isinstance(data, dict) or "config_digest" in data:
        return None
    return next((command for key, command in _COMMANDS.items() if key in data), None)


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def check(plan: Plan, landscape: Landscape, path: Path) -> None:
    """PlanFileError when the files no longer say what the plan was made from."""
    if assemble.digest(landscape, plan.select) == plan.config_digest:
        _check_installations(plan, landscape, path)
        return
    declared = {str(desired.address) for desired in landscape.desired}
    gone = sorted(
        str(change.address) for change in plan.changes if change.position and str(change.address) not in declared
    )
    effective = {str(one.address): {**one.handshake, **one.settings} for one in landscape.desired}
    moved = [f"{one.address}: {one.told}" for one in difference.declared(plan, effective)]
    why = "the effective settings are not those the plan was made from"
    if moved:
        why = _some(moved, "; ")
    if gone:
        why = f"no longer declared: {_some(gone, ', ')}"
    raise PlanFileError(
        f"{path}: the declared files changed after this plan was made",
        why=why,
        fix="plan again, and have the new plan reviewed",
    )


def _some(names: Sequence[str], between: str) -> str:
    return f"{between.join(names[:_NAMED])}{' …' if len(names) > _NAMED else ''}"


def _check_installations(plan: Plan, landscape: Landscape, path: Path) -> None:
    """The same files on another machine may mean another thing: a file, say, in another checkout."""
    for change in plan.changes:
        here = landscape.by_address.get(change.address)
        if here is not None and here.installation != change.installation:
            raise PlanFileError(
                f"{path}: {change.address} was planned for {change.installation}; here it is {here.installation}",
                why="a plan applies only to the installation it was made from",
                fix="plan again here",
            )


def _not_a_plan(path: Path, why: str) -> PlanFileError:
    return PlanFileError(f"{path}: not a saved plan", why=why, fix="make it with reconciler plan --out FILE")
