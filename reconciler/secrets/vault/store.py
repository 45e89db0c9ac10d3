"""Secrets and documents in Vault's key-value store. All paths are below the mount, without `data/` or `metadata/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from reconciler.errors import SecretError, VaultPathMissing, VaultVersionMissing
from reconciler.model.secret import SecretValue, SecretVersion
from reconciler.secrets.vault import engine, token_time
from reconciler.secrets.vault.answer import EXACT, Answer, Found
from reconciler.secrets.vault.api import VaultApi


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultSecret:
    """One version of a secret. A key whose value is neither text nor a number that JSON keeps has None here."""

    version: SecretVersion
    values: Mapping[str, SecretValue | None] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultDocument:
    """A document that is no secret. `version` is what the next check-and-set names; 0 when it never was there."""

    data: Mapping[str, Any] | None
    version: int


class VaultStore:
    """Thread-safe; remembers nothing but that the right engine is mounted."""

    def __init__(self, api: VaultApi) -> None:
        self.api = api
        self.name, self.kv, self.mount = api.options.store, api.options.kv, api.options.mount
        self._engine_known = False

    def read(self, path: str, version: int | None = None) -> VaultSecret:
        """The values, each behind a SecretValue. `version` means nothing in KV v1.

        Raises SecretError; VaultPathMissing and VaultVersionMissing say what is not there.
        """
        if self.kv == 1:
            answer = self.api.ask("get", self._place(path))
            if answer.found is Found.NO:
                raise self._path_missing(path, answer)
            return VaultSecret(version=SecretVersion(number=None), values=_values(answer.data))
        answer = self.api.ask("get", self._place(path, "data"), params=_pinned(version))
        if answer.found is Found.NO:
            raise self._version_missing(path, version, answer)
        self._check_engine(answer)
        return VaultSecret(version=_version(answer.part("metadata")), values=_values(answer.part("data").data))

    def version(self, path: str, pinned: int | None = None) -> SecretVersion:
        """Which version a reference means, from metadata alone. Raises when that version cannot be read any more.

        The errors are SecretErrors: VaultPathMissing, VaultVersionMissing.
        """
        if self.kv == 1:
            return SecretVersion(number=pinned)
        answer = self.api.ask("get", self._place(path, "metadata"))
        if answer.found is Found.NO:
            raise self._path_missing(path, answer, "metadata")
        number = pinned or answer.number("current_version")
        known = answer.part("versions").part_or_none(str(number))
        if known is None:
            raise _never(path, number, answer)
        problem = self._gone(path, {**known.data, "version": number})
        # Vault's clock decides, not ours: where its keys can be read, it is still there
        if problem is not None and (known.data.get("destroyed") or self.keys(path, number) is None):
            raise problem
        return SecretVersion(number=number, created_time=known.text("created_time"))

    def keys(self, path: str, version: int | None = None) -> frozenset[str] | None:
        """The names of the fields, or None where that cannot be asked: no permission, KV v1, a Vault before 1.10.

        Raises SecretError.
        """
        if self.kv == 1:
            return None
        params = {"depth": 1, **(_pinned(version) or {})}
        answer = self.api.ask("get", self._place(path, "subkeys"), params=params, may_be_denied=True)
        return frozenset(answer.part("subkeys").data) if answer.found is Found.YES else None

    def read_json(self, path: str) -> VaultDocument:
        """The document and its version. Raises SecretError, but not for one that was never there."""
        answer = self.api.ask("get", self._place(path, "data"))
        self._check_engine(answer)
        # a deleted document still counts its versions
        metadata, data = answer.part_or_none("metadata"), answer.part_or_none("data")
        if metadata is None and answer.found is Found.YES:
            raise answer.odd("metadata", None, "an object")
        return VaultDocument(data=data.data if data else None, version=metadata.number("version") if metadata else 0)

    def write_json(self, path: str, data: Mapping[str, Any], *, cas: int) -> int:
        """Answers with the new version. Raises VaultConflict when the document is no longer at version `cas`.

        Else raises SecretError.
        """
        return self.write_timed(path, data, cas=cas).number or 0

    def write_timed(self, path: str, data: Mapping[str, Any], *, cas: int | None) -> SecretVersion:
        """The same, with the time of Vault's own clock. Without `cas` whatever is there is replaced.

        Raises VaultConflict, and SecretError for an engine other than declared.
        """
        options = {} if cas is None else {"options": {"cas": cas}}
        written = self.api.ask("post", self._place(path, "data"), body={**options, "data": dict(data)})
        if "version" not in written.data:  # it was not checked against `cas`
            raise engine.other(self.name, self.mount, "1", self.kv)
        return SecretVersion(number=written.number("version"), created_time=written.text("created_time"))

    def token_left(self, least: float) -> float:
        """Seconds until our token ends, renewed when it is less than `least`. Raises SecretError."""
        return token_time.ensured(self.api, least)

    def list(self, path: str) -> tuple[str, ...]:
        """Names below a path; those that end with `/` are folders. Raises SecretError."""
        answer = self.api.ask("list", self._place(path, "metadata"))
        if answer.found is Found.YES:
            return answer.names("keys")
        self._check_engine(answer)  # else another engine would look like an empty one
        return ()

    def _check_engine(self, answer: Answer) -> None:
        """Where there is no sign of a version. Raises SecretError for another engine than declared."""
        if not self._engine_known and "metadata" not in answer.data:
            engine.check(self.api)
            self._engine_known = True

    def close(self) -> None:
        self.api.close()

    def _place(self, path: str, form: str | None = None) -> str:
        # `..` would be resolved before it is sent, and reach any other part of Vault's API
        parts = path.strip("/").split("/")
        if any(part in ("", ".", "..") for part in parts):
            why = "it has an empty, '.' or '..' part"
            raise SecretError(
                f"{path!r} is not a path in Vault", why=why, fix="write it below the mount: mail/prod/relay"
            )
        return "/".join((self.mount, *([form] if form else []), *parts))

    def _version_missing(self, path: str, version: int | None, answer: Answer) -> SecretError:
        """A 404 of data. Vault says why for what was deleted, and nothing for what never was."""
        if (problem := self._gone(path, _data(answer.part_or_none("metadata")), certain=True)) is not None:
            return problem
        if version is not None:
            metadata = self.api.ask("get", self._place(path, "metadata"), may_be_denied=True)
            if metadata.found is Found.YES:
                return _never(path, version, metadata)
            if metadata.found is Found.DENIED:
                why = f"telling them apart needs read on {self._place(path, 'metadata')}"
                what, fix = f"{path}: version {version}, or the whole path, does not exist", "correct path or version"
                return VaultVersionMissing(what, why=why, fix=fix)
        return self._path_missing(path, answer)

    def _gone(self, path: str, metadata: Mapping[str, Any], *, certain: bool = False) -> VaultVersionMissing | None:
        """`certain`: Vault did not find it, so that its time has come, whatever our clock says."""
        number, when = metadata.get("version"), str(metadata.get("deletion_time") or "")
        if metadata.get("destroyed"):
            fix = "write a new version; a destroyed one cannot be restored"
            return VaultVersionMissing(f"{path}: version {number} was destroyed", fix=fix)
        if when and (certain or _past(when)):
            fix = f"vault kv undelete -mount={self.mount} -versions={number} {path}, or write a new version"
            return VaultVersionMissing(f"{path}: version {number} was deleted", why=f"at {when[:19]}Z", fix=fix)
        return None

    def _path_missing(self, path: str, answer: Answer, form: str = "data") -> VaultPathMissing:
        place = self._place(path, form if self.kv == 2 else None)
        if not any("versioned" in hint for hint in answer.hints):
            self._check_engine(answer)
        if any("versioned" in hint for hint in answer.hints):
            fix = f"set secret_stores.{self.name}.kv: 2"
            return VaultPathMissing(f"{place} does not exist", why=f"{self.mount}/ is a KV v2 mount", fix=fix)
        prefixes = (f"{self.mount}/data/", f"{self.mount}/", "data/", "metadata/")
        if (prefix := next(filter(path.startswith, prefixes), None)) is not None:
            why, fix = "paths are relative to the mount, without data/", f"write {path.removeprefix(prefix)}"
            return VaultPathMissing(f"{place} does not exist", why=why, fix=fix)
        near = self._near(path)
        write = None if near else f"vault kv put -mount={self.mount} {path}"
        why, fix = f"{path} was never written, or was removed", f"did you mean {near}?" if near else f"{write} KEY=-"
        missing = VaultPathMissing(f"{place} does not exist", why=why, fix=fix)
        missing.write = write
        return missing

    def _near(self, path: str) -> str | None:
        folder, _, name = path.strip("/").rpartition("/")
        place = f"{self.mount}/metadata/{folder}" if self.kv == 2 else f"{self.mount}/{folder}"
        answer = self.api.ask("list", place, may_be_denied=True)
        near = get_close_matches(name, answer.names("keys") if answer.found is Found.YES else (), n=1)
        return f"{folder}/{near[0]}".strip("/") if near else None


def _pinned(version: int | None) -> dict[str, int] | None:
    return None if version is None else {"version": version}


def _values(data: Mapping[str, Any]) -> Mapping[str, SecretValue | None]:
    return {key: _value(value) for key, value in data.items()}


def _value(value: Any) -> SecretValue | None:
    if isinstance(value, str):
        return SecretValue(value)
    # a fraction loses its last zeros in Vault, a long integer its last digits: neither is what was stored
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > EXACT:
        return None
    return SecretValue(str(value))


def _version(metadata: Answer) -> SecretVersion:
    return SecretVersion(number=metadata.number("version"), created_time=metadata.text("created_time"))


def _data(answer: Answer | None) -> Mapping[str, Any]:
    return answer.data if answer else {}


def _never(path: str, number: int, metadata: Answer) -> VaultVersionMissing:
    current, oldest = metadata.number("current_version"), metadata.data.get("oldest_version") or 0
    if current == 0:
        return VaultVersionMissing(f"{path} has no version", why="only its metadata was written", fix="write a value")
    if isinstance(oldest, int) and number < max(oldest, 1):
        why = f"Vault keeps {metadata.data.get('max_versions') or 10} versions of it: v{oldest} to v{current}"
        return VaultVersionMissing(f"{path}: version {number} is no longer kept", why=why, fix=f"version: {current}")
    why = f"the newest is v{current}"
    return VaultVersionMissing(f"{path}: version {number} never existed", why=why, fix=f"version: {current}")


def _past(when: str) -> bool:
    """With `delete_version_after` a deletion may still lie ahead. Python cannot read nanoseconds: they are cut."""
    try:
        return datetime.fromisoformat(when[:19]).replace(tzinfo=UTC) <= _now()
    except ValueError:
        return True


def _now() -> datetime:
    return datetime.now(tz=UTC)
