"""Whether a connection is as the platform's own schema has it: a message is believed no more than a file is.

That an address is https, that a path of a page map stays on its console: the schema says it, and drivers rely on it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from reconciler import platforms
from reconciler.model.secret import DEFAULT_STORE, ENV_STORE, FILE_STORE, SecretRef
from reconciler.model.settings import Connection, Tree
from reconciler.pipeline.validate import schemas

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

_PAGE_MAP = "page_map"


def wrong(kind: str, connection: Connection) -> str | None:
    """The first place that is not as a file would have it; None where all of it is. Raises PlatformError."""
    raw = {name: _raw(value) for name, value in connection.items()}
    own = connection.get(_PAGE_MAP)
    if isinstance(own, Mapping):
        raw[_PAGE_MAP] = own.get("page_map_file")
        if (place := _first(schemas.ours("page-map"), _raw(own.get("content")))) is not None:
            return f"connection.{_PAGE_MAP}{place}"
    checker = _of(kind)
    return None if checker is None or (place := _first(checker, raw)) is None else f"connection{place}"


@cache
def _of(kind: str) -> Validator | None:
    file = platforms.schema(kind)
    if file is None:
        return None
    root = json.loads(file.read_text(encoding="utf-8"))
    return schemas.checks(root["properties"]["connection"], root, folder="platforms")


def _first(checker: Validator, raw: Any) -> str | None:
    error = next(iter(checker.iter_errors(raw)), None)
    return None if error is None else "".join(f".{part}" for part in error.absolute_path)


def _raw(tree: Tree) -> Any:
    """As it stood in a file."""
    if isinstance(tree, SecretRef):
        return _reference(tree)
    if isinstance(tree, Mapping):
        return {name: _raw(value) for name, value in tree.items()}
    return [_raw(value) for value in tree] if isinstance(tree, tuple) else tree


def _reference(ref: SecretRef) -> dict[str, Any]:
    pinned = {} if ref.version is None else {"version": ref.version}
    if ref.store in (ENV_STORE, FILE_STORE):
        return {ref.store: ref.path, **pinned}
    named = {} if ref.store == DEFAULT_STORE else {"store": ref.store}
    return {"vault": f"{ref.path}#{ref.key}", **named, **pinned}
