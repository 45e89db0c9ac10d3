"""Whether every reference to a secret names a store that is declared. Looks at the files, where each place is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from reconciler.model.finding import Finding, Severity
from reconciler.model.secret import DEFAULT_STORE, ENV_STORE, FILE_STORE
from reconciler.model.source import Document, DocumentKind, Path, Position
from reconciler.pipeline.resolve import flatten

_WITHOUT_STORE = frozenset({ENV_STORE, FILE_STORE})


def findings(documents: Sequence[Document], stores: Sequence[str]) -> Iterator[Finding]:
    """One for each store that is missing, at the first place that names it."""
    missing: dict[str, list[tuple[Position, str]]] = {}
    for document in documents:
        for store, where, what in _named(document):
            if store not in stores:
                missing.setdefault(store, []).append((where, what))
    for store, places in missing.items():
        where, what = places[0]
        more = f", and {len(places) - 1} more" if len(places) > 1 else ""
        near = get_close_matches(store, stores, n=1)
        yield Finding(
            severity=Severity.ERROR,
            rule="unknown-store",
            where=where,
            what=f"{what}: there is no secret store named {store}{more}",
            why=f"stores are declared in reconciler.yaml; there: {', '.join(sorted(stores)) or 'none'}",
            fix=f"did you mean store: {near[0]}?" if near else f"declare secret_stores.{store} there",
        )


def _named(document: Document) -> Iterator[tuple[str, Position, str]]:
    """The stores that a document names: each with its place, and what names it."""
    if document.kind is not DocumentKind.RECONCILER:
        yield from _below(document, document.data, ())
        return
    state = document.data.get("state", {})
    if state.get("backend") == "vault":
        yield state.get("store", DEFAULT_STORE), document.value_at("state", "store"), "state"


def _below(document: Document, raw: Any, path: Path) -> Iterator[tuple[str, Position, str]]:
    if isinstance(raw, dict):
        ref = flatten.secret_ref(raw)
        if ref is not None and ref.store not in _WITHOUT_STORE:
            yield ref.store, document.value_at(*path, "store" if "store" in raw else "vault"), str(path[-1])
        elif ref is None:
            for key, value in raw.items():
                yield from _below(document, value, (*path, key))
