"""What the stages of a run work with: who opens secrets and keeps state here, and who carries out the units of work."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from reconciler.model.ports import Engine
    from reconciler.secrets.stores import Secrets


class Means(NamedTuple):
    """`secrets` are the stores of our own network; a reference of another zone is opened there, by its worker."""

    secrets: Secrets
    engine: Engine
