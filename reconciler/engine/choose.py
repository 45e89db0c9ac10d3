"""Which engine carries out the units of work of a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.engine.local import Local
from reconciler.errors import EngineError
from reconciler.model.landscape import EngineSpec, Landscape
from reconciler.model.ports import Engine
from reconciler.secrets.stores import Secrets

if TYPE_CHECKING:
    from reconciler.engine.remote.coordinator import Remote


@contextmanager
def engine(land: Landscape, secrets: Secrets, *, writes: bool = False) -> Iterator[Engine]:
    """The one that is built in; beside it, where reconciler.yaml has one, that of the zones, once a unit is in one.

    `writes`: the run may prove and write, and signs with the key for that.
    """
    here = Local(secrets)
    if (spec := land.engine) is None:
        yield here
        return
    from reconciler.engine.zoned import Zoned

    with Zoned(here, lambda: _celery(spec, secrets, writes=writes)) as both:
        yield both


def _celery(spec: EngineSpec, secrets: Secrets, *, writes: bool) -> Remote:
    """Raises EngineError where Celery is not installed, or a key is none; SecretError."""
    try:
        from reconciler.engine.celery.coordinator import coordinator
    except ModuleNotFoundError as error:
        why, fix = f"{error.name} is not installed", "pip install 'mail-reconciler[celery]'"
        raise EngineError("engine: zones are reached by Celery", why=why, fix=fix) from None
    return coordinator(spec, secrets, writes=writes)
