"""Users of a relay of the lab, and an opener that knows their one password."""

from __future__ import annotations

from reconciler.model.secret import SecretRef, SecretValue

REF = SecretRef(store="default", path="mail/submission", key="password")
USERS = {f"user{n}": "secret" for n in range(10)}


class Opened:
    """Opens every reference to the same value, and keeps which ones were asked for."""

    def __init__(self, value: str = "secret") -> None:
        self.value, self.asked = value, list[SecretRef]()

    def open(self, ref: SecretRef) -> SecretValue:
        self.asked.append(ref)
        return SecretValue(self.value)
