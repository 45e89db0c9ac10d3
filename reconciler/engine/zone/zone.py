"""A zone as its worker starts with it: settings and keys."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.engine.zone.keys import Keys
from reconciler.engine.zone.settings import WorkerSpec
from reconciler.model.secret import SecretRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    spec: WorkerSpec
    keys: Keys

    @property
    def name(self) -> str:
        return self.spec.zone


def own(spec: WorkerSpec) -> frozenset[SecretRef]:
    """The references of the worker itself: what starts with them opens nothing that a message names."""
    return frozenset(ref for ref in (spec.key, spec.login, spec.client_key) if ref is not None)
