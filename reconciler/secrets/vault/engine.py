"""Which engine answers at a mount: KV v1 takes the form of v2 for a path like any other, and never checks a version."""

from __future__ import annotations

from reconciler.errors import SecretError, VaultMountMissing
from reconciler.secrets.vault.answer import Found
from reconciler.secrets.vault.api import VaultApi


def check(api: VaultApi) -> bool:
    """Raises SecretError when another engine is mounted than declared; False where Vault does not tell."""
    store, mount, declared = api.options.store, api.options.mount, api.options.kv
    found = api.ask("get", f"sys/internal/ui/mounts/{mount}", may_be_denied=True)
    if found.found is not Found.YES:
        return False
    if (engine := found.text("type")) not in ("kv", "generic"):
        fix = f"correct secret_stores.{store}.mount; `vault secrets list` shows them"
        raise VaultMountMissing(f"{mount}/ is a mount of {engine}", why="secrets are in the engine kv", fix=fix)
    options = found.part_or_none("options")
    version = str((options.data if options else {}).get("version") or 1)
    if version not in ("1", "2"):
        raise found.odd("options.version", version, "1 or 2")
    if version != str(declared):
        raise other(store, mount, version, declared)
    return True


def other(store: str, mount: str, version: str, declared: int) -> SecretError:
    return SecretError(
        f"{mount}/ is a KV v{version} mount, and secret_stores.{store} says kv: {declared}",
        why="their paths differ, and only v2 has versions and check-and-set",
        fix=f"kv: {version}, or enable versions:  vault kv enable-versioning {mount}/"
        if version == "1"
        else f"kv: {version}",
    )
