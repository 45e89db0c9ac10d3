"""Changes entries of a Kubernetes Secret; a key is the entry's name, in `stringData` as text or in `data` as base64.

Where it is, it stays; a new one goes where the others are. What stands in both is what `stringData` says, and refused.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence

from reconciler.drivers.textfile import yaml
from reconciler.drivers.textfile.format import Broken, Unwritable, defined_twice
from reconciler.drivers.textfile.yaml_nodes.tree import Entry
from reconciler.drivers.textfile.yaml_nodes.tree import entries as tree_entries
from reconciler.model.text.scalar import Scalar, as_text
from reconciler.model.text.yaml_scalar import Quoted

_NAME = re.compile(r"[A-Za-z0-9._-]{1,253}")  # validation of Secret.data: alphanumeric characters, -, _ and .
_TEXT, _CODED = "stringData", "data"


def entries(text: str, reader: str = "") -> Sequence[tuple[str, Scalar | None]]:
    """The Secret's entries by their names, all else of the file in parentheses. Raises Broken for another document."""
    there = tree_entries(text)
    _check(there)
    found: list[tuple[str, Scalar | None]] = []
    for entry in there:
        if entry.shown is None:
            continue
        above, _, name = entry.key.partition(".")
        value = entry.shown.scalar
        if above == _CODED and name:
            found.append((name, _decoded(name, value)))
        else:
            found.append((name if above == _TEXT and name else f"({entry.key})", value))
    return found


def variables(text: str, reader: str = "") -> frozenset[str]:
    """None: Kubernetes takes entries as they are."""
    return frozenset()


def changed(text: str, changes: Mapping[str, Scalar | None], reader: str = "") -> str:
    """The text with these values. Raises Unwritable for what is in both mappings, or encrypted."""
    there = tree_entries(text)
    _check(there)
    keys = {entry.key for entry in there}
    if "sops" in keys:
        raise Unwritable("the Secret is encrypted with sops", fix="let reconciler write it before it is encrypted")
    new = _CODED if f"{_CODED}" in keys and _TEXT not in keys else _TEXT
    said: dict[str, Scalar | None] = {}
    for key, value in changes.items():
        if not _NAME.fullmatch(key):
            raise Unwritable(f"{key} is not a valid key of a Secret", fix="use letters, digits, -, _ and .")
        homes = [above for above in (_TEXT, _CODED) if f"{above}.{key}" in keys]
        if len(homes) > 1:
            raise defined_twice(key)
        if homes or value is not None:
            home = homes[0] if homes else new
            said[f"{home}.{key}"] = _written(value, coded=home == _CODED)
    return yaml.changed(text, said)


def _check(there: Sequence[Entry]) -> None:
    if not there:
        raise Unwritable("there is no Secret in the file", fix="create it first, with kind: Secret and its name")
    kind = next((entry.shown.scalar for entry in there if entry.key == "kind" and entry.shown), None)
    if kind != "Secret":
        raise Broken("it holds no Secret (kind: Secret)", fix="correct connection.path")


def _written(value: Scalar | None, *, coded: bool) -> Scalar | None:
    """As text: Kubernetes refuses a number there."""
    if value is None:
        return None
    text = as_text(value)
    if "\0" in text:
        raise Unwritable("a value holds a NUL character", fix="an environment variable cannot hold it")
    return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii") if coded else Quoted(text)


def _decoded(name: str, value: Scalar | None) -> Scalar | None:
    if value is None:
        return None
    try:
        return base64.b64decode("".join(as_text(value).split()), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        # not the text: it may be a secret
        raise Broken(
            f"data.{name} is not text in base64", fix="correct it by hand, or leave it out of this file"
        ) from None
