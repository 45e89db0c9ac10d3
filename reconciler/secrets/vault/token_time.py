"""How long our token still lives, and more time for it where it can be renewed."""

from __future__ import annotations

import math

from reconciler.errors import SecretError
from reconciler.secrets.vault.answer import Found
from reconciler.secrets.vault.api import VaultApi


def ensured(api: VaultApi, least: float) -> float:
    """Seconds that the token lives, renewed when it is less than `least`; infinite where it does not end, or where
    Vault does not tell. Raises SecretError when Vault cannot be asked."""
    left, renewable = _left(api)
    if left >= least or not renewable:
        return left
    try:
        api.ask("post", "auth/token/renew-self", body={"increment": f"{least:.0f}s"}, may_be_denied=True)
    except SecretError:  # what is left says whether that matters
        return left
    return _left(api)[0]


def _left(api: VaultApi) -> tuple[float, bool]:
    answer = api.ask("get", "auth/token/lookup-self", may_be_denied=True)
    seconds = answer.data.get("ttl")
    if answer.found is not Found.YES or not isinstance(seconds, int) or seconds == 0:
        return math.inf, False
    return float(seconds), answer.data.get("renewable") is True
