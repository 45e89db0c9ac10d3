"""What a store of type `vault` is told: by reconciler.yaml, else by BAO_* and then by VAULT_* of the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from reconciler.errors import SecretError
from reconciler.model.landscape import StoreSpec
from reconciler.model.settings import Tree

TIMEOUT = 15.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultOptions:
    """`timeout` is in seconds and bounds one read with all its repetitions."""

    store: str
    address: str
    mount: str = "secret"
    kv: int = 2
    namespace: str | None = None
    ca_file: str | None = None
    timeout: float = TIMEOUT
    auth: Mapping[str, Tree] = field(default_factory=dict)


def from_spec(spec: StoreSpec, environ: Mapping[str, str]) -> VaultOptions:
    """Raises SecretError for an address that is missing, not a URL, holds a login, or is in clear text."""
    options = spec.options
    if (address := _text(options, "address") or from_environment("ADDR", environ)) is None:
        fix = f"secret_stores.{spec.name}.address: https://…, or export VAULT_ADDR=https://…"
        raise SecretError(f"secret store {spec.name} has no address", fix=fix, where=spec.position)
    _check(address, spec)
    kv, timeout, auth = options.get("kv", 2), options.get("timeout", TIMEOUT), options.get("auth", {})
    return VaultOptions(
        store=spec.name,
        address=address.rstrip("/"),
        mount=(_text(options, "mount") or "secret").strip("/"),
        kv=kv if isinstance(kv, int) else 2,
        namespace=_text(options, "namespace") or from_environment("NAMESPACE", environ),
        ca_file=_text(options, "ca_file") or from_environment("CACERT", environ),
        timeout=float(timeout) if isinstance(timeout, int | float) else TIMEOUT,
        auth=auth if isinstance(auth, Mapping) else {},
    )


def from_environment(name: str, environ: Mapping[str, str]) -> str | None:
    """BAO_<name>, else VAULT_<name>, as the `bao` command has it; an empty one counts as not set."""
    return environ.get(f"BAO_{name}") or environ.get(f"VAULT_{name}") or None


def _check(address: str, spec: StoreSpec) -> None:
    what = f"the address of secret store {spec.name}"
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  # raises ValueError for one that is none
    except ValueError:
        parts = urlsplit("")
    # the address is not shown: there may be a password in it
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SecretError(f"{what} is not a URL", fix="address: https://HOST:8200", where=spec.position)
    if parts.username is not None:
        raise SecretError(f"{what} holds a login", fix="give the address alone", where=spec.position)
    # the schema says so as well, but does not see VAULT_ADDR
    if parts.scheme == "http" and not _loopback(parts.hostname):
        why, fix = "tokens and secrets would travel in clear text", f"address: https://{parts.hostname}"
        raise SecretError(f"{what} is plain http", why=why, fix=fix, where=spec.position)


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name, and 127.example.com is one
        return False


def _text(options: Mapping[str, Tree], key: str) -> str | None:
    value = options.get(key)
    return value if isinstance(value, str) and value else None
