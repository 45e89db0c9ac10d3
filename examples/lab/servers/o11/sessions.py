"""Who is logged in, and who is locked out. A browser has a visitor's cookie before it logs in, and keeps it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

COOKIE = "osVisitor"
ATTEMPTS = 3  # wrong passwords until the account is locked


@dataclass(slots=True)
class Sessions:
    user: str
    secret: str
    second_step: bool = False  # the password alone opens nothing
    failed: int = 0
    logins: int = 0  # attempts, good and bad
    _inside: set[str] = field(default_factory=set)

    def visitor(self) -> str:
        return secrets.token_hex(16)

    def inside(self, session: str) -> bool:
        return session in self._inside

    def end(self, session: str) -> None:
        self._inside.discard(session)

    def end_all(self) -> None:
        self._inside.clear()

    def refused(self, session: str, user: str, secret: str) -> str | None:
        """The words of the refusal; None: logged in, or on to the second step."""
        self.logins += 1
        if self.failed >= ATTEMPTS:
            return "This account is locked."
        if (user, secret) != (self.user, self.secret) or not session:
            self.failed += 1
            return "Invalid username or password."
        self.failed = 0
        if not self.second_step:
            self._inside.add(session)
        return None
