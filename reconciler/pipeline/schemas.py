"""The JSON Schemas, each made into one validator: read from disk, references put in their place.

jsonschema follows `$ref` at every use, which takes twenty times as long as the check itself (4.0 s against 0.2 s for
1,000 targets); our schemas have no cycles, so every reference is replaced once.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

from reconciler import platforms

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

ANNOTATIONS = frozenset({"$schema", "$comment", "title", "description", "examples", "x-secret", "x-handshake-only"})
Schema = Mapping[str, Any]
Keyword = Callable[[Any, Any, Any, Any], Iterable[Any]]


@cache
def ours(name: str) -> Validator:
    """The validator of one of our schemas: `reconciler`, `environment`."""
    root = _content(f"{name}.schema.json")
    return checks(root, root, folder=posixpath.dirname(name))


def of_platform(file: Traversable) -> Validator:
    """The validator of a platform. `../common.schema.json` is ours, also for a schema that lies in another package."""
    root = json.loads(file.read_text(encoding="utf-8"))
    return checks(root, root, folder="platforms")


def checks(schema: Schema, root: Schema, *, folder: str) -> Validator:
    """The validator of any schema in the file `root`, which lies in `folder` below our schemas."""
    return _validator(_inlined(schema, root, folder=folder))


@cache
def _content(path: str) -> Any:
    return json.loads(platforms.schemas().joinpath(*path.split("/")).read_text(encoding="utf-8"))


def _inlined(schema: Any, root: Schema, *, folder: str) -> Any:
    """`schema` without `$ref`; `root` is the file it stands in, `folder` where that is below our schemas."""
    if isinstance(schema, list):
        return [_inlined(item, root, folder=folder) for item in schema]
    if not isinstance(schema, dict):
        return schema
    here = {
        key: value if key in ("examples", "enum", "const") else _inlined(value, root, folder=folder)
        for key, value in schema.items()
        if key not in ("$ref", "$defs")
    }
    if not isinstance(reference := schema.get("$ref"), str):
        return here
    there = _referenced(reference, root, folder)
    if here.keys() & there.keys() <= ANNOTATIONS:
        return {**there, **here}
    return {**here, "allOf": [there, *here.get("allOf", ())]}


def _referenced(reference: str, root: Schema, folder: str) -> dict[str, Any]:
    name, _, pointer = reference.partition("#")
    if name:
        path = posixpath.normpath(posixpath.join(folder, name))
        root, folder = _content(path), posixpath.dirname(path)
    target: Any = root
    for part in pointer.strip("/").split("/"):
        target = target[part]
    inlined: dict[str, Any] = _inlined(target, root, folder=folder)
    return inlined


def _validator(schema: Any) -> Validator:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    keywords = {
        "properties": _Properties(),
        "pattern": _pattern,
        "oneOf": _one_of(Draft202012Validator.VALIDATORS["oneOf"]),
    }
    checker: Validator = extend(Draft202012Validator, keywords)(schema)  # type: ignore[no-untyped-call]
    return checker


class _Properties:
    """The keyword `properties`, which does not look twice at the same value under the same schema.

    Most values of a landscape stand in many files. Only scalars are remembered, and only valid ones.
    """

    def __init__(self) -> None:
        self._valid: set[tuple[int, type, Any]] = set()

    def __call__(self, validator: Any, properties: Schema, instance: Any, _: Schema) -> Iterator[Any]:
        if not isinstance(instance, dict):
            return
        for name, value in instance.items():
            if (schema := properties.get(name)) is None:
                continue
            known = None if isinstance(value, dict | list) else (id(schema), type(value), value)
            if known in self._valid:
                continue
            errors = list(validator.descend(value, schema, path=name, schema_path=name))
            if errors:
                yield from errors
            elif known is not None:
                self._valid.add(known)


def _one_of(general: Keyword) -> Keyword:
    """The keyword `oneOf`, which counts where every choice is but a `required`: most references have one."""

    def one_of(validator: Any, choices: Sequence[Schema], instance: Any, schema: Schema) -> Iterator[Any]:
        from jsonschema import ValidationError

        if not isinstance(instance, dict) or any(choice.keys() != {"required"} for choice in choices):
            yield from general(validator, choices, instance, schema)
        elif sum(instance.keys() >= set(choice["required"]) for choice in choices) != 1:
            yield ValidationError("not exactly one")

    return one_of


def _pattern(validator: Any, pattern: str, instance: Any, _: Schema) -> Iterator[Any]:
    """As ECMA-262 has it, `$` is the end, and not also the place before a last line break."""
    from jsonschema import ValidationError

    whole = f"{pattern[:-1]}\\Z" if pattern.endswith("$") else pattern
    if isinstance(instance, str) and re.search(whole, instance) is None:
        yield ValidationError("does not match")
