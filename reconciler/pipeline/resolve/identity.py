"""What an installation is called, whichever checkout its declaration is in."""

from __future__ import annotations

import os
from functools import lru_cache

from reconciler.model.source import Document
from reconciler.pipeline.resolve import flatten


def from_here(installation: str, document: Document) -> str:
    """A path that is written relative stays so, also one that leads out of the checkout: another one is about the same
    thing."""
    raw = document.data["connection"]
    paths = [path for key in flatten.PATH_KEYS if isinstance(path := raw.get(key), str) and not path.startswith("/")]
    for base in (document.base, _real(document.base)) if paths else ():
        if (found := _relative(installation, paths, base)) != installation:
            return found
    return installation


def _relative(installation: str, paths: list[str], base: str) -> str:
    for path in paths:
        if path.startswith(".."):
            installation = installation.replace(f":{flatten.absolute(path, base)}", f":{os.path.normpath(path)}", 1)
    return installation.replace(f":{base}/", ":", 1)


@lru_cache(maxsize=8)  # of the one folder where all paths start
def _real(base: str) -> str:
    """The name of a file on this host is the one behind links."""
    return os.path.realpath(base)
