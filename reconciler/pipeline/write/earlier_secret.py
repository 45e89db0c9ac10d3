"""The version of a secret that was applied before, where the store still has it."""

from __future__ import annotations

from dataclasses import replace

from reconciler.errors import SecretError
from reconciler.model.ports import Versions
from reconciler.model.secret import SecretRef
from reconciler.model.settings import AppliedSecret


def pinned(applied: AppliedSecret | None) -> SecretRef | None:
    """The reference to exactly what was applied; None where nobody knows, or in a store without versions."""
    if applied is None or applied.version.number is None or applied.version.created_time is None:
        return None
    return replace(applied.ref, version=applied.version.number)


def why_gone(applied: AppliedSecret | None, versions: Versions) -> str | None:
    """Why it cannot come back; None when it can."""
    if applied is None:
        return "reconciler had not written the earlier one, and no copy is kept"
    if (ref := pinned(applied)) is None:
        return f"{applied.ref} is in a store without versions"
    try:
        there = versions.version(ref)
    except SecretError as error:
        return error.what
    if there.created_time != applied.version.created_time:
        return f"{applied.ref} v{ref.version} is another one now: it was deleted and made again"
    return None
