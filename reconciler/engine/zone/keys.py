"""The worker's own key and those of its coordinators: loaded when it starts, and looked at before."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from reconciler.engine.envelope import keys, shown
from reconciler.engine.envelope.keys import Coordinator, KeyUnusable, PrivateKey
from reconciler.engine.zone.settings import CoordinatorSpec, WorkerSpec
from reconciler.errors import ReconcilerError, SecretError
from reconciler.model.finding import Finding, Severity
from reconciler.model.ports import Opener
from reconciler.model.secret import ENV_STORE, FILE_STORE, SecretRef

_HERE = (ENV_STORE, FILE_STORE)
_PRIVATE = ("key", "login", "client_key")
_LARGEST = 64 * 1024  # bytes; a public key has 113


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """`own` signs answers; `coordinators` are those who may ask, by the id of their key."""

    own: PrivateKey = field(repr=False)
    coordinators: Mapping[str, Coordinator]


def opened(spec: WorkerSpec, opener: Opener) -> Keys:
    """Raises SecretError for a key that cannot be had, KeyUnusable for one that is none, each with its place."""
    try:
        own = keys.private_key(opener.open(spec.key), f"key: {spec.key}")
    except ReconcilerError as error:
        error.where = error.where or spec.places.get("key")
        raise
    return Keys(own=own, coordinators=keys.by_kid(_coordinator(one) for one in spec.coordinators))


def findings(spec: WorkerSpec, opener: Opener) -> Iterator[Finding]:
    """What is wrong with the keys, as far as this machine tells: what another one keeps is not asked for."""
    loaded: dict[str, CoordinatorSpec] = {}
    for one in spec.coordinators:
        try:
            kid = _coordinator(one).key.kid
        except KeyUnusable as error:
            yield error.finding()
            continue
        if kid in loaded:
            yield _twice(one, loaded[kid])
        loaded[kid] = one
    yield from _own(spec, opener, loaded)
    yield from _unopened(spec, opener)
    yield from _open_to_others(spec)
    yield from _missing(spec)
    yield from _shown(spec, opener)


def _coordinator(one: CoordinatorSpec) -> Coordinator:
    """Raises KeyUnusable, with its place."""
    try:
        with Path(one.key).open("rb") as file:
            pem = file.read(_LARGEST).decode("utf-8", "replace")
    except OSError as error:
        what = f"the public key {one.key} cannot be read"
        fix = "openssl pkey -in KEY -pubout, where the coordinator is; it is no secret"
        raise KeyUnusable(what, why=error.strerror, fix=fix, where=one.position) from None
    try:
        return Coordinator(key=keys.public_key(pem, one.key), may=one.may)
    except KeyUnusable as error:
        error.where = one.position
        raise


def _own(spec: WorkerSpec, opener: Opener, coordinators: Mapping[str, CoordinatorSpec]) -> Iterator[Finding]:
    if spec.key.store not in _HERE:
        return
    where = spec.places.get("key")
    try:
        own = keys.private_key(opener.open(spec.key), f"key: {spec.key}")
    except ReconcilerError as error:
        yield replace(error.finding(), where=where)
        return
    if own.kid in coordinators:
        yield Finding(
            severity=Severity.ERROR,
            rule="engine-key",
            what=f"key: {spec.key} is the key of a coordinator as well",
            why="whoever has this machine could then ask in the name of the coordinator",
            fix="a key of its own for each: openssl genpkey -algorithm ed25519",
            where=where,
            field="key",
        )


def _unopened(spec: WorkerSpec, opener: Opener) -> Iterator[Finding]:
    for name in ("login", "client_key"):
        ref: SecretRef | None = getattr(spec, name)
        if ref is not None and ref.store in _HERE:
            try:
                opener.open(ref)
            except SecretError as error:
                yield replace(error.finding(), where=spec.places.get(name), field=name)


def _twice(one: CoordinatorSpec, first: CoordinatorSpec) -> Finding:
    other = "" if one.key == first.key else f" (it is that of {first.key} too)"
    return Finding(
        severity=Severity.ERROR,
        rule="engine-key",
        what=f"the key in {one.key} stands here twice{other}",
        why="what each may ask for could not be told apart",
        fix="a key of its own for plan and for apply",
        where=one.position,
    )


def _open_to_others(spec: WorkerSpec) -> Iterator[Finding]:
    """A key file that others may read. Windows has other rights than these."""
    for name in _PRIVATE if os.name == "posix" else ():
        ref: SecretRef | None = getattr(spec, name)
        mode = _mode(Path(spec.base) / ref.path) if ref is not None and ref.store == FILE_STORE else None
        if ref is not None and mode is not None and mode & 0o077:
            yield Finding(
                severity=Severity.WARNING,
                rule="key-permissions",
                what=f"{name}: {ref.path} is open to others (mode {mode:04o})",
                why="who reads it can act as this worker",
                fix=f"chmod 600 {ref.path}, and its owner the user of this worker",
                where=spec.places.get(name),
                field=name,
            )


def _missing(spec: WorkerSpec) -> Iterator[Finding]:
    found = (("ca_file", spec.ca_file), ("client_certificate", spec.client_certificate), ("files", spec.files))
    for name, path in found:
        is_there = Path.is_dir if name == "files" else Path.exists
        if path is not None and not is_there(Path(path)):
            yield Finding(
                severity=Severity.ERROR,
                rule="file-missing",
                what=f"{name}: there is no {'folder ' if name == 'files' else ''}{path}",
                why="relative paths start at the folder of this file",
                fix="put it there, or correct the path",
                where=spec.places.get(name),
                field=name,
            )


def _shown(spec: WorkerSpec, opener: Opener) -> Iterator[Finding]:
    """Of files that are there, and of a key that can be had here: the rest is told by itself."""
    ca_file, certificate = (_there(path) for path in (spec.ca_file, spec.client_certificate))
    key = None
    if spec.client_key is not None and spec.client_key.store in _HERE:
        with suppress(SecretError):
            key = opener.open(spec.client_key)
    try:
        shown.check(ca_file, certificate, key)
    except shown.CertificateUnusable as error:
        yield replace(error.finding(), where=spec.places.get(error.key), field=error.key)


def _there(path: str | None) -> str | None:
    return path if path is not None and Path(path).exists() else None


def _mode(path: Path) -> int | None:
    """None also for what systemd's LoadCredential gives to this service alone: by an access list, so that the right of
    its user stands where that of the group would (mode 0440)."""
    given = os.environ.get("CREDENTIALS_DIRECTORY")
    if given and path.is_relative_to(given):
        return None
    try:
        return path.stat().st_mode & 0o7777
    except OSError:
        return None  # told where it is opened
