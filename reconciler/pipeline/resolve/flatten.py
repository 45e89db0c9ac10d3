"""Raw YAML mappings to flat settings, each with its origin. Here `Any` ends."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.model.secret import DEFAULT_STORE, ENV_STORE, FILE_STORE, SecretRef
from reconciler.model.settings import Origin, Tree, Value
from reconciler.model.source import Document

# Keys of a connection or store whose value is a path on this machine.
PATH_KEYS = frozenset(
    {"browser", "ca_file", "client_certificate", "evidence", "identity_file", "known_hosts", "path", "token_file"}
)
# The same for flat settings of a relay or resource.
PATH_SETTINGS = frozenset({"ca_file", "oauth2.ca_file"})
_NONE: frozenset[str] = frozenset()
_NAMED = "checks"  # a mapping whose keys are names that may be wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """One setting's value and where it came from."""

    value: Value
    origin: Origin


def settings(document: Document, path: tuple[str | int, ...], through: str) -> dict[str, Effective]:
    """The mapping at `path` as flat settings (`oauth2.client_id`), paths absolute; a mapping that is null stays one."""
    found: Any = document.data
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return dict(_flat(document, path, found, "", through)) if isinstance(found, dict) else {}


def merged(*layers: Mapping[str, Effective]) -> dict[str, Effective]:
    """Later layers win, setting by setting; a null for a whole mapping clears every setting below it."""
    result: dict[str, Effective] = {}
    for layer in layers:
        for field, effective in layer.items():
            if effective.value is None:
                result |= {key: effective for key in result if key.startswith(f"{field}.")}
            result[field] = effective
    return result


def spread(effective: Mapping[str, Effective], fields: Iterable[str]) -> dict[str, Effective]:
    """A null for a whole mapping as a null for each of `fields` below it: nobody else knows what it would clear."""
    result: dict[str, Effective] = {}
    for field, entry in effective.items():
        below = {name: entry for name in fields if name.startswith(f"{field}.")} if entry.value is None else {}
        if below or (entry.value is None and any(name.startswith(f"{field}.") for name in effective)):
            result |= {name: found for name, found in below.items() if name not in effective}
        else:
            result[field] = entry
    return result


def tree(raw: Any, base: str, *, key: str = "", away: frozenset[str] = _NONE) -> Tree:
    """A connection as plain nested values: references as SecretRef, lists as tuples, paths from `base` absolute.

    Those of the keys `away` are of another machine, and stay as they are.
    """
    if isinstance(raw, dict):
        if (ref := secret_ref(raw)) is not None:
            return ref
        files = key == "client_certificate"  # {certificate: FILE, key: FILE}
        there = "ssh" in raw  # then the path is that of another host
        return {
            name: value if there and name == "path" else tree(value, base, key="path" if files else name, away=away)
            for name, value in raw.items()
        }
    if isinstance(raw, list):
        return tuple(tree(value, base, away=away) for value in raw)
    if key in PATH_KEYS and isinstance(raw, str) and key not in away:
        return absolute(raw, base)
    return raw  # type: ignore[no-any-return]  # the schema has left scalars only


def plain(raw: Any) -> Tree:
    """Nested values that hold no references and no paths, whatever their keys are called."""
    if isinstance(raw, dict):
        return {name: plain(value) for name, value in raw.items()}
    return tuple(plain(value) for value in raw) if isinstance(raw, list) else raw  # scalars only, by the schema


def absolute(path: str, base: str) -> str:
    """Without `..`, as people would write it."""
    return os.path.normpath(os.path.join(base, path))  # noqa: PTH118  # text: Path keeps `..`


def secret_ref(raw: Mapping[str, Any]) -> SecretRef | None:
    """`{vault: path#key}`, `{env: NAME}` or `{file: path}`; None for any other mapping."""
    version = raw.get("version")
    if isinstance(vault := raw.get("vault"), str):
        path, _, key = vault.partition("#")
        return SecretRef(store=raw.get("store", DEFAULT_STORE), path=path, key=key, version=version)
    for store in (ENV_STORE, FILE_STORE):
        if isinstance(name := raw.get(store), str):
            return SecretRef(store=store, path=name, version=version)
    return None


def secrets_in(value: Tree) -> Iterator[SecretRef]:
    """Every reference inside a connection."""
    if isinstance(value, SecretRef):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from secrets_in(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from secrets_in(inner)


def _flat(
    document: Document, path: tuple[str | int, ...], raw: dict[str, Any], prefix: str, through: str
) -> Iterator[tuple[str, Effective]]:
    for key, value in raw.items():
        inner = (*path, key)
        if isinstance(value, dict) and (ref := secret_ref(value)) is None:
            yield from _flat(document, inner, value, f"{prefix}{key}.", through)
            continue
        plain: Value = ref if isinstance(value, dict) else tuple(value) if isinstance(value, list) else value
        if f"{prefix}{key}" in PATH_SETTINGS and isinstance(plain, str):
            plain = absolute(plain, document.base)
        named = document.key_at(*inner) if path and path[-1] == _NAMED else None
        origin = Origin(position=document.value_at(*inner), through=through, key=named)
        yield f"{prefix}{key}", Effective(value=plain, origin=origin)
