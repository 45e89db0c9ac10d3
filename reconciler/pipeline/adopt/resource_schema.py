"""What a platform's schema says of the settings of a resource, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

from reconciler import platforms
from reconciler.model.settings import Shape, Value
from reconciler.pipeline.validate import schemas

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

Schema = Mapping[str, Any]
META = ("relay", "adopt", "moved_from")  # keys of a resource that are not settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceSchema:
    """`fields` are the schemas of the settings by flat name (`a.b`); `adopt` is None where there is none."""

    fields: Mapping[str, Schema]
    secrets: frozenset[str]
    adopt: Schema | None
    validator: Validator

    def fits(self, field: str, value: Value) -> bool:
        """Whether a file may say so."""
        schema = self.fields.get(field)
        plain: Any = list(value) if isinstance(value, tuple) else value
        return schema is not None and self.validator.evolve(schema=schema).is_valid(plain)

    def fits_name(self, name: str) -> bool:
        """Whether `adopt: {name: …}` may say so."""
        return self.adopt is not None and self.validator.evolve(schema=self.adopt).is_valid({"name": name})


def of(kind: str, collection: str, shape: Shape) -> ResourceSchema:
    """LookupError for a collection that the schema does not know. Raises PlatformError as `platforms.load` does."""
    if (file := platforms.schema(kind)) is None:
        raise LookupError(kind)
    return _of(file, collection, shape)  # type: ignore[arg-type]  # a path is hashable


@lru_cache(maxsize=64)  # a landscape asks for each of its targets
def _of(file: Traversable, collection: str, shape: Shape) -> ResourceSchema:
    validator = schemas.of_platform(file)
    root: Any = validator.schema
    whole = _properties(root)[collection]
    resource = _member(whole) if shape is Shape.MANY else whole
    fields = dict(settings(resource))
    return ResourceSchema(
        fields=fields,
        secrets=frozenset(name for name, schema in fields.items() if schema.get("x-secret")),
        adopt=_properties(resource).get("adopt"),
        validator=validator,
    )


def settings(resource: Schema, prefix: str = "") -> Iterator[tuple[str, Schema]]:
    """Every setting of a resource, by flat name."""
    for name, schema in _properties(resource).items():
        if prefix or name not in META:
            below = {} if schema.get("x-secret") else _properties(schema)
            yield from settings(schema, f"{prefix}{name}.") if below else iter([(f"{prefix}{name}", schema)])


def _properties(schema: Schema) -> dict[str, Schema]:
    found = dict(schema.get("properties", {}))
    for part in schema.get("allOf", ()):
        found = {**_properties(part), **found}
    return found


def _member(collection: Schema) -> Schema:
    """The schema of a collection's resources, however their keys are described."""
    patterns: list[Schema] = list(collection.get("patternProperties", {}).values())
    others = collection.get("additionalProperties")
    parts = [*patterns, *([others] if isinstance(others, Mapping) else [])]
    parts += [_member(part) for part in collection.get("allOf", ())]
    return next((part for part in parts if part), {})
