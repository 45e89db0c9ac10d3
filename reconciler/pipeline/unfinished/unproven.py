"""What an earlier run wrote and could neither prove nor take back: it is written, and proven, once more. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from reconciler.model.change import Cause, FieldChange, FieldKind
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Applied, Desired, Present


def fields(wanted: Desired, changed: Collection[str], live: Present, entry: Applied | None) -> Iterator[FieldChange]:
    """Those that stand there as declared; what is among `changed` is written anyway, and with a secret all else."""
    if entry is None or live.archived:
        return
    for field in entry.unproven:
        value = wanted.settings.get(field)
        if field in wanted.settings and field not in changed and not isinstance(value, SecretRef):
            yield FieldChange(
                field=field,
                kind=FieldKind.AGAIN,
                before=value,
                after=value,
                cause=Cause.GIT,
                origin=wanted.origin.get(field),
                why="an earlier run could neither prove it nor take it back",
            )
