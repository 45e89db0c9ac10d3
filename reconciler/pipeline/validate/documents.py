"""Checks each document against the schema of its kind. Knows one file at a time: what a relay brings is policy's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import reconciler
from reconciler import platforms
from reconciler.model.finding import Finding, Severity, by_place
from reconciler.model.source import Document, DocumentKind, Path
from reconciler.pipeline import guard
from reconciler.pipeline.load.documents import YamlFault
from reconciler.pipeline.validate import messages, page_maps, required_version, schemas
from reconciler.pipeline.validate.wording import kind, shown

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

_DEFAULT_MOUNT = "secret"


def findings(
    documents: Sequence[Document], checked: Mapping[str, tuple[Finding, ...]] = MappingProxyType({})
) -> tuple[Finding, ...]:
    """Everything that is wrong, in the order of files and places; `checked` is what is known already, by file."""
    check = checks(default_mount(documents))
    found = (checked[one.file] if one.file in checked else check(one) for one in documents)
    return by_place(finding for several in found for finding in several)


def checks(mount: str | None) -> Callable[[Document], Iterator[Finding]]:
    """What is wrong with one document; `mount` as `default_mount` says."""

    @cache
    def of_platform(platform: str) -> Validator | Finding | None:
        return guard.answer_or_finding("", lambda: _validator(platform))

    def found(document: Document) -> Iterator[Finding]:
        match document.kind:
            case DocumentKind.RECONCILER:
                return _reconciler(document, mount)
            case DocumentKind.ENVIRONMENT:
                return messages.findings(document, schemas.ours("environment"), mount)
            case DocumentKind.PAGE_MAP:
                return _page_map(document, mount)
            case DocumentKind.WORKER:
                return messages.findings(document, schemas.ours("worker"), mount)
            case DocumentKind.TARGET:
                platform = document.data.get("platform") if isinstance(document.data, dict) else None
                validator = of_platform(platform) if isinstance(platform, str) else None
                if validator is None:
                    return iter((_no_platform(document, of_platform),))
                if isinstance(validator, Finding):
                    return iter((_broken(document, validator),))
                return messages.findings(document, validator, mount)

    return found


def _validator(platform: str) -> Validator | None:
    """With a platform that can be asked: else nothing else in its files can be judged."""
    if (file := platforms.schema(platform)) is None:
        return None
    platforms.load(platform)
    return schemas.of_platform(file)


def _broken(document: Document, why: Finding) -> Finding:
    where = document.value_at("platform")
    return replace(why, where=where, field="platform", address=f"{document.environment}/{document.name}")


def in_order(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """What loading and the schemas found, by place; where YAML itself is at fault, nothing of a schema."""
    faulty = {finding.where for finding in found if isinstance(finding, YamlFault)}
    return by_place(one for one in found if isinstance(one, YamlFault) or one.where not in faulty)


def _reconciler(document: Document, mount: str | None) -> Iterator[Finding]:
    if (problem := _version(document)) is not None:
        yield problem
        return
    yield from _required_version(document)
    yield from messages.findings(document, schemas.ours("reconciler"), mount)
    if isinstance(document.data, dict) and "engine" in document.data:
        from reconciler.pipeline.validate import broker  # few have one

        yield from broker.findings(document)


def _page_map(document: Document, mount: str | None) -> Iterator[Finding]:
    found = tuple(messages.findings(document, schemas.ours("page-map"), mount))
    return iter(found or tuple(page_maps.findings(document)))


def _version(document: Document) -> Finding | None:
    version = document.data.get("version") if isinstance(document.data, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version == 1:
        return None  # anything else is the schema's to say
    what = f"version: {version} is not a language version that reconciler {reconciler.__version__} knows"
    why = "the meaning of another version is unknown here, so nothing else in this file was checked"
    return _error(document, ("version",), "language-version", what, why, "version: 1, or another reconciler")


def _required_version(document: Document) -> Iterator[Finding]:
    required = document.data.get("required_version") if isinstance(document.data, dict) else None
    if isinstance(required, str) and not required_version.satisfied(required, reconciler.__version__):
        what = f"required_version: {shown(required)} rules out this reconciler, {reconciler.__version__}"
        why = "your team limits which versions may read these files"
        fix = f"install a reconciler that matches {required}"
        yield _error(document, ("required_version",), "required-version", what, why, fix)


def _no_platform(document: Document, of: Callable[[str], Validator | Finding | None]) -> Finding:
    known = platforms.known()
    if not isinstance(document.data, dict):
        what = f"the file: expected a mapping, found {kind(document.data)}"
        why = "a target is a mapping: its platform, how to reach it, and its resources"
        return _error(document, (), "wrong-type", what, why, "platform: …")
    why = f"the platform decides what else the file may contain; known are {', '.join(known)}"
    if "platform" not in document.data:
        if (typed := next((key for key in document.data if messages.nearest(key, ["platform"])), None)) is not None:
            found = _error(document, (), "unknown-key", f"{typed}: unknown key", why, "did you mean platform?")
            return replace(found, where=document.key_at(typed), field=typed)
        return _error(
            document, (), "missing-key", "platform: missing", why, f"e.g. platform: {known[0] if known else '…'}"
        )
    platform = document.data["platform"]
    near = messages.nearest(platform, known)
    fix = _below_connection(platform, known, of) or (f"did you mean {near}?" if near else "take one of these")
    return _error(document, ("platform",), "unknown-platform", f"unknown platform: {shown(platform)}", why, fix)


def _below_connection(name: Any, known: Iterable[str], of: Callable[[str], Validator | Finding | None]) -> str | None:
    """The fix for a word that is no platform, but a choice that one offers for its connection."""
    for platform in known:
        validator = of(platform)
        schema: Any = validator.schema if validator and not isinstance(validator, Finding) else {}
        keys = schema.get("properties", {}).get("connection", {}).get("properties", {})
        for key, described in keys.items():
            if isinstance(described, dict) and name in described.get("enum", ()):
                return f"platform: {platform}, with connection: {{{key}: {name}}}"
    return None


def _error(document: Document, path: Path, rule: str, what: str, why: str, fix: str) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        rule=rule,
        what=what,
        why=why,
        fix=fix,
        where=document.value_at(*path),
        address=None if document.environment is None else f"{document.environment}/{document.name}",
        field=".".join(map(str, path)) or None,
    )


def default_mount(documents: Sequence[Document]) -> str | None:
    """For the command in a message, None without a default store; what is wrong with stores is told elsewhere."""
    for document in documents:
        if document.kind is DocumentKind.RECONCILER:
            try:
                store = document.data["secret_stores"]["default"]
                mount = store.get("mount")
            except (AttributeError, KeyError, TypeError):
                return None
            return mount if isinstance(mount, str) else _DEFAULT_MOUNT
    return None
