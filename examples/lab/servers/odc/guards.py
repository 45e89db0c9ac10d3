"""What stands before the data: calls per minute, passing failures on demand, tokens that end."""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["html503", "html500", "json500", "429", "dropped", "truncated", "not json"]
VENDORS = {"asset-configurations": 100, "portfolios": 100, "deployments": 100, "environment-configurations": 10}
POSTS = {"deployments": 10}


class Limits:
    """So many calls of an API in a window; None: no limit."""

    def __init__(self, calls: dict[str, int] | None, seconds: float) -> None:
        self.calls, self.seconds = calls, seconds
        self._times: dict[str, deque[float]] = {}
        self._lock = threading.Lock()
        self.refused = 0

    def allows(self, verb: str, api: str) -> bool:
        if self.calls is None:
            return True
        wanted = [(api, self.calls.get(api))]
        wanted += [(f"POST {api}", POSTS[api])] if verb == "POST" and api in POSTS else []
        with self._lock:
            good = all(limit is None or self._room(name, limit) for name, limit in wanted)
            self.refused += not good
            return good

    def _room(self, name: str, limit: int) -> bool:
        times, now = self._times.setdefault(name, deque()), time.monotonic()
        while times and times[0] <= now - self.seconds:
            times.popleft()
        if len(times) >= limit:
            return False
        times.append(now)
        return True


@dataclass
class Failures:
    """`share` of all calls fails in a way that passes; `queue` are failures on demand: what, and in which path."""

    share: float = 0.0
    queue: list[tuple[Kind, str]] = field(default_factory=list)
    _random: random.Random = field(default_factory=lambda: random.Random(7))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next_for(self, path: str) -> Kind | None:
        with self._lock:
            for one in self.queue:
                if one[1] in path:
                    self.queue.remove(one)
                    return one[0]
            if self._random.random() < self.share:
                return self._random.choice(("html503", "429", "dropped"))
        return None


class Tokens:
    """Access tokens of one API client."""

    def __init__(self, client_id: str, secret: str, expires_in: int) -> None:
        self.client_id, self.secret, self.expires_in = client_id, secret, expires_in
        self.issued = 0
        self._alive: set[str] = set()
        self._lock = threading.Lock()

    def grant(self, form: dict[str, str]) -> dict[str, object] | None:
        """The answer; None for another client, or another grant."""
        asked = (form.get("grant_type"), form.get("client_id"), form.get("client_secret"))
        if asked != ("client_credentials", self.client_id, self.secret):
            return None
        token = secrets.token_urlsafe(24)
        with self._lock:
            self.issued += 1
            self._alive.add(token)
        return {"access_token": token, "expires_in": self.expires_in, "token_type": "Bearer"}

    def knows(self, header: str | None) -> bool:
        with self._lock:
            return (header or "").removeprefix("Bearer ") in self._alive

    def revoke(self) -> None:
        with self._lock:
            self._alive.clear()
