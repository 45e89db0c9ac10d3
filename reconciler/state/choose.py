"""From the declaration of the state to the state itself."""

from __future__ import annotations

from pathlib import Path

from reconciler.errors import StateError
from reconciler.model.landscape import StateSpec
from reconciler.model.ports import State
from reconciler.model.secret import DEFAULT_STORE
from reconciler.secrets.stores import Secrets


def open_state(spec: StateSpec, secrets: Secrets) -> State:
    """Contacts nothing yet. Raises StateError for an unknown backend, or a store that cannot keep state."""
    match spec.backend:
        case "file":
            from reconciler.state.folder import FileState

            return FileState(Path(spec.path))
        case "vault":
            from reconciler.state.vault import VaultState, translated

            with translated():
                return VaultState(secrets.vault(spec.store or DEFAULT_STORE), spec.path)
    raise StateError(f"unknown state backend {spec.backend}", fix="state: {backend: file | vault, …}")
