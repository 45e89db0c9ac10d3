"""Whether references to secrets name a declared store, and a path that is relative to its mount."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from reconciler.model.finding import Finding, Severity
from reconciler.model.landscape import StoreSpec
from reconciler.model.secret import DEFAULT_STORE, ENV_STORE, FILE_STORE
from reconciler.model.source import Document, DocumentKind, Path, Position
from reconciler.pipeline.resolve import references
from reconciler.pipeline.resolve.zones import Places

_DEFAULT_MOUNT = "secret"
_WITHOUT_STORE = frozenset({ENV_STORE, FILE_STORE})


def findings(
    documents: Sequence[Document],
    stores: Mapping[str, StoreSpec],
    places: Places,
    declared_in: str = "reconciler.yaml",
) -> Iterator[Finding]:
    """One for each store that is missing, at the first place that names it, and for each path that repeats a mount.

    What only workers of zones open is not judged: which stores they have, and how these are mounted, they know.
    """
    missing: dict[str, list[tuple[Position, str]]] = {}
    away = _Away.of(places)
    for document in documents:
        for named in _named(document, away):
            if (spec := stores.get(named.store)) is None:
                missing.setdefault(named.store, []).append((named.where, named.what))
            elif (prefix := _repeated_mount(named, spec)) is not None:
                yield _with_mount(named, prefix)
    for store, named_at in missing.items():
        where, what = named_at[0]
        more = f", and {len(named_at) - 1} more" if len(named_at) > 1 else ""
        near = get_close_matches(store, stores, n=1)
        yield Finding(
            severity=Severity.ERROR,
            rule="unknown-store",
            where=where,
            what=f"{what}: unknown secret store {store}{more}",
            why=f"stores are declared in {declared_in}; there: {', '.join(sorted(stores)) or 'none'}",
            fix=f"did you mean store: {near[0]}?" if near else f"declare secret_stores.{store} there",
        )


@dataclass(frozen=True, slots=True)
class _Named:
    """A place that names a store. `path` is that of the secret in the store, empty for the state."""

    store: str
    where: Position
    what: str
    path: str = ""
    key: str = ""


def _repeated_mount(named: _Named, spec: StoreSpec) -> str | None:
    """`secret/data/`, which Vault prints and which is no part of a path: the store adds it."""
    prefix = f"{spec.options.get('mount', _DEFAULT_MOUNT)}/data/"
    return prefix if spec.options.get("kv", 2) == 2 and named.path.startswith(prefix) else None


def _with_mount(named: _Named, prefix: str) -> Finding:
    store = "" if named.store == DEFAULT_STORE else f", store: {named.store}"
    return Finding(
        severity=Severity.ERROR,
        rule="secret-path",
        where=named.where,
        what=f"{named.what}: the path begins with {prefix}",
        why=f"paths are relative to the mount of store {named.store}, which adds {prefix}",
        fix=f"leave out {prefix}: {{vault: {named.path.removeprefix(prefix)}#{named.key}{store}}}",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Away:
    """Whose secrets only workers of zones open, by unit and by the address of a relay."""

    units: frozenset[str]
    relays: frozenset[str]

    @classmethod
    def of(cls, places: Places) -> _Away:
        units = frozenset(target.unit for target in places.targets if target.zone)
        relays = frozenset(one.address for one in places.relays if one.zone and None not in places.zones_of(one))
        return cls(units=units, relays=relays)


def _named(document: Document, away: _Away) -> Iterator[_Named]:
    """The stores that a document names: each with its place, and what names it."""
    match document.kind:
        case DocumentKind.RECONCILER:
            state = document.data.get("state", {})
            if state.get("backend") == "vault":
                yield _Named(state.get("store", DEFAULT_STORE), document.value_at("state", "store"), "state")
            yield from _below(document, document.data.get("engine"), ("engine",))
        case DocumentKind.ENVIRONMENT if away.relays:
            for name, raw in document.data.get("relays", {}).items():
                if f"{document.environment}/{name}" not in away.relays:
                    yield from _below(document, raw, ("relays", name))
        case _ if f"{document.environment}/{document.name}" not in away.units:
            yield from _below(document, document.data, ())


def _below(document: Document, raw: Any, path: Path) -> Iterator[_Named]:
    for below, ref in references.below(raw, path):
        if ref.store not in _WITHOUT_STORE:
            where = document.value_at(*below, "store" if (*below, "store") in document.places else "vault")
            yield _Named(ref.store, where, str(below[-1]), ref.path, ref.key or "")
