"""What a worker keeps of those who ask while they go on: opened stores, and which of them somebody has stopped."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from reconciler.engine.envelope.message import Role
from reconciler.errors import SecretError
from reconciler.secrets.stores import Secrets

IDLE = 900.0  # seconds that stores stay open for who asked: what was planned is what is opened, also after a soak
STOPPED = 3600.0  # seconds that a stop is remembered: no message lives longer
ASKED = 60.0  # seconds between two looks at how long a login still holds
LEAST = 300.0  # seconds that it is to hold
ENDING = 30.0  # seconds: a login that ends sooner, and cannot be renewed, is made anew for what comes next
_Run = tuple[str, str, Role]


@dataclass(slots=True, eq=False)
class _Open:
    secrets: Secrets
    users: int = 0
    used: float = 0.0
    asked: float = 0.0
    left: bool = False  # nothing more is begun with it


class Runs:
    """Thread-safe. `stores` opens those of the zone; `claims` is the one whose login is looked after, None for none;
    `clock` is in seconds.

    Whoever asks has one set of them, so that a secret that is rotated does not change in the middle of a command. What
    people call a run does not tell it from others: a job that is run again has the same name.
    """

    def __init__(
        self, stores: Callable[[], Secrets], claims: str | None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stores, self._claims, self._clock = stores, claims, clock
        self._lock = threading.Lock()
        self._open: dict[str, _Open] = {}
        self._stopped: dict[_Run, float] = {}

    @contextmanager
    def secrets(self, asking: str) -> Iterator[Secrets]:
        """Those of who is `asking`, while one message is carried out."""
        one = self._taken(asking)
        try:
            self._looked_after(one)
            yield one.secrets
        finally:
            self._given_back(one)

    def stop(self, asking: str, run: str, role: Role) -> None:
        """Its messages that have this role: a key that may only read stops nothing that writes."""
        now = self._clock()
        with self._lock:
            recent = {one: at for one, at in self._stopped.items() if now - at < STOPPED}
            self._stopped = {**recent, (asking, run, role): now}

    def stopped(self, asking: str, run: str, role: Role) -> bool:
        return (asking, run, role) in self._stopped

    def close(self) -> None:
        with self._lock:
            every, self._open = list(self._open.values()), {}
        for one in every:
            one.secrets.close()

    def _taken(self, asking: str) -> _Open:
        now = self._clock()
        with self._lock:
            old = {name: one for name, one in self._open.items() if not one.users and now - one.used > IDLE}
            for name in old:
                del self._open[name]
            found = self._open.get(asking)
            if found is None or found.left:
                found = self._open[asking] = _Open(self._stores(), asked=now)
            found.users += 1
        for one in old.values():
            one.secrets.close()
        return found

    def _given_back(self, one: _Open) -> None:
        with self._lock:
            one.users, one.used = one.users - 1, self._clock()
            over = one.left and not one.users
        if over:
            one.secrets.close()

    def _looked_after(self, one: _Open) -> None:
        """A login that is about to end is renewed; where that cannot be, the next message gets a new one."""
        now = self._clock()
        with self._lock:
            if self._claims is None or now - one.asked < ASKED:
                return
            one.asked = now
        try:
            seconds = one.secrets.vault(self._claims).token_left(LEAST)
        except SecretError:
            seconds = 0.0  # told where it is needed
        one.left = not math.isinf(seconds) and seconds < ENDING
