"""Which hosts a unit would contact, told from its data alone. What looks like a host is one: rather one too many.

A host that cannot be told is `UNKNOWN`, which only the glob `*` allows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from reconciler import platforms
from reconciler.model.handshake import OAuth2, Relay
from reconciler.model.settings import Connection, Settings, Tree
from reconciler.oauth import clouds
from reconciler.pipeline.policy import hosts

UNKNOWN = "?"  # no glob but those that take anything matches it
_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?\.?"
_BARE = re.compile(rf"(?:[A-Za-z0-9._-]+@)?(?P<host>{_NAME}|\[[0-9A-Fa-f:.]+\])(?::[0-9]{{1,5}})?")
_URL = re.compile(rf"[a-z][a-z0-9+]*://{_BARE.pattern}(?:/[!-\[\]-~]*)?")
_IPV6 = re.compile(r"[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*")
_FQDN = re.compile(r"(?:[A-Za-z0-9_-]+\.)+[A-Za-z][A-Za-z0-9-]*\.?(?::[0-9]{1,5})?")
_IPV4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]{1,5})?")
# what the platforms here connect to; those of other packages may call it as they like
_KEYS = frozenset({"host", "portal", "proxy", "servers", "ssh", "token_host", "url"})
# of these platforms again: what is called like a host, and is none
_NEVER = frozenset({"keys", "page_map", "username"})
_SETTINGS = ("host", "verify.via", "verify.resolver", "oauth2.proxy", "oauth2.token_url")


class Contact(NamedTuple):
    """`place` is the setting that names it."""

    place: str
    host: str


def of_connection(kind: str, connection: Connection, *, elsewhere: bool) -> Iterator[Contact]:
    """`elsewhere`: the platform is on another host, so that one has to be named."""
    found = list(_below("connection", connection, ours=kind in platforms.KINDS))
    yield from found
    if elsewhere and not found:
        yield Contact("connection", UNKNOWN)


def of_relay(relay: Relay) -> Iterator[Contact]:
    yield Contact("host", told(relay.host))
    for place, text in (("verify.via", relay.via), ("verify.resolver", relay.resolver)):
        if text is not None:
            yield Contact(place, told(text))
    if relay.oauth2 is not None:
        yield from _of_oauth2(relay.oauth2)


def of_settings(settings: Settings) -> Iterator[Contact]:
    """Of a relay as settings have it, whichever of them are there."""
    for name in _SETTINGS:
        if isinstance(value := settings.get(name), str):
            yield Contact(name, told(value))
    if settings.get("oauth2.provider") == "entra":
        authority = settings.get("oauth2.authority_host")
        yield Contact("oauth2.authority_host", told(clouds.host(authority if isinstance(authority, str) else None)))


def not_allowed(found: Iterable[Contact], globs: Iterable[str]) -> Contact | None:
    """The first that no glob matches."""
    allowed = tuple(globs)
    return next((one for one in found if not hosts.matches(one.host, allowed)), None)


def told(text: str) -> str:
    """The host in a URL, in `user@host:port`, or alone; else UNKNOWN."""
    if _IPV6.fullmatch(text):
        return hosts.normal(text)
    match = (_URL if "://" in text else _BARE).fullmatch(text)
    return hosts.normal(match["host"].strip("[]")) if match else UNKNOWN


def _of_oauth2(one: OAuth2) -> Iterator[Contact]:
    if one.proxy is not None:
        yield Contact("oauth2.proxy", told(one.proxy))
    if one.provider == "entra":
        yield Contact("oauth2.authority_host", told(clouds.host(one.authority_host)))
    else:
        yield Contact("oauth2.token_url", told(one.token_url or UNKNOWN))


def _below(place: str, tree: Tree, *, ours: bool, named: bool = False) -> Iterator[Contact]:
    """`named`: the key says that it is a host."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            if not (ours and key in _NEVER):
                yield from _below(f"{place}.{key}", value, ours=ours, named=key in _KEYS)
    elif isinstance(tree, tuple):
        for value in tree:
            yield from _below(place, value, ours=ours, named=named)
    elif isinstance(tree, str) and (named or "://" in tree or (not ours and _like_a_host(tree))):
        yield Contact(place, told(tree))


def _like_a_host(text: str) -> bool:
    return any(form.fullmatch(text) for form in (_FQDN, _IPV4, _IPV6))
