"""What the run of a change would use, beside its base: hosts, credentials by reference, and trust files. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from reconciler.model.landscape import Landscape
from reconciler.model.plan import Review, Used
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Connection
from reconciler.pipeline.review import carriers, values
from reconciler.pipeline.review.decides import FILES

_HOSTS = frozenset({"address", "authority_host", "host", "portal", "proxy", "ssh", "token_url", "url"})
_KINDS = ("hosts", "credentials", "trust files", "mail secrets")  # of the last only versions
_Found = set[tuple[str, str]]  # kind and value


def review(head: Landscape, base: Landscape | None, units: Collection[str], *, name: str, commit: str) -> Review:
    """Of the targets `units`, and of all secret stores: any of them may be asked."""
    here = set(_used(head, units))
    there = set() if base is None else set(_used(base, units))
    return Review(name=name, commit=commit, uses=tuple(_beside(kind, here, there) for kind in _KINDS))


def _beside(kind: str, here: _Found, there: _Found) -> Used:
    now, then = ({value for one, value in found if one == kind} for found in (here, there))
    return Used(
        kind=kind, same=tuple(sorted(now & then)), added=tuple(sorted(now - then)), removed=tuple(sorted(then - now))
    )


def _used(land: Landscape, units: Collection[str]) -> Iterator[tuple[str, str]]:
    for desired in land.desired:
        if desired.address.unit in units:
            yield from (("mail secrets", str(one)) for one in desired.settings.values() if isinstance(one, SecretRef))
    chosen = [target for target in land.targets if target.unit in units]
    for target in chosen:
        zone = "" if target.zone is None else f"{target.zone}!"
        yield from ((kind, zone + value if kind == "hosts" else value) for kind, value in _of(target.connection, land))
    for store in land.stores.values():
        yield from _of(store.options, land)
    if land.engine and (zones := {target.zone for target in chosen if target.zone}):
        yield from _of(carriers.told(land.engine), land)
        keys = (land.engine.zones[zone].key for zone in zones if zone in land.engine.zones)
        yield from (("trust files", key.removeprefix(f"{land.base}/")) for key in keys)


def _of(connection: Connection, land: Landscape) -> Iterator[tuple[str, str]]:
    for name, value in values.leaves(connection):
        key = name.rpartition(".")[2]
        if isinstance(value, SecretRef):
            yield "credentials", str(value)
        elif isinstance(value, str) and not FILES.isdisjoint(name.split(".")):
            yield "trust files", value.removeprefix(f"{land.base}/")
        elif isinstance(value, str) and (key in _HOSTS or "://" in value):
            yield "hosts", value
