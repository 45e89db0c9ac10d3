"""What was read from a YAML file, with the place of every key and value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Position:
    """A place in a file; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class DocumentKind(StrEnum):
    RECONCILER = "reconciler"  # environments/reconciler.yaml
    ENVIRONMENT = "environment"  # environments/<environment>/environment.yaml
    TARGET = "target"  # environments/<environment>/<target>.yaml
    PAGE_MAP = "page-map"  # what a target's connection.page_map names
    WORKER = "worker"  # of a zone's worker: no part of any landscape


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One YAML file.

    `data` is raw: `Any` ends in `pipeline.resolve`. `places` maps a path in `data` to (line, column) of its key and of
    its value, four numbers counted from 1; a list element has its own place as key and value. The root is `()`. `base`
    is where relative paths in it start, absolute once the document is resolved.
    """

    kind: DocumentKind
    file: str
    environment: str | None
    name: str | None
    data: Any
    places: Mapping[Path, tuple[int, int, int, int]]
    base: str = "."

    def value_at(self, *path: str | int) -> Position:
        """The place of a value, or of the nearest parent that is there."""
        _, _, line, column = self._nearest(path)
        return Position(file=self.file, line=line, column=column)

    def key_at(self, *path: str | int) -> Position:
        """The place of a key, or of the nearest parent that is there."""
        line, column, _, _ = self._nearest(path)
        return Position(file=self.file, line=line, column=column)

    def _nearest(self, path: Path) -> tuple[int, int, int, int]:
        for end in range(len(path), -1, -1):
            if place := self.places.get(path[:end]):
                return place
        return (1, 1, 1, 1)
