"""How one setting, one change of it, and its place are written. The same words in plan, drift and apply."""

from __future__ import annotations

import os

from reconciler.model.change import Cause, FieldChange, FieldKind
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Origin, Value
from reconciler.model.source import Position
from reconciler.views.paper import Row
from reconciler.views.printable import visible

# Where mail goes and how first, who sends it last, the rest as it was declared.
_RANKS = {
    field: rank for rank, field in enumerate(("name", "host", "port", "encryption", "auth", "username", "password"))
}
_LAST = ("sender.", "verify.", "ca_file", "ehlo_name", "pins")

_CAUSES = {Cause.PLATFORM: "changed on the platform", Cause.BOTH: "changed in git and on the platform"}


def rank(field: str) -> int:
    """The order in which people look at settings; use it with a stable sort."""
    return _RANKS.get(field, len(_RANKS) + field.startswith(_LAST))


def value(plain: Value) -> str:
    match plain:
        case None:
            return "(not set)"
        case bool():
            return "true" if plain else "false"
        case tuple():
            return f"[{', '.join(value(one) for one in plain)}]"
        case SecretRef():
            return str(plain)
        case "":
            return '""'
    return visible(str(plain))


def planned(field: FieldChange, *, new: bool) -> str:
    """`before → after`, or just the value of something new."""
    if field.sensitive:
        return _secret(field, new=new)
    if new:
        return value(field.after)
    if field.kind is FieldKind.UNKNOWN:  # the platform does not show it
        return f"unknown → {value(field.after)}"
    if field.kind is FieldKind.AGAIN:
        return f"{value(field.after)}, again: {field.why}"
    return f"{value(field.before)} → {value(field.after)}{moved_by(field)}"


def moved_by(field: FieldChange) -> str:
    """Where it was not git alone."""
    return f" ({_CAUSES[field.cause]})" if field.cause in _CAUSES else ""


def _secret(field: FieldChange, *, new: bool) -> str:
    if field.kind is FieldKind.UNSET:
        return "cleared"
    version = field.version or "no version"
    if new:
        return version
    if field.kind is FieldKind.UNKNOWN:
        return ", ".join(filter(None, (f"unknown → {version}", field.why)))
    before = field.before if isinstance(field.before, str) else "unknown"
    moved = f"{version}, rewritten" if before == version else f"{before} → {version}"
    return ", ".join(filter(None, (moved, field.why)))


def row(field: FieldChange, told: str, near: Position | None) -> Row:
    """A secret is followed by its reference, everything else by its place in git."""
    if isinstance(field.after, SecretRef):
        return Row(name=field.field, value=told, place=str(field.after), near=str(field.after))
    if field.origin is None:
        return Row(name=field.field, value=told, place="", near="")
    where = place(field.origin, near)
    through = "" if field.origin.through == "here" else f"{field.origin.through}, "
    return Row(name=field.field, value=told, place=f"{through}{where}", near=where)


def place(origin: Origin, near: Position | None) -> str:
    """The folder is left out when the resource's own line has just told it."""
    file = origin.position.file
    folder, _, name = file.rpartition(os.sep)
    if near and near.file.rpartition(os.sep)[0] == folder:
        file = name
    return f"{file}:{origin.position.line}"
