"""Who opens secrets in a zone: how its worker logs in to each store, by its own settings. Contacts nobody."""

from __future__ import annotations

import os
from collections.abc import Mapping

from reconciler.model.landscape import StoreSpec
from reconciler.model.settings import Tree

_NAMED = {"approle": ("role_id",), "jwt": ("role",), "kubernetes": ("role",), "userpass": ("username",)}


def roles(stores: Mapping[str, StoreSpec], environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """By store: `approle mail-dmz`, `kubernetes reconciler`, `token`. What is kept as a secret is not told."""
    return {name: _role(spec.options.get("auth", {}), environ) for name, spec in stores.items()}


def _role(auth: Tree, environ: Mapping[str, str]) -> str:
    if not isinstance(auth, Mapping):
        return "token"
    method = str(auth.get("method", "token"))
    other = environ.get(str(auth.get("role_env", "")))  # as the login has it
    names = [other] if other else [auth.get(key) for key in _NAMED.get(method, ())]
    return " ".join([method, *(name for name in names if isinstance(name, str))])
