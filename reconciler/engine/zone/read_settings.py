"""Reads worker.yaml: as YAML and against its schema like all other files, then what a schema cannot say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler import platforms
from reconciler.engine.zone.settings import WRITE, ClaimsSpec, CoordinatorSpec, WorkerSpec
from reconciler.model.finding import Finding, Severity, by_place
from reconciler.model.secret import DEFAULT_STORE, SecretRef
from reconciler.model.source import Document, DocumentKind
from reconciler.pipeline import guard
from reconciler.pipeline.load import documents as load
from reconciler.pipeline.load.tree import Source
from reconciler.pipeline.resolve import central, flatten, stores
from reconciler.pipeline.resolve.zones import Places
from reconciler.pipeline.validate import documents as validate
from reconciler.pipeline.validate.messages import nearest

CLAIMS = "reconciler/claims"
_MOUNT = "secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """`spec` is None where there is an error among the findings."""

    spec: WorkerSpec | None
    findings: tuple[Finding, ...]


def settings(file: Path, zone: str) -> Configured:
    """`zone` is the one that the command line names. Contacts nobody, opens no secret."""
    base = str(file.absolute().parent)
    document, problems = load.read(Source(kind=DocumentKind.WORKER, path=str(file), file=str(file)), base)
    found = tuple(problems)
    if document is not None:
        check = validate.checks(_mount(document.data))
        found = validate.in_order((*found, *check(document)))
    if document is None or _wrong(found):
        return Configured(spec=None, findings=found)
    spec = _spec(document)
    found = by_place((*found, *_meant(document, spec, zone)))
    return Configured(spec=None if _wrong(found) else spec, findings=found)


def _wrong(found: tuple[Finding, ...]) -> bool:
    return any(one.severity is Severity.ERROR for one in found)


def _mount(data: Any) -> str | None:
    """That of the default store, for the command in a message."""
    declared = data.get("secret_stores") if isinstance(data, dict) else None
    store = declared.get(DEFAULT_STORE) if isinstance(declared, dict) else None
    return str(store.get("mount", _MOUNT)) if isinstance(store, dict) else None


def _spec(document: Document) -> WorkerSpec:
    """Of a document that its schema has passed."""
    data, base = document.data, document.base
    claims = data.get("claims", {})
    return WorkerSpec(
        file=document.file,
        base=base,
        zone=data["zone"],
        broker=data["broker"],
        key=_ref(data["key"]),
        coordinators=tuple(_coordinator(document, at) for at in range(len(data["coordinators"]))),
        hosts=tuple(data["hosts"]),
        kinds=frozenset(map(platforms.kind, data["kinds"])),
        may=frozenset(data["may"]),
        claims=ClaimsSpec(
            store=claims.get("store", DEFAULT_STORE),
            path=claims.get("path", CLAIMS),
            position=document.value_at("claims", "store"),
        ),
        stores=central.stores(document),
        login=_ref(data["login"]) if "login" in data else None,
        ca_file=_path(data.get("ca_file"), base),
        client_certificate=_path(data.get("client_certificate"), base),
        client_key=_ref(data["client_key"]) if "client_key" in data else None,
        slots=data.get("slots", 32),
        files=_path(data.get("files"), base),
        places={name: document.value_at(name) for name in data},
    )


def _coordinator(document: Document, at: int) -> CoordinatorSpec:
    raw = document.data["coordinators"][at]
    return CoordinatorSpec(
        key=flatten.absolute(raw["key"], document.base),
        may=frozenset(raw["may"]),
        position=document.value_at("coordinators", at, "key"),
    )


def _ref(raw: Mapping[str, Any]) -> SecretRef:
    found = flatten.secret_ref(raw)
    assert found is not None  # noqa: S101  # the schema asks for one
    return found


def _path(raw: str | None, base: str) -> str | None:
    return None if raw is None else flatten.absolute(raw, base)


def _meant(document: Document, spec: WorkerSpec, zone: str) -> Iterator[Finding]:
    if spec.zone != zone:
        what = f"zone: {spec.zone} is not the zone of the command line, {zone}"
        why = "a worker with the settings of another zone would read that one's messages with its keys"
        yield _error(document, ("zone",), "zone-differs", what, why, f"zone: {zone}, or --zone {spec.zone}")
    yield from _kinds(document)
    yield from _more_than_it_may(document, spec)
    yield from stores.findings([document], spec.stores, Places(), document.file)
    yield from _claims(document, spec)
    if (spec.client_certificate is None) != (spec.client_key is None):
        has = "client_key" if spec.client_certificate is None else "client_certificate"
        other = "client_certificate" if has == "client_key" else "client_key"
        why = "the broker is shown a certificate, and proven to have its key"
        yield _error(document, (has,), "missing-key", f"{has}: {other} is missing", why, f"add {other}")


def _kinds(document: Document) -> Iterator[Finding]:
    for at, name in enumerate(document.data["kinds"]):
        loaded = guard.answer_or_finding("", lambda name=name: platforms.load(name))  # type: ignore[misc]
        if loaded is None or isinstance(loaded, Finding):
            known = platforms.known()
            near = nearest(name, known)
            why = loaded.what if loaded else f"known here: {', '.join(known)}"
            fix = f"did you mean {near}?" if near else "install the package that provides it, or take it out"
            yield _error(document, ("kinds", at), "unknown-platform", f"unknown platform: {name}", why, fix)


def _more_than_it_may(document: Document, spec: WorkerSpec) -> Iterator[Finding]:
    """A right of a key that the worker has not is no right: somebody expects it."""
    for at, one in enumerate(spec.coordinators):
        if more := sorted(one.may - spec.may):
            what = f"coordinators[{at}] may {' and '.join(more)}, and this worker may not"
            fix = f"may: [{', '.join(sorted(spec.may | one.may))}], or take it from the coordinator"
            why = "what the worker may not do is refused, whoever asks"
            yield _error(document, ("coordinators", at, "may"), "worker-may", what, why, fix)


def _claims(document: Document, spec: WorkerSpec) -> Iterator[Finding]:
    store = spec.stores.get(spec.claims.store)
    if spec.may == {"read"}:
        return
    if store is None:
        what = f"claims: {spec.claims.store} is not among the secret_stores of this file"
        does = "writes" if WRITE in spec.may else "proves"
        why = f"this worker {does}, and remembers there what was begun, so that nothing is done twice"
        fix = f"declare secret_stores.{spec.claims.store}, or name another one: claims: {{store: …}}"
        yield _error(document, ("claims",), "unknown-store", what, why, fix)
    elif store.options.get("kv", 2) != 2:
        why = "only KV version 2 has check-and-set, by which one of two workers knows that the other was first"
        fix = "a mount of KV version 2: vault secrets enable -path=claims -version=2 kv"
        yield _error(document, ("claims",), "claims-store", f"claims: {store.name} is KV version 1", why, fix)


def _error(document: Document, path: tuple[str | int, ...], rule: str, what: str, why: str, fix: str) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        rule=rule,
        what=what,
        why=why,
        fix=fix,
        where=document.value_at(*path),
        field=".".join(map(str, path)),
    )
