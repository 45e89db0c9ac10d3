"""The fewest settings that say what a resource has already: defaults, and what a relay brings, are left out. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.model.address import Resource
from reconciler.model.finding import Holds
from reconciler.model.handshake import HANDSHAKE_ONLY, Level
from reconciler.model.landscape import DeclaredRelay, Target
from reconciler.model.platform import Platform
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Present, Settings, Value, same
from reconciler.pipeline.adopt import secrets
from reconciler.pipeline.adopt.resource_schema import ResourceSchema
from reconciler.pipeline.adopt.secrets import Wallet
from reconciler.pipeline.resolve.relays import ROUTE

_PORTS: Mapping[Value, Value] = {"none": 25, "starttls": 587, "tls": 465}
_ENCRYPTIONS: Mapping[Value, Value] = {port: encryption for encryption, port in _PORTS.items()}
_SHARED = ("sender.", "verify.")  # of the environment
_SHOWN = 60  # characters of a value that cannot be declared
# for settings that a platform keeps nowhere, but without which no handshake can be made
_CLIENT = "oauth2.client_id"
_OWN_LOGIN = "the platform logs in by itself; a login of ours needs oauth2: {…}"
_ASSUMED = "assumed: the platform does not report it, and the handshake needs it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a resource stands: its target, and what its environment brings."""

    target: Target
    platform: Platform
    shared: Settings  # sender.* and verify.* of the environment
    relays: Sequence[DeclaredRelay]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declarable:
    """`settings` are the resource's own, flat; `notes` stand beside one of them, `remarks` above all."""

    relay: str | None
    settings: Settings
    suggested: frozenset[str]  # settings whose reference somebody has to fill in
    notes: Mapping[str, str]
    remarks: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class _Live:
    """What the platform has, as far as a file can say it."""

    settings: dict[str, Value] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def declarable(resource: Resource, live: Present, place: Place, schema: ResourceSchema, wallet: Wallet) -> Declarable:
    """`wallet` knows the references of logins; a new one is added to it."""
    fields = place.platform.fields(resource.collection, place.target.connection)
    have = _sayable(live, fields, schema)
    _infer(resource, have, live, fields, place)
    relay = _relay(resource, have.settings, fields, place)
    inherited = {**place.shared, **(relay.settings if relay else {})}
    own = _own(resource, have.settings, inherited, fields, place)
    suggested: Mapping[str, SecretRef] = {}
    if {**inherited, **own}.get("host") is None:
        own = {name: value for name, value in own.items() if name not in (*ROUTE, "username")}
    else:
        _complete(resource, own, inherited, have, place)
        effective = {**inherited, **own}
        keeps = relay is not None and "username" not in own
        suggested = secrets.suggested(resource, live, effective, fields & schema.secrets, wallet, inherits=keeps)
    for name, ref in suggested.items():
        own[name] = ref
        have.notes[name] = wallet.note(ref)
    return Declarable(
        relay=relay.name if relay else None,
        settings=own,
        suggested=frozenset(name for name, ref in suggested.items() if wallet.is_new(ref)),
        notes={name: note for name, note in have.notes.items() if name in own},
        remarks=(*have.remarks, *_unseen(live, {**inherited, **own}, fields)),
    )


def _sayable(live: Present, fields: frozenset[str], schema: ResourceSchema) -> _Live:
    """Without secrets, whatever the platform shows of them, and without what no file may say."""
    found = _Live()
    # not shown is not set; the environment brings a sender, unless it is said that there is none
    unset = {name: None for name in fields - live.settings.keys() if name.startswith("sender.")}
    elsewhere = _said_elsewhere(live)
    found.remarks += [f"{name}: {what}; left as it is" for name, what in elsewhere.items() if name in fields]
    for name, value in {**live.settings, **unset}.items():
        if name not in fields or name in schema.secrets or name in live.write_only or name in elsewhere:
            continue
        if value is None or schema.fits(name, value):
            found.settings[name] = value
        elif (word := _nearest(value, schema.fields.get(name, {}))) is not None:
            found.settings[name] = word
            found.notes[name] = f"found: {_cut(value)}; a plan will show the difference"
        else:
            why = schema.fields.get(name, {}).get("description", "this platform's schema has no such setting")
            found.remarks.append(f"{name}: found {_cut(value)}, which cannot be declared: {why}")
        if name in (live.pending or ()):
            found.notes[name] = "; ".join(filter(None, (found.notes.get(name), "the platform does not use it yet")))
    return found


def _said_elsewhere(live: Present) -> Mapping[str, str]:
    """Settings whose values are not the platform's own: to declare what it shows would replace a variable, say."""
    return {one.field: one.what for one in live.findings if one.holds is Holds.IF_CHANGED and one.field}


def _nearest(value: Value, schema: Mapping[str, object]) -> str | None:
    """`starttls` for "starttls, certificate not verified": a word that may be said, and what it lacks."""
    words = schema.get("enum")
    known = words if isinstance(words, list) else []
    return next((word for word in known if isinstance(word, str) and str(value).startswith(f"{word},")), None)


def _cut(value: Value) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _infer(resource: Resource, have: _Live, live: Present, fields: frozenset[str], place: Place) -> None:
    """Of a login, what its other settings tell, where the platform keeps no more."""
    known = have.settings
    if known.get("host") is None:
        return
    guesses: dict[str, Value] = {}
    hidden = "password" in live.write_only and "username" not in fields
    guesses["auth"] = "basic" if known.get("username") or hidden else "none"
    if known.get("auth") == "oauth2" and known.get("oauth2.token_url"):
        guesses["oauth2.provider"] = "client_credentials"
    for name, guess in guesses.items():
        if name not in live.settings and _keeps_nowhere(resource, name, guess, place):
            known[name] = guess


def _keeps_nowhere(resource: Resource, name: str, value: Value, place: Place) -> bool:
    """Whether a setting may be declared, and the platform has no place for it."""
    connection = place.target.connection
    said = name in place.platform.fields(resource.collection, connection)
    return said and name not in place.platform.normalised(resource, {name: value}, connection)


def _relay(resource: Resource, have: Settings, fields: frozenset[str], place: Place) -> DeclaredRelay | None:
    """The relay of the environment that leads to the same place, and leaves the least to say."""
    fitting = [relay for relay in place.relays if _leads_there(resource, relay, have, fields, place)]

    def left(relay: DeclaredRelay) -> int:
        return len(_own(resource, have, {**place.shared, **relay.settings}, fields, place))

    return min(fitting, key=left, default=None)


def _leads_there(
    resource: Resource, relay: DeclaredRelay, have: Settings, fields: frozenset[str], place: Place
) -> bool:
    if have.get("host") is None or "host" not in relay.settings:
        return False
    brought = {name for name in relay.settings if not name.startswith(_SHARED)} - HANDSHAKE_ONLY
    if not brought <= fields:  # an error in the files
        return False
    expressed = {name: value for name, value in relay.settings.items() if name in fields}
    normal = place.platform.normalised(resource, expressed, place.target.connection)
    return all(
        same(normal[name] if name in normal else relay.settings[name], have[name])
        for name in ROUTE
        if name in have and name in relay.settings
    )


def _own(
    resource: Resource, have: Settings, inherited: Settings, fields: frozenset[str], place: Place
) -> dict[str, Value]:
    """What differs from what is inherited, or, where nothing is, from the platform's default."""
    connection = place.target.connection
    brought = {name: value for name, value in inherited.items() if name in fields}
    implied = place.platform.normalised(resource, brought, connection)
    defaults = place.platform.defaults(resource.collection, connection)
    own: dict[str, Value] = {}
    for name, value in have.items():
        if name in inherited and name not in implied:
            continue  # the platform keeps it nowhere
        if name in implied:
            differs = not same(implied[name], value)
            unsaid = name in ROUTE and name not in inherited
        else:
            differs = value is not None and not (name in defaults and same(defaults[name], value))
            unsaid = name in ROUTE and value is not None
        if differs or unsaid:
            own[name] = value
    return own


def _complete(resource: Resource, own: dict[str, Value], inherited: Settings, have: _Live, place: Place) -> None:
    """A handshake needs port and encryption; where the platform keeps one nowhere, the other tells it."""
    for name, known, guesses in (("encryption", "port", _ENCRYPTIONS), ("port", "encryption", _PORTS)):
        guess = guesses.get({**inherited, **own}.get(known))
        unsaid = not {name} & (own.keys() | inherited.keys() | have.settings.keys())
        if unsaid and guess is not None and _keeps_nowhere(resource, name, guess, place):
            own[name] = guess
            have.notes[name] = _ASSUMED
    said = {**inherited, **own}
    if said.get("auth") == "oauth2" and said.get(_CLIENT) is None and _keeps_nowhere(resource, _CLIENT, "", place):
        own["verify.level"] = str(Level.TLS)
        have.notes["verify.level"] = _OWN_LOGIN


def _unseen(live: Present, said: Settings, fields: frozenset[str]) -> list[str]:
    """What the platform does not give back, and nobody has to declare."""
    login = {"password"} | {name for name in fields if name.startswith("oauth2.")}
    hidden = sorted((live.write_only & fields) - said.keys() - login)
    return [f"{', '.join(hidden)}: the platform does not report them; declare them to manage them"] if hidden else []
