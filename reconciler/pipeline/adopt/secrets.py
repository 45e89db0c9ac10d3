"""References for the secrets that an adoption finds in use, without a look at their values. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.model.address import Resource
from reconciler.model.landscape import Landscape
from reconciler.model.secret import DEFAULT_STORE, ENV_STORE, SecretRef
from reconciler.model.settings import Present, Settings
from reconciler.pipeline.policy import hosts

Login = tuple[str, object, object]  # host and user, whatever the port: one credential for all who use it
_OF_TOKEN = "oauth2.client_secret"  # noqa: S105  # a setting's name
_ALIKE = 1_000  # names that are spelt alike


@dataclass(slots=True, kw_only=True)
class Purse:
    """`known` holds the references of logins, by setting and zone: each zone opens its own. `uses` is where each
    reference was met first."""

    store: str | None  # None where no store is declared
    known: dict[tuple[str, str | None, Login], SecretRef] = field(default_factory=dict)
    uses: dict[SecretRef, str] = field(default_factory=dict)

    def add(self, name: str, known: Login, ref: SecretRef, where: str, zone: str | None) -> None:
        self.known.setdefault((name, zone, known), ref)
        self.uses.setdefault(ref, where)


@dataclass(slots=True, kw_only=True)
class Wallet:
    """What is not known in `zone` gets a name of its own below `unit`; of the resources in `withheld` nobody else is
    told, and with `alone` of none."""

    unit: str
    purse: Purse
    zone: str | None = None
    alone: bool = False
    withheld: Collection[Resource] = ()
    new: set[SecretRef] = field(default_factory=set)

    def reference(self, resource: Resource, name: str, login: Login) -> SecretRef:
        if (found := self.purse.known.get((name, self.zone, login))) is not None:
            return found
        ref = self._named(resource, name)
        self.new.add(ref)
        if not self.alone and resource not in self.withheld:
            self.purse.add(name, login, ref, f"{self.unit}:{resource}", self.zone)
        return ref

    def is_new(self, ref: SecretRef) -> bool:
        return ref in self.new

    def note(self, ref: SecretRef) -> str:
        if ref in self.new:
            return "TODO: put the secret there, or refer to where it is"
        return f"the login of {self.purse.uses[ref]}"

    def _named(self, resource: Resource, name: str) -> SecretRef:
        key, used, store = name.rpartition(".")[2], self.purse.uses, self.purse.store
        words = [*self.unit.split("/"), resource.key or resource.collection]
        for more in ("", *map(str, range(2, 2 + _ALIKE))):  # other names may be spelt alike
            if store is None:
                variable = re.sub(r"[^A-Z0-9]+", "_", "_".join([*words, key, more]).upper()).strip("_")
                # the generation, without which nobody could tell a rotation
                ref = SecretRef(store=ENV_STORE, path=re.sub(r"^(?=[0-9])", "_", variable), version=1)
            else:
                parts = (re.sub(r"[^A-Za-z0-9._-]+", "-", word).strip("-") for word in [*words, more] if word)
                ref = SecretRef(store=store, path="/".join(["mail", *parts]), key=key)
            if ref not in used and ref not in self.new:
                break
        return ref


def wallet(landscape: Landscape, unit: str, zone: str | None) -> Wallet:
    return Wallet(unit=unit, purse=purse(landscape), zone=zone)


def purse(landscape: Landscape) -> Purse:
    """With every login of the files: the same login is never given a second reference."""
    stores = sorted(landscape.stores, key=lambda name: (name != DEFAULT_STORE, name))
    elsewhere = DEFAULT_STORE if landscape.engine else None  # a variable would be one of a worker
    made = Purse(store=stores[0] if stores else elsewhere)
    for where, settings in _declared(landscape):
        for name in ("password", _OF_TOKEN):
            if isinstance(ref := settings.get(name), SecretRef):
                made.add(name, login(name, settings), ref, where, ref.zone)
    return made


def _declared(landscape: Landscape) -> Iterator[tuple[str, Settings]]:
    yield from ((f"relay {relay.address}", relay.settings) for relay in landscape.relays)
    yield from ((str(desired.address), desired.handshake) for desired in landscape.desired)


def login(name: str, settings: Settings) -> Login:
    if name == _OF_TOKEN:
        return (
            "",
            settings.get("oauth2.token_url") or settings.get("oauth2.tenant_id"),
            settings.get("oauth2.client_id"),
        )
    return hosts.normal(str(settings.get("host"))), None, settings.get("username")


def suggested(
    resource: Resource,
    live: Present,
    effective: Settings,
    secrets: frozenset[str],
    wallet: Wallet,
    *,
    inherits: bool,
) -> Mapping[str, SecretRef]:
    """The reference for each secret that this way of logging in needs; with `inherits` the relay brings them."""
    needed = {"basic": "password", "oauth2": _OF_TOKEN}.get(str(effective.get("auth")))
    if needed is None or needed not in secrets:
        return {}
    if isinstance(effective.get(needed), SecretRef) and inherits:
        return {}
    if needed == _OF_TOKEN and needed not in live.write_only:
        return {}  # nothing tells that there is one: Entra has other credentials too
    return {needed: wallet.reference(resource, needed, login(needed, effective))}
