"""The references to secrets in raw YAML, each with its path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.model.secret import SecretRef
from reconciler.model.source import Path
from reconciler.pipeline.resolve import flatten


def below(raw: Any, path: Path = ()) -> Iterator[tuple[Path, SecretRef]]:
    if isinstance(raw, dict):
        ref = flatten.secret_ref(raw)
        if ref is not None:
            yield path, ref
        else:
            for key, value in raw.items():
                yield from below(value, (*path, key))
