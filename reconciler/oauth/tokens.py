"""Access tokens, one per client and credential in a run. Nothing is written anywhere."""

from __future__ import annotations

import copy
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reconciler.errors import ReconcilerError, TokenBusy, TokenRefused
from reconciler.model.handshake import OAuth2
from reconciler.model.ports import Opener
from reconciler.oauth import claims, clouds
from reconciler.oauth.grant import Grant, Limits, Method, Token
from reconciler.secrets.redact import Redactor

__all__ = ["Limits", "Method", "Token", "Tokens"]

SPARE = 300.0  # seconds: a token that ends sooner is fetched anew
REMEMBERED = 30.0  # seconds: so long a failure that may pass stands for all who ask
_LIMITS = Limits()


class Tokens:
    """Fetches tokens; thread-safe. Equal questions share one answer, a refusal too, until it is about to expire.

    CA and proxy of a token server are what the question says, never the environment. `environ` and files tell who this
    run is (`federated`). Tokens are added to `redactor`. `clock` gives seconds since 1970 (UTC).
    """

    def __init__(
        self,
        secrets: Opener,
        *,
        environ: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.time,
        limits: Limits = _LIMITS,
        redactor: Redactor | None = None,
    ) -> None:
        self._secrets, self._limits = secrets, limits
        self._environ, self._clock, self._redactor = environ, clock, redactor
        self._lock = threading.Lock()
        self._slots: dict[tuple[OAuth2, Method], _Slot] = {}

    def token(self, oauth2: OAuth2, *, method: Method = Method.AUTO) -> Token:
        """Raises a TokenError or SecretError that says what to do. `method` is for provider client_credentials.

        The credential's reference belongs to the question, and the way to the server too: a token that one secret
        fetched proves no other secret, and a way that leads nowhere is told whatever came by another.
        """
        question = clouds.complete(oauth2) if oauth2.provider == "entra" else oauth2
        with self._lock:
            slot = self._slots.setdefault((question, method), _Slot())
        with slot.lock:
            if slot.found is None or slot.until <= self._clock():
                self._fill(slot, question, method)
            found = slot.found
        if isinstance(found, Token):
            return found
        raise copy.copy(found) if found else AssertionError("a filled slot is empty")

    def _fill(self, slot: _Slot, question: OAuth2, method: Method) -> None:
        try:
            grant = self._fetched(question, method)
        except ReconcilerError as error:
            # a copy, because the original holds on to the request, and that to the secret
            slot.found, slot.until = copy.copy(error), self._clock() + _stands(error)
            return
        if self._redactor is not None:
            self._redactor.add(grant.value)
        slot.found = Token(value=grant.value, claims=claims.decoded(grant.value))
        slot.until = self._clock() + max(grant.expires_in - SPARE, grant.expires_in / 2)

    def _fetched(self, question: OAuth2, method: Method) -> Grant:
        from reconciler.oauth import client_credentials, entra
        from reconciler.oauth.web import Web

        with Web(ca_file=question.ca_file, proxy=question.proxy, limits=self._limits) as web:
            if question.provider == "entra":
                return entra.fetch(question, self._secrets, web, environ=self._environ, now=self._clock())
            if question.provider == "client_credentials":
                return client_credentials.fetch(question, self._secrets, web, method=method)
        raise TokenRefused(f"unknown oauth2.provider: {question.provider}", fix="entra or client_credentials")


@dataclass(slots=True)
class _Slot:
    lock: threading.Lock = field(default_factory=threading.Lock)
    found: Token | ReconcilerError | None = None
    until: float = 0.0  # seconds since 1970 (UTC), of the clock


def _stands(error: ReconcilerError) -> float:
    """Seconds that a failure stands for all who ask the same."""
    if isinstance(error, TokenRefused):
        return float("inf")
    return max(REMEMBERED, error.retry_after or 0) if isinstance(error, TokenBusy) else REMEMBERED
