"""All secret stores of a run behind one door, which knows who may open what."""

from __future__ import annotations

import os
import pathlib
import threading
from collections.abc import Collection, Mapping
from types import TracebackType
from typing import TYPE_CHECKING

from reconciler.errors import SecretError, SecretRefused
from reconciler.model.secret import ENV_STORE, FILE_STORE, SecretRef, SecretValue, SecretVersion
from reconciler.secrets import env, file
from reconciler.secrets.redact import Redactor

if TYPE_CHECKING:
    from reconciler.model.landscape import StoreSpec
    from reconciler.model.ports import Opener
    from reconciler.secrets.vault.cache import VaultCache
    from reconciler.secrets.vault.store import VaultStore


class Secrets:
    """One per run and thread-safe; implements Versions. `close` gives back the tokens that we logged in for.

    `base` is the folder that {file: …} starts from, `environ` what {env: …} and logins look into; every opened value is
    added to `redactor`. References of another zone than `zone`, None for our own network, are refused; in a zone also
    {env: …} and {file: …}, which a message could ask for: only logins to its own stores use them.
    """

    def __init__(
        self,
        stores: Mapping[str, StoreSpec],
        *,
        base: pathlib.Path,
        redactor: Redactor | None = None,
        environ: Mapping[str, str] = os.environ,
        zone: str | None = None,
    ) -> None:
        self.zone = zone
        self._stores, self._base, self._redactor, self._environ = stores, base, redactor, environ
        self._zone = zone
        self._lock = threading.Lock()
        self._vaults: dict[str, VaultCache] = {}

    def version(self, ref: SecretRef) -> SecretVersion:
        """Which value a reference means, from metadata. Raises SecretError."""
        self._check(ref)
        if ref.store == FILE_STORE and ref.version is None:
            return SecretVersion(number=None, created_time=file.changed(ref, self._base))
        if ref.store in (ENV_STORE, FILE_STORE):
            return SecretVersion(number=ref.version)
        return self._vault(ref.store).version(ref)

    def opener(self, allowed: Collection[SecretRef] | None) -> Opener:
        """Opens these references only, or every one with None."""
        return _Opener(self, None if allowed is None else frozenset(allowed))

    def vault(self, name: str) -> VaultStore:
        """The store itself, for documents that are not secret.

        Raises SecretError for a store that is not declared, or not a Vault.
        """
        return self._vault(name).store

    def close(self) -> None:
        with self._lock:
            vaults, self._vaults = list(self._vaults.values()), {}
        for vault in vaults:
            vault.store.close()

    def __enter__(self) -> Secrets:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def _check(self, ref: SecretRef) -> None:
        """Raises SecretRefused for what only another network may open."""
        if ref.zone != self._zone:
            raise _of_another_zone(ref, self._zone)
        if self._zone is not None and ref.store in (ENV_STORE, FILE_STORE):
            raise SecretRefused(
                f"{ref} was refused in zone {self._zone}",
                why="a worker opens secrets from its own stores only; a message could name any variable or file of it",
                fix="keep it in a secret store of the zone: {vault: PATH#FIELD}",
            )

    def _opened(self, ref: SecretRef) -> SecretValue:
        self._check(ref)
        value = self._local(ref) if ref.store in (ENV_STORE, FILE_STORE) else self._vault(ref.store).opened(ref)
        if self._redactor is not None:
            self._redactor.add(value)
        return value

    def _local(self, ref: SecretRef) -> SecretValue:
        """{env} and {file}: also all that a login to a store may use."""
        if ref.store == ENV_STORE:
            return env.opened(ref, self._environ)
        if ref.store == FILE_STORE:
            return file.opened(ref, self._base)
        why, fix = "a store is opened before Vault can be asked", "use {env: NAME} or {file: path}"
        raise SecretError(f"{ref} cannot log in to a store", why=why, fix=fix)

    def _login_secret(self, ref: SecretRef) -> SecretValue:
        value = self._local(ref)
        if self._redactor is not None:
            self._redactor.add(value)
        return value

    def _vault(self, name: str) -> VaultCache:
        if (spec := self._stores.get(name)) is None:
            raise _unknown(name, self._stores)
        if spec.type != "vault":
            fix = "type: vault"
            raise SecretError(f"secret store {name}: unknown type {spec.type}", fix=fix, where=spec.position)
        with self._lock:
            if name not in self._vaults:
                self._vaults[name] = self._connected(spec)
            return self._vaults[name]

    def _connected(self, spec: StoreSpec) -> VaultCache:
        from reconciler.secrets.vault import options as vault_options
        from reconciler.secrets.vault.api import VaultApi
        from reconciler.secrets.vault.cache import VaultCache
        from reconciler.secrets.vault.login import Surroundings
        from reconciler.secrets.vault.store import VaultStore

        options = vault_options.from_spec(spec, self._environ)
        around = Surroundings(environ=self._environ, opened=self._login_secret)
        return VaultCache(VaultStore(VaultApi(options, around)))


class _Opener:
    __slots__ = ("_allowed", "_secrets")

    def __init__(self, secrets: Secrets, allowed: frozenset[SecretRef] | None) -> None:
        self._secrets, self._allowed = secrets, allowed

    def open(self, ref: SecretRef) -> SecretValue:
        if self._allowed is not None and ref not in self._allowed:
            why = "this command does not need that secret, so it does not open it"
            fix = "name it in the connection of the target, or use a command that writes it (apply)"
            raise SecretRefused(f"{ref} was refused", why=why, fix=fix)
        return self._secrets._opened(ref)


def _of_another_zone(ref: SecretRef, here: str | None) -> SecretRefused:
    where = "here" if here is None else f"in zone {here}"
    if ref.zone is None:
        why, fix = "it is of the network where the command runs", "send only references of this zone"
    else:
        why = f"only the worker of zone {ref.zone} opens it, from the stores of that zone"
        fix = "set zone on the target or relay that uses it" if here else "use a command that works through workers"
    return SecretRefused(f"{ref} was refused {where}", why=why, fix=fix)


def _unknown(name: str, stores: Mapping[str, StoreSpec]) -> SecretError:
    from difflib import get_close_matches

    near = get_close_matches(name, stores, n=1)
    known = f"known: {', '.join(sorted(stores))}" if stores else "reconciler.yaml declares none"
    fix = f"did you mean {near[0]}?" if near else f"add secret_stores.{name} to reconciler.yaml"
    return SecretError(f"secret store {name} is not declared", why=known, fix=fix)
