"""reconciler.yaml as plain data: what all environments share. Its paths are absolute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, cast

from reconciler.model.handshake import Policy
from reconciler.model.landscape import EngineSpec, StateSpec, StoreSpec, ZoneSpec
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Connection
from reconciler.model.source import Document
from reconciler.pipeline.resolve import flatten

ENGINE_SECRETS = ("login", "client_key", "signing_key", "reading_key")  # the command itself opens them
_ENGINE_FILES = ("ca_file", "client_certificate")


def stores(central: Document) -> dict[str, StoreSpec]:
    return {
        name: StoreSpec(
            name=name,
            type=raw["type"],
            # `path` of a store's login is a mount in Vault, not a file
            options=cast(Connection, _store_options(raw, central.base)),
            position=central.key_at("secret_stores", name),
        )
        for name, raw in central.data.get("secret_stores", {}).items()
    }


def _store_options(raw: dict[str, Any], base: str) -> dict[str, Any]:
    options = {key: flatten.tree(value, base, key=key) for key, value in raw.items() if key not in ("type", "auth")}
    if "auth" in raw:
        options["auth"] = {
            key: flatten.tree(value, base, key="" if key == "path" else key) for key, value in raw["auth"].items()
        }
    return options


def state(central: Document) -> StateSpec:
    raw = central.data.get("state", {"backend": "file", "path": ".reconciler"})
    if raw["backend"] == "file":
        path = flatten.absolute(raw["path"], central.base)
        return StateSpec(backend="file", path=path, persistent=raw.get("persistent", False))
    return StateSpec(backend=raw["backend"], path=raw["path"], store=raw.get("store", "default"), persistent=True)


def policy(central: Document) -> Policy:
    raw = central.data.get("policy", {})
    return Policy(**{field.name: tuple(raw.get(field.name, ())) for field in fields(Policy)})


def engine(central: Document) -> EngineSpec | None:
    if (raw := central.data.get("engine")) is None:
        return None
    given: dict[str, Any] = {key: float(raw[key]) for key in ("deadline",) if key in raw}
    given |= _engine_secrets(raw)
    given |= {key: flatten.absolute(raw[key], central.base) for key in _ENGINE_FILES if key in raw}
    return EngineSpec(
        type=raw["type"],
        broker=raw["broker"],
        zones=dict(_zones(central, raw["zones"])),
        position=central.key_at("engine"),
        places={key: central.value_at("engine", key) for key in _ENGINE_FILES if key in raw},
        **given,
    )


def _engine_secrets(raw: Mapping[str, Any]) -> Iterator[tuple[str, SecretRef]]:
    for key in ENGINE_SECRETS:
        if (ref := flatten.secret_ref(raw.get(key, {}))) is not None:
            yield key, ref


def _zones(central: Document, raw: Mapping[str, Any]) -> Iterator[tuple[str, ZoneSpec]]:
    for name, zone in raw.items():
        where = central.value_at("engine", "zones", name, "key")
        yield name, ZoneSpec(name=name, key=flatten.absolute(zone["key"], central.base), position=where)
