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
from typing import TYPE_CHECKING, Any, Final

from reconciler import platforms

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

ANNOTATIONS = frozenset({"$schema", "$comment", "title", "description", "examples", "x-secret", "x-handshake-only"})
Schema = Mapping[str, Any]
Keyword = Callable[[Any, Any, Any, Any], Iterable[Any]]
_FEW, _SHORT = 8, 250  # entries and characters of what is worth remembering
_LARGE: Final[Any] = object()  # stands for what is not


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

    general = Draft202012Validator.VALIDATORS
    once = _Once(general["additionalProperties"])
    keywords = {
        "properties": once.properties,
        "additionalProperties": once.additional,
        "if": once.condition,
        "type": _type,
        "pattern": _pattern,
        "oneOf": _one_of(general["oneOf"]),
    }
    checker: Validator = extend(Draft202012Validator, keywords)(schema)  # type: ignore[no-untyped-call]
    return checker


class _Once:
    """`properties`, `additionalProperties` and `if`, which do not look twice at the same value under the same schema.

    Most values of a landscape stand in many files. Only small ones are remembered, and only valid ones.
    """

    def __init__(self, general: Keyword) -> None:
        self._general = general
        self._valid: set[tuple[int, type, Any]] = set()
        self._checks: dict[int, Validator] = {}  # jsonschema makes a validator anew for each value it comes to

    def properties(self, validator: Any, properties: Schema, instance: Any, _: Schema) -> Iterator[Any]:
        if isinstance(instance, dict):
            for name, value in instance.items():
                if (schema := properties.get(name)) is not None:
                    for error in self._errors(validator, value, schema):
                        error.path.appendleft(name)
                        error.schema_path.appendleft(name)
                        yield error

    def additional(self, validator: Any, others: Any, instance: Any, schema: Schema) -> Iterator[Any]:
        known: Schema = schema.get("properties", {})
        if not isinstance(instance, dict) or instance.keys() <= known.keys():
            return
        if not isinstance(others, dict) or "patternProperties" in schema:
            yield from self._general(validator, others, instance, schema)
            return
        for name, value in instance.items():
            if name not in known:
                for error in self._errors(validator, value, others):
                    error.path.appendleft(name)
                    yield error

    def condition(self, validator: Any, condition: Any, instance: Any, schema: Schema) -> Iterator[Any]:
        branch = "then" if self._check(validator, condition).is_valid(instance) else "else"
        if branch in schema:
            for error in self._check(validator, schema[branch]).iter_errors(instance):
                error.schema_path.appendleft(branch)
                yield error

    def _errors(self, validator: Any, value: Any, schema: Any) -> Sequence[Any]:
        written = _written(value)
        same = (id(schema), type(value), written)
        if same in self._valid:
            return ()
        errors = list(self._check(validator, schema).iter_errors(value))
        if not errors and written is not _LARGE:
            self._valid.add(same)
        return errors

    def _check(self, validator: Any, schema: Any) -> Validator:
        if (check := self._checks.get(id(schema))) is None:
            check = self._checks[id(schema)] = validator.evolve(schema=schema)
        return check


def _written(value: Any) -> Any:
    """A scalar itself; a small mapping or list as text, which tells types apart: 1 from true, 1 from "1"."""
    if not isinstance(value, dict | list):
        return value
    text = repr(value) if len(value) <= _FEW else ""
    return text if 0 < len(text) <= _SHORT else _LARGE


def _one_of(general: Keyword) -> Keyword:
    """The keyword `oneOf`, which counts where every choice is but a `required`: most references have one."""

    def one_of(validator: Any, choices: Sequence[Schema], instance: Any, schema: Schema) -> Iterator[Any]:
        if not isinstance(instance, dict) or any(choice.keys() != {"required"} for choice in choices):
            yield from general(validator, choices, instance, schema)
        elif sum(instance.keys() >= set(choice["required"]) for choice in choices) != 1:
            yield _error("not exactly one")

    return one_of


def _type(validator: Any, types: str | Sequence[str], instance: Any, _: Schema) -> Iterator[Any]:
    """Without a message: nobody reads it, it repeats the value, and conditions ask often.

    To JSON Schema 587.0 is an integer; in these files an integer is what is written as one.
    """
    asked = (types,) if isinstance(types, str) else types
    if not any(validator.is_type(instance, one) for one in asked if not (one == "integer" and type(instance) is float)):
        yield _error("of another type")


def _pattern(validator: Any, pattern: str, instance: Any, _: Schema) -> Iterator[Any]:
    """As ECMA-262 has it, `$` is the end, and not also the place before a last line break."""
    whole = f"{pattern[:-1]}\\Z" if pattern.endswith("$") else pattern
    if isinstance(instance, str) and re.search(whole, instance) is None:
        yield _error("does not match")


def _error(message: str) -> Exception:
    from jsonschema import ValidationError

    return ValidationError(message)
