"""Errors of jsonschema as findings: what in plain words, why and fix from the schema's `description` and `examples`.

jsonschema's own messages repeat values, so none of them is used: a value may be a secret in the wrong place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from reconciler.model.finding import Finding
from reconciler.model.source import Document
from reconciler.pipeline.load.tree_messages import nearest_name
from reconciler.pipeline.load.yaml_scalars import resolved
from reconciler.pipeline.validate import corrections, literal_secrets, wording
from reconciler.pipeline.validate.fault import Fault
from reconciler.pipeline.validate.schemas import Schema

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}
_SWITCH = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}


def findings(document: Document, validator: Validator, mount: str | None) -> Iterator[Finding]:
    """`mount` is that of the default secret store, if there is one; it stands in the command that stores a secret."""
    for error in validator.iter_errors(document.data):
        fault = Fault.of(error, document, validator.schema)
        if literal_secrets.is_literal(fault):
            yield literal_secrets.finding(fault, mount)
        elif "propertyNames" in error.absolute_schema_path:
            yield _name(fault)
        else:
            yield from _WORDS.get(str(error.validator), _other)(fault)


def _unknown_keys(fault: Fault) -> Iterator[Finding]:
    properties = list(fault.schema.get("properties", ()))
    if fault.schema.get("additionalProperties") is not False:  # unevaluatedProperties looks into the conditions too
        properties = list(_evaluated(fault.schema))
    patterns = fault.schema.get("patternProperties", ())
    known = [name for name in properties if name not in fault.value]
    for key in fault.value:
        if key in properties or any(re.search(pattern, key) for pattern in patterns):
            continue
        is_secret = literal_secrets.named_like_one(key)
        near = nearest(key, known) or (next(filter(fault.holds_secret, known), None) if is_secret else None)
        if fault.is_secret and near is None:
            what = f"{fault.key}: a reference with an unknown key"
            yield fault.key_finding(key, "unknown-key", what, fix=fault.example())
            continue
        why = f"{fault.label} has no such {'key' if fault.is_root else 'setting'}"
        if is_secret or (near and fault.holds_secret(near)):
            why = f"{why}; secrets are given by reference, never by value"
        fix = f"did you mean {near}?" if near else _choice(known)
        yield fault.key_finding(key, "unknown-key", f"{key}: unknown key", why=why, fix=fix)


def _evaluated(schema: Schema) -> Iterator[str]:
    yield from schema.get("properties", ())
    for keyword in ("allOf", "anyOf", "oneOf", "then", "else"):
        inner = schema.get(keyword, ())
        for choice in [inner] if isinstance(inner, dict) else inner:
            yield from _evaluated(choice)


def _missing(fault: Fault) -> Iterator[Finding]:
    for name in fault.keyword:
        if name in fault.value:
            continue
        schema = fault.schema_of(name)
        why = schema.get("description")
        fix = _added(fault, name, schema)
        yield fault.finding("missing-key", f"{name}: missing in {fault.label}", why=why, fix=fix, key=True)


def _added(fault: Fault, name: str, schema: Schema) -> str:
    """The line for a key that is missing: what it has to be, else an example."""
    if _is_reference(schema) and fault.document.environment is not None:
        return f"e.g. {name}: {{vault: {corrections.secret_place(fault, name)}}}"
    if not (examples := schema.get("examples")):
        return f"add {name}"
    line = f"{name}: {wording.flow(examples[0])}"
    return line if "const" in schema or len(schema.get("enum", ())) == 1 else f"e.g. {line}"


def _is_reference(schema: Schema) -> bool:
    """Whether it is that of a secret that Vault may hold."""
    return schema.get("x-secret") is True and "vault" in schema.get("properties", ())


def _type(fault: Fault) -> Iterator[Finding]:
    wanted = [fault.keyword] if isinstance(fault.keyword, str) else [name for name in fault.keyword if name != "null"]
    expected = "a value" if len(wanted) > 3 else " or ".join(_TYPES.get(name, name) for name in wanted)
    fix = fault.example() if fault.is_required else "give it a value, or delete the line"
    corrected = None
    if fault.value is not None:
        corrected = None if fault.is_secret else _corrected(fault.value, wanted)
        fix = fault.line(corrected) if corrected is not None and _fits(corrected, fault.schema) else fault.example()
    found = fault.finding("wrong-type", f"{fault.key}: expected {expected}, found {_found(fault)}", fix=fix)
    yield (
        replace(found, replacement=_written(corrected))
        if corrected is not None and fix == fault.line(corrected)
        else found
    )


def _written(value: Any) -> str | None:
    """For `--fix`; a list is left to people."""
    return None if isinstance(value, list) else wording.flow(value)


def _found(fault: Fault) -> str:
    value = fault.value
    if fault.is_secret or value is None or isinstance(value, dict | list):
        return wording.kind(value)
    shown = wording.shown(value)
    return shown if isinstance(value, bool) else f"the {'text' if isinstance(value, str) else 'number'} {shown}"


def _corrected(value: Any, wanted: list[str]) -> Any:
    """The same value as its key wants it, or None."""
    if "string" in wanted and isinstance(value, bool | int | float):
        return str(value) if not isinstance(value, bool) else str(value).lower()
    if "array" in wanted and isinstance(value, str):
        return [value]
    if not isinstance(value, str):
        return None
    if "boolean" in wanted:
        return _SWITCH.get(value.lower())
    try:
        number = resolved(value.strip())
    except ValueError:
        return None
    kinds = (int,) if "integer" in wanted else (int, float) if "number" in wanted else ()
    return number if isinstance(number, kinds) and not isinstance(number, bool) else None


def _fits(value: Any, schema: Schema) -> bool:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema).is_valid(value)


def _enum(fault: Fault) -> Iterator[Finding]:
    choices = [choice for choice in fault.keyword if choice is not None]
    listed = ", ".join(map(wording.flow, choices))
    near = nearest(fault.value, [choice for choice in choices if isinstance(choice, str)])
    expected = f"one of {listed}" if len(choices) > 1 else listed
    what = f"{fault.key}: expected {expected}, found {fault.shown}"
    ours = corrections.word(fault)
    found = fault.finding("wrong-value", what, fix=fault.line(near or ours) if near or ours else None)
    same = near if isinstance(fault.value, str) and near == fault.value.lower().replace("-", "_") else None
    sure = same or (None if near else ours)  # a word that is only like another is a guess
    yield replace(found, replacement=wording.flow(sure)) if sure else found


def _const(fault: Fault) -> Iterator[Finding]:
    yield fault.finding("wrong-value", f"{fault.key}: expected {wording.flow(fault.keyword)}, found {fault.shown}")


def _value(text: str) -> Callable[[Fault], Iterator[Finding]]:
    def words(fault: Fault) -> Iterator[Finding]:
        limit = fault.keyword if isinstance(fault.keyword, int | float) else ""
        yield fault.finding("wrong-value", f"{fault.key}: {text.format(value=fault.shown, limit=limit)}")

    return words


def _pattern(fault: Fault) -> Iterator[Finding]:
    if wording.holds_login(fault.value):
        example = fault.example()
        fix = f"remove the login{f', {example}' if example else ''}"
        yield fault.finding("wrong-value", f"{fault.key}: this URL holds a login", fix=fix)
    else:
        form = fault.schema.get("title")
        what = f"expected {form}" if form else f"{fault.shown} has the wrong format"
        found = fault.finding("wrong-value", f"{fault.key}: {what}", fix=corrections.of_pattern(fault))
        sure = corrections.same_text(fault)
        yield replace(found, replacement=wording.flow(sure)) if sure else found


def _one_of(fault: Fault) -> Iterator[Finding]:
    """Our schemas have oneOf for "exactly one of these keys" only."""
    names = [name for choice in fault.keyword for name in choice.get("required", ())]
    if not isinstance(fault.value, dict) or any(choice.keys() != {"required"} for choice in fault.keyword):
        if not (names and "type" in fault.schema):  # else the type is wrong, which is reported by itself
            yield from _other(fault)
        return
    given = [name for name in names if name in fault.value]
    if not given and not fault.value.keys() <= fault.schema.get("properties", {}).keys():
        return  # one of these keys is misspelled, which is reported by itself
    what = f"{fault.key}: expected exactly one of {', '.join(names)}, found {' and '.join(given) or 'none of them'}"
    fix = "keep one of them" if given else _added(fault, names[0], fault.schema_of(names[0]))
    if not given and _is_reference(fault.schema) and fault.document.environment is not None:
        fix = f"e.g. vault: {corrections.secret_place(fault, str(fault.path[-1]))}"
    yield fault.finding("one-of", what, fix=fix, key=True)


def _depends(fault: Fault) -> Iterator[Finding]:
    for key, needed in fault.keyword.items():
        missing = [name for name in needed if name not in fault.value]
        if key in fault.value and missing:
            why = fault.schema_of(key).get("description")
            what = f"{key}: only allowed together with {', '.join(missing)}"
            yield fault.key_finding(key, "wrong-value", what, why=why, fix=f"delete {key}")


def _name(fault: Fault) -> Finding:
    what = f"invalid name: {wording.shown(fault.value)}"
    near = nearest_name(fault.value)
    if isinstance(fault.keyword, str) and not re.search(fault.keyword, near):  # fewer characters than other names
        near = re.sub("[^a-z0-9]+", "-", near).strip("-0123456789") or "main"
    return fault.key_finding(fault.value, "wrong-name", what, fix=f"rename it to {near}")


def _other(fault: Fault) -> Iterator[Finding]:
    yield fault.finding("wrong-value", f"{fault.key}: {fault.shown} is not allowed here")


def nearest(word: object, known: Iterable[str]) -> str | None:
    """For "did you mean": as people write it in other tools, with capitals or dashes."""
    if not isinstance(word, str):
        return None
    return next(iter(get_close_matches(word.lower().replace("-", "_"), list(known), n=1)), None)


def _choice(known: list[str]) -> str:
    return f"known here: {', '.join(known)}" if known else "delete it"


_WORDS: dict[str, Callable[[Fault], Iterator[Finding]]] = {
    "additionalProperties": _unknown_keys,
    "unevaluatedProperties": _unknown_keys,
    "required": _missing,
    "type": _type,
    "enum": _enum,
    "const": _const,
    "oneOf": _one_of,
    "dependentRequired": _depends,
    "pattern": _pattern,
    "minimum": _value("{value} is less than {limit}"),
    "maximum": _value("{value} is more than {limit}"),
    "exclusiveMinimum": _value("{value} is not greater than {limit}"),
    "minLength": _value("empty"),
    "maxLength": _value("longer than {limit} characters"),
    "minItems": _value("empty list"),
    "minProperties": _value("empty mapping"),
    "uniqueItems": _value("duplicate value in the list"),
}
