"""What the stages of a run work with: who opens secrets and keeps state here, and who carries out the units of work."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconciler.errors import SecretError
from reconciler.model.finding import Finding

if TYPE_CHECKING:
    from reconciler.model.ports import Engine
    from reconciler.model.secret import SecretRef, SecretVersion
    from reconciler.secrets.stores import Secrets


class Means(NamedTuple):
    """`secrets` are the stores of our own network; a reference of another zone is opened there, by its worker."""

    secrets: Secrets
    engine: Engine

    def version(self, ref: SecretRef) -> SecretVersion:
        """Asked where the reference is opened: it is a Versions (model/ports.py), for one at a time.

        Raises SecretError.
        """
        if ref.zone is None:
            return self.secrets.version(ref)
        found = self.engine.versions([ref])[ref]
        if isinstance(found, Finding):
            raise SecretError(found.what, why=found.why, fix=found.fix)
        return found
