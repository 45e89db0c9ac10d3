"""Whether a secret has to be written, told from versions and from what was applied last. Never from its value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from reconciler.model.change import Cause, FieldChange, FieldKind
from reconciler.model.finding import Finding, Severity
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.model.settings import Applied, AppliedSecret, Desired, Present, Value, same
from reconciler.pipeline.observe.observe import Versions


def change(
    wanted: Desired,
    field: str,
    ref: SecretRef,
    live: Present,
    last: Applied | None,
    versions: Versions,
    *,
    new: bool,
) -> tuple[FieldChange | None, Finding | None]:
    """The change of a secret setting, and what is worth telling about it."""
    version = versions[ref]
    if isinstance(version, Finding):
        return None, replace(version, address=str(wanted.address), field=field, where=wanted.place(field))
    entry = last.secrets.get(field) if last else None
    finding = None if version.number is not None or _dated(version, live) else _undetectable(wanted, field, ref)
    verdict = _verdict(ref, version, live, last, entry, new=new)
    if (same := live.same_secrets.get(field)) is not None:  # who has compared needs no versions
        verdict = None if same else (FieldKind.ROTATE, _of_whom(verdict), "the platform holds another value")
    if verdict is None and field not in live.write_only and live.settings.get(field, ref) is None:
        verdict = FieldKind.ROTATE, Cause.BOTH, "not set on the platform"
    if verdict is None:
        return None, finding
    kind, cause, why = verdict
    return (
        FieldChange(
            field=field,
            kind=kind,
            before=text(entry.version) if entry else None,
            after=ref,
            cause=cause,
            sensitive=True,
            version=text(version),
            origin=wanted.origin.get(field),
            why=why,
            compared=live.same_secrets.get(field) is False,
        ),
        finding,
    )


def together(
    wanted: Desired, changed: Sequence[FieldChange], live: Present, last: Applied | None, versions: Versions
) -> Iterator[FieldChange]:
    """The secrets that the platform loses when one of the settings in `changed` is written: they are written too."""
    if not live.rewritten_with:
        return
    names = {one.field for one in changed}
    lost = {secret: one for one in sorted(names) for secret in sorted(live.rewritten_with.get(one, ()))}
    for field, cause in lost.items():
        ref = wanted.settings.get(field)
        if field in names or not isinstance(ref, SecretRef) or isinstance(version := versions[ref], Finding):
            continue
        entry = last.secrets.get(field) if last else None
        yield FieldChange(
            field=field,
            kind=FieldKind.ROTATE,
            before=text(entry.version) if entry else None,
            after=ref,
            cause=Cause.GIT,
            sensitive=True,
            version=text(version),
            origin=wanted.origin.get(field),
            why=f"written again with {cause}",
        )


def write_only_change(
    wanted: Desired, field: str, value: Value, live: Present, last: Applied | None
) -> FieldChange | None:
    """A plain value for a write-only setting: in sync when we wrote it last and nothing moved since."""
    known = last is not None and field in last.settings
    if last and known and same(last.settings[field], value) and last.marker == live.marker:
        return None
    return FieldChange(
        field=field,
        kind=FieldKind.UNKNOWN if last is None else FieldKind.UNSET if value is None else FieldKind.SET,
        before=last.settings[field] if last and known else None,
        after=value,
        cause=Cause.GIT if last else Cause.UNKNOWN,
        sensitive=value is None,  # a secret is cleared by null
        origin=wanted.origin.get(field),
        why="the platform does not report it"
        if value is not None
        else "the platform does not report whether it is set",
    )


def same_secret(one: SecretRef, other: SecretRef) -> bool:
    """Whether two references name one secret, whatever version they pin."""
    return replace(one, version=None) == replace(other, version=None)


def text(version: SecretVersion) -> str | None:
    return None if version.number is None else f"v{version.number}"


def _verdict(
    ref: SecretRef,
    version: SecretVersion,
    live: Present,
    last: Applied | None,
    entry: AppliedSecret | None,
    *,
    new: bool,
) -> tuple[FieldKind, Cause, str | None] | None:
    if new:
        return FieldKind.SET, Cause.GIT, None
    if last is None or entry is None:
        return FieldKind.UNKNOWN, Cause.UNKNOWN, "not yet set by reconciler"
    if not same_secret(entry.ref, ref):
        return FieldKind.ROTATE, Cause.GIT, f"was {entry.ref}"
    if entry.version.number != version.number:
        return FieldKind.ROTATE, Cause.GIT, _rotated(version)
    if entry.version.created_time != version.created_time and version.number is not None:
        return FieldKind.ROTATE, Cause.GIT, "deleted and recreated in Vault"
    if entry.version.created_time not in (None, version.created_time) and _dated(version, live):
        return FieldKind.ROTATE, Cause.GIT, f"its file was changed {_minute(version.created_time)}"
    if last.marker != live.marker:
        return FieldKind.ROTATE, Cause.PLATFORM, f"changed on the platform since run {last.run}"
    return None


def _of_whom(verdict: tuple[FieldKind, Cause, str | None] | None) -> Cause:
    """Where git and its store did not move, the platform did."""
    return Cause.PLATFORM if verdict is None else verdict[1]


def _dated(version: SecretVersion, live: Present) -> bool:
    """Whether the time of a file counts: where a person types it. It has nothing written again by us."""
    return live.guided and version.number is None and version.created_time is not None


def _minute(at: str | None) -> str:
    return f"{(at or '')[:16].replace('T', ' ')} UTC"


def _rotated(version: SecretVersion) -> str:
    return (
        f"rotated in Vault {_minute(version.created_time)}"
        if version.created_time
        else "its version is no longer known"
        if version.number is None
        else "version increased"
    )


def _undetectable(wanted: Desired, field: str, ref: SecretRef) -> Finding:
    return Finding(
        severity=Severity.WARNING,
        rule="rotation-undetectable",
        address=str(wanted.address),
        field=field,
        where=wanted.place(field),
        what=f"{field}: a rotation of {ref} cannot be detected",
        why="this store has no versions, and reconciler keeps neither the value nor a hash of it",
        fix="increase version at each rotation, e.g. version: 1",
    )
