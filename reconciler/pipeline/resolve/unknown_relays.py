"""References to relays that no file declares: looked for beside errors of form, too, to tell both at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from reconciler import platforms
from reconciler.model.address import Resource
from reconciler.model.finding import Finding, Severity
from reconciler.model.settings import Shape
from reconciler.model.source import Document, DocumentKind, Position
from reconciler.pipeline import guard


def finding(document: Document, resource: Resource, relay: str, known: Collection[str]) -> Finding:
    """`known` are the relays of the environment."""
    near = get_close_matches(relay, known, n=1)
    there = ", ".join(sorted(known)) or "none"
    return Finding(
        severity=Severity.ERROR,
        rule="unknown-relay",
        address=f"{document.environment}/{document.name}:{resource}",
        field="relay",
        where=document.value_at(*_path(resource)),
        what=f"unknown relay {relay} in {document.environment}",
        why=f"relays are declared in {document.environment}/environment.yaml; there: {there}",
        fix=f"did you mean {near[0]}?"
        if near
        else f"declare relays.{relay} there{', or name one of them here' if known else ''}",
    )


def among(documents: Sequence[Document], wrong: Collection[Position]) -> Iterator[Finding]:
    """Of documents with errors at these places: nothing in an environment whose own file has one, nor of a `relay` that
    may not stand where it does."""
    faulty = {one.file for one in wrong}
    known = {
        one.environment: one.data.get("relays", {})
        for one in documents
        if one.kind is DocumentKind.ENVIRONMENT and one.file not in faulty and isinstance(one.data, dict)
    }
    for document in documents:
        if document.kind is not DocumentKind.TARGET or document.environment not in known:
            continue
        for resource, relay in _references(document):
            if relay not in known[document.environment] and document.key_at(*_path(resource)) not in wrong:
                yield finding(document, resource, relay, known[document.environment])


def _path(resource: Resource) -> tuple[str, ...]:
    return (resource.collection, *([resource.key] if resource.key else []), "relay")


def _references(document: Document) -> Iterator[tuple[Resource, str]]:
    for collection, shape in _collections(document).items():
        declared = document.data.get(collection)
        one: Mapping[Any, Any] = declared if isinstance(declared, dict) else {}
        for key, raw in [(None, one)] if shape is Shape.ONE else one.items():
            relay = raw.get("relay") if isinstance(raw, dict) else None
            if isinstance(relay, str) and isinstance(key, str | None):
                yield Resource(collection=collection, key=key), relay


def _collections(document: Document) -> Mapping[str, Shape]:
    """Nothing for what is no target of a platform that can be asked."""
    name = document.data.get("platform") if isinstance(document.data, dict) else None
    if not isinstance(name, str):
        return {}
    found = guard.answer_or_finding("", lambda: platforms.load(name))
    return {} if found is None or isinstance(found, Finding) else found.collections
