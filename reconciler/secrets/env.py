"""`{env: NAME}`: secrets in environment variables, for local work and CI variables."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.errors import SecretMissing
from reconciler.model.secret import SecretRef, SecretValue


def opened(ref: SecretRef, environ: Mapping[str, str]) -> SecretValue:
    """Raises SecretMissing for a variable that is not set, or empty."""
    value = environ.get(ref.path)
    if not value:
        state = "is not set" if value is None else "is empty"
        raise SecretMissing(f"environment variable {ref.path} {state}", fix=f"export {ref.path}=… before the run")
    return SecretValue(value)
