"""What a worker would do, told from its settings before it starts. Contacts nobody, opens nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.engine.zone.roles import roles
from reconciler.engine.zone.settings import PROVE, READ, WRITE, WorkerSpec
from reconciler.model.checkup import Checkup, Examined
from reconciler.model.finding import Finding

_ORDER = (READ, PROVE, WRITE)


def checkup(spec: WorkerSpec, found: Iterable[Finding]) -> Checkup:
    """`found` are warnings: with an error there is nothing to tell."""
    warned = [Examined(what=one.field or one.rule, ok=None, said=one.what, fix=one.fix) for one in found]
    return Checkup(unit=f"zone {spec.zone}", kind=spec.file, examined=(*_told(spec), *warned))


def _told(spec: WorkerSpec) -> Iterator[Examined]:
    yield _well("broker", spec.broker)
    for one in spec.coordinators:
        yield _well("coordinator", f"{one.key} may {_words(one.may & spec.may)}")
    for store, role in roles(spec.stores).items():
        address = spec.stores[store].options.get("address", "at VAULT_ADDR")
        yield _well(f"store {store}", f"{address}, as {role}")
    if spec.may != {READ}:
        yield _well("claims", f"{spec.claims.path} in store {spec.claims.store}")
    yield _well("may", _words(spec.may))
    yield _well("kinds", ", ".join(sorted(spec.kinds)))
    yield _well("hosts", ", ".join(spec.hosts))
    yield _well("files", f"below {spec.files}" if spec.files else "none of this machine")
    yield _well("slots", f"{spec.slots} installations side by side")


def _words(may: Iterable[str]) -> str:
    return ", ".join(sorted(may, key=_ORDER.index))


def _well(what: str, said: str) -> Examined:
    return Examined(what=what, ok=True, said=said)
