"""Secrets that a zone's worker wrote for a run that died: known again, where it is certain which version that was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.model.ports import Engine
from reconciler.model.runs.intent import Intent
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.model.settings import AppliedSecret
from reconciler.model.work.writes import UnitWritten
from reconciler.pipeline.plan import rotation
from reconciler.pipeline.unfinished import remembered


def secrets(intents: Sequence[Intent], answer: UnitWritten, engine: Engine) -> remembered.Written:
    """By the change that wrote them. Asks for versions only: what was current then and still is was written."""
    took = {address for written in answer.targets for address in written.took_effect}
    mine = [one for one in intents if one.change.address in took]
    refs = dict.fromkeys(ref for one in mine for _, ref, _ in _planned(one))
    now = engine.versions(list(refs)) if refs else {}
    return {one.change.address: dict(_certain(one, now)) for one in mine}


def _certain(one: Intent, now: Mapping[SecretRef, object]) -> Iterator[tuple[str, AppliedSecret]]:
    for field, ref, planned in _planned(one):
        version = now.get(ref)
        if isinstance(version, SecretVersion) and version.number is not None and rotation.text(version) == planned:
            yield field, AppliedSecret(ref=ref, version=version)


def _planned(one: Intent) -> Iterator[tuple[str, SecretRef, str | None]]:
    for field in one.change.fields:
        if isinstance(field.after, SecretRef):
            yield field.field, field.after, field.version
