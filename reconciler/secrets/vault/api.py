"""Requests to Vault: logged in when first needed, reads repeated within a deadline, errors in our words."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.errors import ReconcilerError
from reconciler.secrets.vault import answer as answers
from reconciler.secrets.vault import errors as vault_errors
from reconciler.secrets.vault.answer import Answer, Found
from reconciler.secrets.vault.client import client
from reconciler.secrets.vault.errors import Request
from reconciler.secrets.vault.login import Login, Surroundings, login
from reconciler.secrets.vault.options import VaultOptions
from reconciler.secrets.vault.patience import patiently

if TYPE_CHECKING:
    import hvac

# standby, recovering, not initialised, sealed: it says so itself
HEALTH = frozenset({429, 472, 473, 501, 503})

log = logging.getLogger(__name__)


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

        All of them are SecretErrors; VaultUnreachable, VaultSealed and VaultBusy say that Vault could not answer, and
        VaultAnswer that something else did.
        """
        from hvac import exceptions as hvac

        request = Request(store=self.options.store, address=self.options.address, method=method, path=path)
        self._log_in()
        try:
            return answers.whole(request, self._asked(request, {"params": params, "json": body}))
        except hvac.InvalidPath as error:
            if (problem := vault_errors.mount_missing(error, request, self.options.mount)) is not None:
                raise problem from error
            found = answers.whole(request, error.json if isinstance(error.json, dict) else {})
            # Vault tells in a 404 what it knows: when a version was deleted, or that the path form is wrong
            return replace(found, found=Found.NO)
        except hvac.Forbidden as error:
            if may_be_denied:
                return Answer(request=request, found=Found.DENIED)
            raise self._denied(error, request) from error
        except vault_errors.library_errors() as error:
            raise vault_errors.translated(error, request, self._token_alive) from error

    def login(self) -> Login:
        """Raises VaultLogin, SecretMissing, SecretError."""
        self._log_in()
        assert isinstance(self._login, Login)  # noqa: S101  # else it was raised
        return self._login

    def health(self) -> Mapping[str, Any]:
        """Version and condition: of the whole server, and without a token. Raises SecretError."""
        request = Request(store=self.options.store, address=self.options.address, method="get", path="sys/health")
        asking = client(replace(self.options, namespace=None))  # it is in no namespace
        try:
            return answers.asked(asking, request, {}, accept=HEALTH)
        except vault_errors.library_errors() as error:
            raise vault_errors.translated(error, request, self._token_alive) from error
        finally:
            asking.adapter.close()

    def close(self) -> None:
        with self._lock:
            if isinstance(self._login, Login) and self._login.revocable:
                self._revoke()
            self._login = None
            self._client.adapter.close()

    def _asked(self, request: Request, content: dict[str, Any]) -> Mapping[str, Any]:
        sent = {key: value for key, value in content.items() if value is not None}

        def once(timeout: tuple[float, float]) -> Mapping[str, Any]:
            return answers.asked(self._client, request, {**sent, "timeout": timeout})

        return patiently(once, self.options.timeout, reads=request.reads)

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

    def _denied(self, error: Exception, request: Request) -> ReconcilerError:
        login = self._login
        if isinstance(login, Login) and login.uses and not self._token_alive():
            return vault_errors.used_up(request, login.uses)
        return vault_errors.translated(error, request, self._token_alive)

    def _token_alive(self) -> bool:
        """403 means "not this path" and "not this token" alike; only a look at the token itself tells."""
        from hvac.exceptions import Forbidden

        request = Request(
            store=self.options.store, address=self.options.address, method="get", path="auth/token/lookup-self"
        )
        try:
            answers.asked(self._client, request, {})
        except Forbidden:
            return False
        except Exception as error:  # noqa: BLE001  # the first error is the one to tell
            log.debug("the token could not be looked up: %s", type(error).__name__)
        return True

    def _revoke(self) -> None:
        request = Request(
            store=self.options.store, address=self.options.address, method="post", path="auth/token/revoke-self"
        )
        try:
            answers.asked(self._client, request, {})
        except Exception as error:  # noqa: BLE001  # it expires by itself; the run is done
            log.warning("the Vault token could not be revoked: %s", type(error).__name__)
