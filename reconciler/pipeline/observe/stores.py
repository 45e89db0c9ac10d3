"""Looks at the secret stores for a person: what each run would need of them, and whether we may. Opens no secret."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.errors import SecretError
from reconciler.model.checkup import Checkup, Examined
from reconciler.model.landscape import Landscape
from reconciler.model.secret import DEFAULT_STORE, SecretRef
from reconciler.pipeline.observe import targets
from reconciler.secrets.stores import Secrets

if TYPE_CHECKING:
    from reconciler.secrets.vault.checkup import Need

APPLY = "apply or verify"


def checkup(land: Landscape, secrets: Secrets) -> Checkup:
    """Every declared store, one line for each thing looked at. What goes wrong is in the Checkup."""
    found = [line for name in land.stores for line in _store(name, land, secrets)]
    kind = ", ".join(sorted({spec.type for spec in land.stores.values()})) or "none declared"
    return Checkup(unit="secret stores", kind=kind, examined=tuple(found))


def _store(name: str, land: Landscape, secrets: Secrets) -> Iterator[Examined]:
    from reconciler.secrets.vault import checkup as vault

    try:
        store = secrets.vault(name)
    except SecretError as error:
        yield Examined(what=name, ok=False, said=error.what, fix=error.fix)
        return
    needs = list(_needs(name, land, mount=store.mount, kv=store.kv))
    for one in vault.examined(store.api, needs):
        yield one if len(land.stores) == 1 else replace(one, what=f"{name}: {one.what}")


def _needs(name: str, land: Landscape, *, mount: str, kv: int) -> Iterator[Need]:
    """One for each path and form, in the words of people."""
    from reconciler.secrets.vault.checkup import Need

    specs = targets.specs(land, [target.unit for target in land.targets])
    logins = {ref.path for spec in specs for ref in spec.connection_secrets if ref.store == name and not ref.zone}
    mail = {ref.path for ref in _mail(land) if ref.store == name and not ref.zone}  # others are asked by their workers
    data, metadata = (f"{mount}/data", f"{mount}/metadata") if kv == 2 else (mount, mount)
    for path in sorted(logins):
        yield Need(path=f"{data}/{path}", capabilities=("read",), of="logins of platforms")
    if kv == 2:
        for path in sorted(mail):
            yield Need(path=f"{metadata}/{path}", capabilities=("read",), of="versions of mail secrets")
            yield Need(
                path=f"{mount}/subkeys/{path}", capabilities=("read",), of="their keys", only="a plan that is sure"
            )
    for path in sorted(mail - logins):
        yield Need(path=f"{data}/{path}", capabilities=("read",), of="mail secrets", only=APPLY)
    if land.state.backend == "vault" and (land.state.store or DEFAULT_STORE) == name:
        base = land.state.path.strip("/")
        yield Need(path=f"{data}/{base}/x", capabilities=("read",), of="state")
        yield Need(path=f"{metadata}/{base}/", capabilities=("list",), of="state, its names")
        write = ("create", "update")
        yield Need(path=f"{data}/{base}/x", capabilities=write, of="state", only="apply")


def _mail(land: Landscape) -> Iterable[SecretRef]:
    """Of platforms and of relays."""
    settings = [*(one.settings for one in land.desired), *(one.settings for one in land.relays)]
    return [value for some in settings for value in some.values() if isinstance(value, SecretRef)]
