"""What decides where a credential goes, beside what the base has of it: values, and the content of files. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.secret import FILE_STORE, SecretRef
from reconciler.model.settings import Connection
from reconciler.model.source import Position
from reconciler.pipeline.review import values

# their content decides too
FILES = frozenset({"ca_file", "client_certificate", "identity_file", "known_hosts", "page_map_file", "token_file"})


class Files(Protocol):
    """The files of the change beside those of the base."""

    def moved(self, path: str) -> bool:
        """Whether the file that is read at `path` is another one in the base."""

    def led_astray(self, path: str) -> bool:
        """Whether the way to it is another one, whatever it holds."""

    def place(self, where: Position, name: str) -> Position:
        """Of a setting in the `connection` that is at `where`."""


def differs(head: Connection, base: Connection, files: Files) -> tuple[str, ...]:
    found = (*values.differing(head, base), *_other_files(head, files))
    return tuple(dict.fromkeys(found))


def _other_files(connection: Connection, files: Files) -> Iterator[str]:
    for name, value in values.leaves(connection):
        if isinstance(value, SecretRef) and value.store == FILE_STORE and files.led_astray(value.path):
            yield f"{name}: the path to {value.path} has changed"
        if not isinstance(value, str):
            continue
        decides = not FILES.isdisjoint(name.split("."))
        if (decides and files.moved(value)) or (value.startswith("/") and files.led_astray(value)):
            yield f"{name}: the file has changed"


def finding(address: str | None, what: str, where: Position | None) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        rule="trust-changed",
        holds=Holds.UNTIL_REVIEWED,
        address=address,
        what=f"not contacted: {what}",
        why="it decides where a credential goes, and has not been reviewed yet",
        fix="review and merge it; the plan after the merge reads the platform",
        where=where,
    )
