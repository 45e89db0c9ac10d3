"""An error of jsonschema at its place in a document and in the schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reconciler.model.finding import Finding, Severity
from reconciler.model.source import Document, DocumentKind, Path
from reconciler.pipeline.validate import wording
from reconciler.pipeline.validate.schemas import Schema

if TYPE_CHECKING:
    from jsonschema import ValidationError

_SECRET = re.compile(r"(?:pass(?:word|wd|phrase)|pwd|secret|token|api_?key)$")
_NO_RESOURCES = ("platform", "connection", "accept", "paused", "prune")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`trail` are the schemas from the whole file's down to `schema`, of which `keyword` was not met by `value`."""

    document: Document
    path: Path
    trail: tuple[Schema, ...]
    schema: Schema
    keyword: Any
    value: Any

    @classmethod
    def of(cls, error: ValidationError, document: Document, schema: Any) -> Fault:
        return cls(
            document=document,
            path=tuple(error.absolute_path),
            trail=tuple(_trail(schema, error.absolute_schema_path)),
            schema=error.schema if isinstance(error.schema, dict) else {},
            keyword=error.validator_value,
            value=error.instance,
        )

    @property
    def is_root(self) -> bool:
        return not self.path

    @property
    def is_required(self) -> bool:
        """Whether the mapping around it cannot do without this key."""
        return any(name in schema.get("required", ()) for schema in self.trail[-3:-1] for name in self.path[-1:])

    @property
    def is_secret(self) -> bool:
        """Whether a secret may stand here, by mistake: then nothing of it is repeated."""
        return any(schema.get("x-secret") is True for schema in self.trail) or any(
            isinstance(part, str) and _SECRET.search(part) for part in self.path[-1:]
        )

    @property
    def key(self) -> str:
        """The nearest key, with the number of a list entry."""
        text = ""
        for part in reversed(self.path):
            if isinstance(part, str):
                return part + text
            text = f"[{part}]{text}"
        return "the file"

    @property
    def label(self) -> str:
        """What the value at `path` is called in a sentence."""
        if self.is_root:
            return {
                DocumentKind.RECONCILER: "reconciler.yaml",
                DocumentKind.ENVIRONMENT: "environment.yaml",
                DocumentKind.TARGET: f"a target of platform {self._platform}",
                DocumentKind.PAGE_MAP: "a page map",
                DocumentKind.WORKER: "worker.yaml",
            }[self.document.kind]
        head, rest = str(self.path[0]), self.path[1:]
        if self.in_collection and rest:
            head, rest = f"{head}[{rest[0]}]", rest[1:]
        return "".join([head, *(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest)])

    @property
    def address(self) -> str | None:
        """That of the resource, else the target, else the environment."""
        document = self.document
        if document.name is None:
            return document.environment
        unit = f"{document.environment}/{document.name}"
        if self.is_root or self.path[0] in _NO_RESOURCES or (self.in_collection and len(self.path) == 1):
            return unit
        return f"{unit}:{self.path[0]}[{self.path[1]}]" if self.in_collection else f"{unit}:{self.path[0]}"

    @property
    def shown(self) -> str:
        if not self.is_secret or self.value is None:
            return wording.shown(self.value)
        return "this text" if isinstance(self.value, str) else "this value"

    def annotation(self, name: str) -> Any:
        """The innermost `description` or `examples`; a property may have one of these names, so the type counts."""
        kind = {"description": str, "examples": list}[name]
        return next((schema[name] for schema in reversed(self.trail) if isinstance(schema.get(name), kind)), None)

    def schema_of(self, name: str) -> Schema:
        """The schema of a key of this mapping; empty when the conditions of a schema alone ask for it."""
        for schema in reversed(self.trail):
            properties = schema.get("properties")
            if isinstance(properties, dict) and isinstance(found := properties.get(name), dict) and len(found) > 1:
                return found
        return {}

    def holds_secret(self, name: str) -> bool:
        """Whether a key of this mapping takes a reference to a secret."""
        return self.schema_of(name).get("x-secret") is True

    def example(self) -> str | None:
        """A line that could stand there, marked as an example unless it is the only one."""
        examples = self.annotation("examples")
        if not examples:
            return None
        only = "const" in self.schema or len(self.schema.get("enum", ())) == 1
        return self.line(examples[0]) if only else f"e.g. {self.line(examples[0])}"

    def line(self, value: Any) -> str:
        names = [part for part in self.path if isinstance(part, str)]
        return f"{names[-1]}: {wording.flow(value)}" if names else wording.flow(value)

    def finding(
        self, rule: str, what: str, *, why: str | None = None, fix: str | None = None, key: bool = False
    ) -> Finding:
        """Points at the value, or at the key; why and fix come from the schema unless given."""
        place = self.document.key_at if key else self.document.value_at
        return Finding(
            severity=Severity.ERROR,
            rule=rule,
            what=what,
            why=why or self.annotation("description"),
            fix=fix or self.example(),
            where=place(*self.path),
            address=self.address,
            field=".".join(map(str, self.path)) or None,
        )

    def key_finding(
        self, name: str, rule: str, what: str, *, why: str | None = None, fix: str | None = None
    ) -> Finding:
        """Points at a key of this mapping. A literal secret in braces is a key to YAML, so it may go unnamed."""
        found = self.finding(rule, what, why=why, fix=fix)
        field = found.field if self.is_secret else ".".join(map(str, (*self.path, name)))
        return replace(found, where=self.document.key_at(*self.path, name), field=field)

    @property
    def of_connection(self) -> bool:
        """Whether it is about how a target is reached."""
        return self.document.kind is DocumentKind.TARGET and self.path[:1] == ("connection",)

    @property
    def _platform(self) -> str:
        return str(self.document.data.get("platform", "")) if isinstance(self.document.data, dict) else ""

    @property
    def in_collection(self) -> bool:
        """Whether the first key is a collection of resources: its schema knows no keys by name."""
        if self.document.kind is not DocumentKind.TARGET or self.is_root:
            return False
        properties = self.trail[0].get("properties", {}) if self.trail else {}
        return isinstance(properties.get(self.path[0], {}).get("additionalProperties"), dict)


def _trail(schema: Any, path: Any) -> Iterator[Schema]:
    yield schema
    for part in path:
        try:
            schema = schema[part]
        except (KeyError, IndexError, TypeError):
            return
        if isinstance(schema, dict):
            yield schema
