"""A zone as its worker starts with it: settings, keys, and what opens the worker's own references."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.engine.zone.keys import Keys
from reconciler.engine.zone.settings import WorkerSpec
from reconciler.model.ports import Opener
from reconciler.model.secret import SecretRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """`opener` opens what `own` names, and nothing that a message names."""

    spec: WorkerSpec
    keys: Keys
    opener: Opener = field(repr=False)

    @property
    def name(self) -> str:
        return self.spec.zone


def own(spec: WorkerSpec) -> frozenset[SecretRef]:
    """The references of the worker itself."""
    return frozenset(ref for ref in (spec.key, spec.login, spec.client_key) if ref is not None)
