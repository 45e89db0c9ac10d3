"""Which engine carries out the units of work of a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from reconciler.engine.local import Local
from reconciler.model.landscape import Landscape
from reconciler.model.ports import Engine
from reconciler.secrets.stores import Secrets


@contextmanager
def engine(land: Landscape, secrets: Secrets) -> Iterator[Engine]:
    """The one that is built in, where nothing is in a zone."""
    yield Local(secrets)
