"""A clock that nobody waits for, a Vault whose answers get lost, and messages that want to be carried out."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lab.servers.vault import VaultServer

from reconciler.engine.claims.claims import Claims
from reconciler.engine.claims.mine import Mine
from reconciler.engine.claims.taking import Taken
from reconciler.errors import VaultUnreachable
from reconciler.model.landscape import StoreSpec
from reconciler.model.secret import SecretVersion
from reconciler.secrets.stores import Secrets
from reconciler.secrets.vault.store import VaultStore

HERE = "dmz!odoo:http://127.0.0.1:18071/dmz"
Worker = Callable[..., Claims]


class Clock:
    """`then` is what happens while somebody sleeps."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now, self.slept = now, 0.0
        self.then: Callable[[], object] = lambda: None

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds
        self.then()


class Losing(VaultStore):
    """Writes arrive; the answers to the next `lost` of them do not."""

    lost = 0

    def write_timed(self, path: str, data: Mapping[str, Any], *, cas: int | None) -> SecretVersion:
        written = super().write_timed(path, data, cas=cas)
        if self.lost:
            self.lost -= 1
            raise VaultUnreachable("the answer did not arrive")
        return written


@contextlib.contextmanager
def opened(vault: VaultServer, base: Path) -> Iterator[VaultStore]:
    spec = StoreSpec(name="default", type="vault", options={"address": vault.address, "timeout": 5})
    with Secrets({"default": spec}, base=base, environ={"VAULT_TOKEN": vault.root_token}) as secrets:
        yield secrets.vault("default")


def jti(number: int) -> str:
    return f"{number:032x}"


def take(claims: Claims, number: int = 1, *, run: str = "run-1", fence: int = 7, seq: int = 1, **more: Any) -> Taken:
    return claims.take(HERE, run, fence, seq, jti(number), **more)


def mine(claims: Claims, number: int = 1, **more: Any) -> Mine:
    taken = take(claims, number, **more)
    assert isinstance(taken, Mine)
    return taken
