"""A secret's value where a reference belongs: how it is told apart, and what to do. The value is never repeated."""

from __future__ import annotations

import re

from reconciler.model.finding import Finding
from reconciler.model.source import DocumentKind
from reconciler.pipeline.validate import corrections
from reconciler.pipeline.validate.fault import Fault

_NAMES = re.compile(r"pass(?:word|wd|phrase)?$|pwd|secret|token|credential|api[_-]?key|private[_-]?key", re.IGNORECASE)

_VALUES = ("value", "literal", "plain", "plaintext", "text")  # what people call a value beside a reference


def named_like_one(key: str) -> bool:
    return _NAMES.search(key) is not None


def is_literal(fault: Fault) -> bool:
    """A scalar or list where the schema has a mapping that is a reference, or a mapping that holds the value itself."""
    if fault.schema.get("x-secret") is not True or fault.value is None:
        return False
    if isinstance(fault.value, dict):
        return fault.keyword is False and any(key in _VALUES or named_like_one(key) for key in fault.value)
    return bool(fault.keyword == fault.schema.get("type"))


def finding(fault: Fault, mount: str | None) -> Finding:
    return fault.finding("literal-secret", f"{fault.key}: literal secret; use a reference", fix=_fix(fault, mount))


def _fix(fault: Fault, mount: str | None) -> str:
    if fault.document.environment is None and "vault" in fault.schema.get("properties", {}):
        return f"put it into a secret store and refer to that, {fault.example()}"
    if "vault" not in fault.schema.get("properties", {}):
        return f"put it into a variable or a file and refer to that, {fault.example()}"
    if fault.document.kind is DocumentKind.WORKER:  # what is only its own need not be in a store
        return f"put it into a file of its own and refer to that, {fault.example()}"
    field = str(fault.path[-1])
    path = corrections.secret_path(fault)
    if mount is None:
        variable = re.sub("[^A-Z0-9]+", "_", f"{path.removeprefix('mail/')}_{field}".upper())
        return f"put it into a variable and write {field}: {{env: {variable}}}, or declare secret_stores.default"
    reference = f"{field}: {{vault: {path}#{field}}}"
    return f"vault kv put {mount}/{path} {field}=-   and here   {reference}"
