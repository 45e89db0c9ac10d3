"""Changes of a text, and the proof that they say what was meant and touch nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import TypeAlias, cast

from reconciler.drivers.textfile.format import Format, TextProblem, Unwritable
from reconciler.drivers.textfile.readers import READERS
from reconciler.model.text.scalar import Scalar, as_text
from reconciler.model.text.yaml_scalar import Quoted

Entries: TypeAlias = "Sequence[tuple[str, Scalar | None]]"


# a key, and a text that can take it; an empty one for most
TRIALS = {
    "dotenv": ("KEY", ""),
    "php": ("KEY", "<?php\n"),
    "compose": ("services.app.environment.KEY", "services: {app: {image: app}}\n"),
    "kubernetes-secret": ("KEY", "kind: Secret\n"),
}


@cache  # the import system takes a lock each time, and a run asks a thousand times
def format_of(name: str) -> Format:
    return cast(Format, import_module(f"reconciler.drivers.textfile.{name.replace('-', '_')}"))


def changed(name: str, reader: str, text: str, changes: Mapping[str, Scalar | None]) -> str:
    """The text after these changes; raises TextProblem where they cannot be made, or would not be read as they are."""
    replaces = READERS[reader].replaced(name)
    for key, value in changes.items():
        if isinstance(value, Quoted) and not READERS[reader].is_text(value):
            what = f"{reader} takes this value for a number, a switch or nothing, and not for a text"
            raise Unwritable(what, fix="choose another value", key=key)
        if replaces and isinstance(value, str) and (found := replaces.search(value)):
            sign = found.group()[:2]
            what = f"the value holds {sign}…, and {reader} would replace it"
            raise Unwritable(what, fix="choose another value", key=key)
    return format_of(name).changed(text, changes, reader)


def parsed(name: str, reader: str, text: str, changes: Mapping[str, Scalar | None]) -> Entries:
    """The entries after these changes; raises TextProblem where they cannot be made."""
    new = changed(name, reader, text, changes)
    try:
        return format_of(name).entries(new, reader)
    except TextProblem:
        return ()


def entangled(changes: Mapping[str, Scalar | None]) -> TextProblem:
    return Unwritable(
        f"{', '.join(sorted(changes))} cannot be changed here without touching something else",
        fix="set these keys by hand once, each on its own line",
    )


def right(before: Entries, after: Entries, changes: Mapping[str, Scalar | None]) -> bool:
    """Whether the new text says what was meant, and of all other keys what the old one said."""
    found = dict(after)
    meant = all(_means(found.get(key), value) for key, value in changes.items())
    return meant and _untouched(before, changes) == _untouched(after, changes)


def _means(found: Scalar | None, value: Scalar | None) -> bool:
    if found is None or value is None:
        return found is value
    # a number that was quoted stays quoted
    return (type(found) is type(value) and found == value) or found == as_text(value)


def _untouched(entries: Entries, changes: Mapping[str, Scalar | None]) -> list[tuple[str, str]]:
    """All other keys. The mappings above a changed key may come and go as `null`."""
    above = {key.rpartition(".")[0] for key in changes}
    while deeper := {key.rpartition(".")[0] for key in above} - above:
        above |= deeper
    return [(key, repr(value)) for key, value in entries if key not in changes and not (key in above and value is None)]
