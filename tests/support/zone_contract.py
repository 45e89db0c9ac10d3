"""The subject of the contract of Engine, in the landscape of tests/engine/zone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler.model.ports import Engine
from reconciler.model.secret import SecretRef
from reconciler.pipeline.observe import targets
from support import engine_contract as contract
from support.engine_contract import Subject


def subject(outside: Any, engine: Engine) -> Subject:
    console = outside.console
    dead = {**console, "connection": {**console["connection"], "url": "http://127.0.0.1:1", "timeout": 1}}
    outside.documents["dev/dead.yaml"] = dead
    outside.write()
    land = outside.site.land()
    spec, lost = (targets.specs(land, [unit])[0] for unit in ("dev/openspp", "dev/dead"))
    (relay,) = {one.relay for one in land.relays if one.relay is not None}
    known = SecretRef(store="default", path=f"mail/{outside.zone.area}", key="password", zone=spec.zone)

    def unit() -> Any:
        outside.site.engine = engine
        changes = tuple(one for one in outside.site.plan("dev/openspp").changes if one.address.unit == "dev/openspp")
        return contract.write_unit(spec, changes, engine.read([spec])[spec.unit])

    return Subject(
        engine=engine,
        spec=spec,
        dead=lost,
        known=known,
        missing=replace(known, path="mail/nowhere"),
        relay=relay,
        unit=unit,
        writes=lambda: len(outside.rows()),
        logins=lambda: outside.relay.logins.count(outside.user),
    )
