"""One request per path and version in a run, and one answer: what was planned is what is opened."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, TypeVar

from reconciler.errors import ReconcilerError, SecretError, VaultKeyMissing, VaultPathMissing
from reconciler.model.secret import SecretRef, SecretValue, SecretVersion
from reconciler.secrets.vault.store import VaultSecret, VaultStore

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class _Path:
    """What the run knows of one path. `current` is settled by the first question and holds to the end of the run:
    else a rotation in between could record one version as applied and write another one."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    current: SecretVersion | None = None
    answers: dict[Hashable, Any] = field(default_factory=dict)

    def once(self, question: Hashable, ask: Callable[[], T]) -> T:
        """Keeps failures too: 32 threads that wait for a Vault that is down wait once."""
        if question not in self.answers:
            try:
                self.answers[question] = ask()
            except ReconcilerError as error:
                self.answers[question] = error
        answer = self.answers[question]
        if isinstance(answer, ReconcilerError):
            raise answer
        return answer  # type: ignore[no-any-return]  # what `ask` gave


class VaultCache:
    def __init__(self, store: VaultStore) -> None:
        self.store = store
        self._lock = threading.Lock()
        self._paths: dict[str, _Path] = {}

    def version(self, ref: SecretRef) -> SecretVersion:
        """Reads no value. Checks that the key is there, where the policy lets us ask.

        Raises SecretError, of which VaultKeyMissing says that the key is not there.
        """
        if self.store.kv == 1:
            return SecretVersion(number=ref.version)
        known = self._path(ref)
        with known.lock, _naming(ref):
            version = known.current if ref.version is None else None
            if version is None:
                version = known.once(("version", ref.version), lambda: self.store.version(ref.path, ref.version))
            if ref.version is None:
                known.current = version
            self._check_key(ref, known, version)
            return version

    def opened(self, ref: SecretRef) -> SecretValue:
        """The value of a reference. Raises SecretError, of which VaultKeyMissing says that the key is not there."""
        known = self._path(ref)
        with known.lock, _naming(ref):
            number = ref.version or (known.current.number if known.current else None)
            if self.store.kv == 1:
                number = None
            secret = known.once(("data", number), lambda: self.store.read(ref.path, number))
            if ref.version is None and self.store.kv == 2:
                known.current = secret.version
                known.answers["data", secret.version.number] = secret
        return _value(secret, ref)

    def _path(self, ref: SecretRef) -> _Path:
        if not ref.key:
            raise SecretError(f"{ref.path} names no key", fix=f"{{vault: {ref.path}#KEY}}")
        with self._lock:
            return self._paths.setdefault(ref.path.strip("/"), _Path())

    def _check_key(self, ref: SecretRef, known: _Path, version: SecretVersion) -> None:
        secret = known.answers.get(("data", version.number))
        if isinstance(secret, VaultSecret):
            keys: frozenset[str] | None = frozenset(secret.values)
        else:
            keys = known.once(("keys", version.number), lambda: self.store.keys(ref.path, version.number))
        if keys is not None and ref.key not in keys:
            raise _key_missing(ref, keys)


@contextmanager
def _naming(ref: SecretRef) -> Iterator[None]:
    """A failure is kept for all references to its path; the fix of each has the field that it needs."""
    try:
        yield
    except VaultPathMissing as error:
        raise error.of_field(ref.key or "KEY") from error


def _value(secret: VaultSecret, ref: SecretRef) -> SecretValue:
    key = ref.key or ""
    if key not in secret.values:
        raise _key_missing(ref, frozenset(secret.values))
    value = secret.values[key]
    if value is None:
        why = "it is a list, a mapping, true, false, null, or a number that JSON does not keep to the last digit"
        fix = f"store it as text: vault kv patch -mount=… {ref.path} {ref.key}=-"
        raise SecretError(f"{ref} is not text", why=why, fix=fix)
    if not value.reveal():
        raise VaultKeyMissing(f"{ref} is empty", fix="write a value")
    return value


def _key_missing(ref: SecretRef, keys: frozenset[str]) -> VaultKeyMissing:
    near = get_close_matches(ref.key or "", keys, n=1, cutoff=0.5)
    why = f"the secret has {', '.join(sorted(keys)) or 'no keys'}"
    fix = f"did you mean {near[0]}?" if near else f"add the key {ref.key}, or correct the reference"
    return VaultKeyMissing(f"{ref}: no such key", why=why, fix=fix)
