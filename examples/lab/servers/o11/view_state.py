"""The state that a page carries: good is the one given out last for a page of a session, older ones are stale."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field

from lab.servers.o11.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the page of that state shows, not saved."""

    settings: Settings
    touched: bool = False  # somebody chose an authentication


@dataclass(slots=True)
class ViewStates:
    _last: dict[tuple[str, str], tuple[str, View]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def issued(self, session: str, page: str, view: View) -> str:
        token = secrets.token_urlsafe(48)
        with self._lock:
            self._last[session, page] = token, view
        return token

    def view(self, session: str, page: str, token: str) -> View | None:
        """None: stale, of another page or session, or made up."""
        with self._lock:
            known, view = self._last.get((session, page), ("", None))
        return view if view is not None and secrets.compare_digest(known, token) else None
