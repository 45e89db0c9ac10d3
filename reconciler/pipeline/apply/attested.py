"""What the journal keeps of an attestation: whose word, about which settings, and that it is in the state. Pure.

No intent: nothing was written to the platform, so after a crash there is nothing to look at there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model import codec
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.runs.journal import Json
from reconciler.model.settings import Applied, AppliedSecret, Desired, same
from reconciler.pipeline.unfinished.intents import RESULT

SAID, STATUS = "attested", "attested"
_TEST = {True: "passed", False: "failed", None: None}


def change(one: Desired, last: Applied | None, new: Applied) -> Change:
    """From what was attested or applied before to what is attested now."""
    fields = (*_settings(last, new), *_secrets(last, new))
    return Change(
        address=one.address, kind=one.kind, installation=one.installation, action=Action.MANUAL, fields=fields
    )


def said(by: str, changes: Sequence[Change]) -> Json:
    return {"event": SAID, "by": by, "changes": [{"change": codec.change(one)} for one in changes]}


def kept(entries: Sequence[Applied]) -> Json:
    """The state says so too."""
    return {"event": RESULT, "kept": True, "outcomes": [_outcome(one) for one in entries]}


def end(entries: Sequence[Applied], units: Sequence[str], *, complete: bool) -> Json:
    counts = {STATUS: len(entries)} if entries else {}
    return {"event": "end", "complete": complete, "counts": counts, "units": list(units), "others": []}


def _outcome(entry: Applied) -> Json:
    word = entry.attested
    test = word and _TEST[word.tested]
    found = {"word": word and {"by": word.by, "digest": word.digest}, "test": test}
    return {"address": str(entry.address), "status": STATUS, **{key: some for key, some in found.items() if some}}


def _settings(last: Applied | None, new: Applied) -> Iterator[FieldChange]:
    for field, value in new.settings.items():
        before = last.settings.get(field) if last else None
        if not same(before, value):
            kind = FieldKind.UNSET if value is None else FieldKind.SET
            yield FieldChange(field=field, kind=kind, before=before, after=value, cause=Cause.GIT)


def _secrets(last: Applied | None, new: Applied) -> Iterator[FieldChange]:
    for field, secret in new.secrets.items():
        before = last.secrets.get(field) if last else None
        if before != secret:
            yield FieldChange(
                field=field,
                kind=FieldKind.ROTATE,
                before=_version(before),
                after=secret.ref,
                cause=Cause.GIT,
                sensitive=True,
                version=_version(secret),
            )


def _version(secret: AppliedSecret | None) -> str | None:
    return None if secret is None or secret.version.number is None else f"v{secret.version.number}"
