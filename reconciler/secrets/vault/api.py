"""Requests to Vault: logged in when first needed, reads repeated within a deadline, errors in our words."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from reconciler.errors import ReconcilerError
from reconciler.secrets.vault import errors as vault_errors
from reconciler.secrets.vault.client import CONNECT_TIMEOUT, client
from reconciler.secrets.vault.errors import Request
from reconciler.secrets.vault.login import Login, Surroundings, login
from reconciler.secrets.vault.options import VaultOptions

if TYPE_CHECKING:
    import hvac

FIRST_PAUSE = 0.3  # seconds, doubled each time
READS = frozenset({"get", "list"})

log = logging.getLogger(__name__)


class Found(Enum):
    YES = auto()
    NO = auto()  # 404, and the mount is there
    DENIED = auto()  # only when the caller can live with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    found: Found
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    hints: tuple[str, ...] = ()


class VaultApi:
    """Thread-safe. `close` revokes the token if we got it by logging in."""

    def __init__(self, options: VaultOptions, around: Surroundings) -> None:
        self.options = options
        self._around = around
        self._lock = threading.Lock()
        self._client: hvac.Client = client(options)
        self._login: Login | ReconcilerError | None = None

    def ask(
        self,
        method: str,
        path: str,
        *,
        may_be_denied: bool = False,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> Answer:
        """One request below /v1. Raises everything but a missing path, and a denied one if the caller says so.

        All of them are SecretErrors; VaultUnreachable, VaultSealed and VaultBusy say that Vault could not answer.
        """
        from hvac import exceptions as hvac

        request = Request(store=self.options.store, address=self.options.address, method=method, path=path)
        self._log_in()
        try:
            return self._answer(request, {"params": params, "json": body})
        except hvac.InvalidPath as error:
            if (problem := vault_errors.mount_missing(error, request, self.options.mount)) is not None:
                raise problem from error
            return _missing(error)
        except hvac.Forbidden as error:
            if may_be_denied:
                return Answer(found=Found.DENIED)
            raise vault_errors.translated(error, request, self._token_alive) from error
        except vault_errors.library_errors() as error:
            raise vault_errors.translated(error, request, self._token_alive) from error

    def close(self) -> None:
        with self._lock:
            if isinstance(self._login, Login) and self._login.ours:
                self._revoke()
            self._login = None
            self._client.adapter.close()

    def _answer(self, request: Request, content: dict[str, Any]) -> Answer:
        sent = {key: value for key, value in content.items() if value is not None}
        if request.method not in READS:
            return self._once(request, sent)
        deadline, pause = time.monotonic() + self.options.timeout, FIRST_PAUSE
        while True:
            left = max(deadline - time.monotonic(), 0.1)
            try:
                return self._once(request, {**sent, "timeout": (min(CONNECT_TIMEOUT, left), left)})
            except vault_errors.library_errors() as error:
                if not vault_errors.is_transient(error) or time.monotonic() + pause >= deadline:
                    raise
            time.sleep(pause)
            pause *= 2

    def _once(self, request: Request, sent: Mapping[str, Any]) -> Answer:
        from urllib.parse import quote

        found = self._client.adapter.request(request.method, f"/v1/{quote(request.path)}", **sent)
        if isinstance(found, dict):
            return Answer(found=Found.YES, data=found.get("data") or {})
        if found.is_redirect:
            raise vault_errors.redirected(request, found.headers.get("Location", ""))
        if found.status_code == 204:
            return Answer(found=Found.YES)
        raise vault_errors.not_vault(request)

    def _log_in(self) -> None:
        """Once for all threads; a refusal is kept as well, so that 32 threads do not lock an account."""
        with self._lock:
            if self._login is None:
                try:
                    self._login = login(self._client, self.options, self._around)
                except ReconcilerError as error:
                    self._login = error
            if isinstance(self._login, ReconcilerError):
                raise self._login
            self._client.token = self._login.token.reveal()

    def _token_alive(self) -> bool:
        """403 means "not this path" and "not this token" alike; only a look at the token itself tells."""
        from hvac.exceptions import Forbidden

        try:
            self._client.auth.token.lookup_self()
        except Forbidden:
            return False
        except Exception as error:  # noqa: BLE001  # the first error is the one to tell
            log.debug("the token could not be looked up: %s", type(error).__name__)
        return True

    def _revoke(self) -> None:
        try:
            self._client.auth.token.revoke_self()
        except Exception as error:  # noqa: BLE001  # it expires by itself; the run is done
            log.warning("the Vault token could not be revoked: %s", type(error).__name__)


def _missing(error: Any) -> Answer:
    """Vault tells in a 404 what it knows: when a version was deleted, or that the path form is wrong."""
    body = error.json if isinstance(error.json, dict) else {}
    return Answer(found=Found.NO, data=body.get("data") or {}, hints=tuple(body.get("warnings") or ()))
