"""What the declared settings mean for OutSystems 11: which there are, and the form in which the pages show them.

The pages know no "none" and no "starttls": without a login is Basic with an empty Username, and TLS is a box, Use SSL
On Connect. What a connection without that box does is not documented.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.handshake import OAUTH2_FIELDS
from reconciler.model.settings import Settings, Value

EMAIL = "email"
SSL = "ssl_on_connect"
ADDRESSES = "test_list.addresses"
SECRETS = frozenset({"password", "oauth2.client_secret"})
OAUTH2 = frozenset({"oauth2.tenant_id", "oauth2.client_id", "oauth2.client_secret"})
# saved by Save, used by running modules after "Save and Apply Settings to the Factory" or a republish
RUNTIME = frozenset({"sender.address", "sender.name", "test_list.active", ADDRESSES, "hostname"})
FACTORY = 'running modules use this only after "Save and Apply Settings to the Factory", or a republish'
PRESS = 'press "Save and Apply Settings to the Factory" in Service Center'
FIELDS = frozenset({"host", "port", "encryption", "auth", "username", "password", SSL}) | OAUTH2_FIELDS | RUNTIME
DEFAULTS: Settings = {"port": 25, SSL: False, "test_list.active": False}
NO_CREDENTIAL = frozenset({"oauth2.certificate", "oauth2.certificate_password", "oauth2.federated"})
_NAMES = frozenset({"host", "hostname"})


def normalised(settings: Settings) -> Settings:
    """Without what only the handshake uses, and with the box that follows from `encryption`."""
    told = {**_box(settings), **settings}
    dropped = _dropped(told)
    found = {field: _normal(field, value) for field, value in told.items() if field not in dropped}
    return {**found, "username": None} if found.get("auth") == "none" else found


def shown(page: Mapping[str, Value], on_page: frozenset[str]) -> dict[str, Value]:
    """What the pages hold, in the words of the files; `on_page` are the settings that the page map knows.

    Before 11.34 there is no choice of authentication. A box that a release does not show counts as off. A test list
    that is not used is none: its field is locked then.
    """
    found = {field: _normal(field, value) for field, value in page.items()}
    if SSL not in on_page and found.get("auth") != "oauth2":
        found[SSL] = False
    if found.get("auth", "basic") == "basic" and "username" in found:
        found["auth"] = "basic" if found["username"] else "none"
    return found if found.get("test_list.active", True) else {**found, ADDRESSES: None}


def typed(changes: Mapping[str, Value], on_page: frozenset[str]) -> dict[str, Value]:
    """Changes in the words of the pages; `on_page` are the settings that the page map knows."""
    found = dict(changes)
    if found.get("auth") == "none":
        found |= {"auth": "basic", "username": None, "password": None}
    if found.get("test_list.active") is False:
        found.pop(ADDRESSES, None)  # locked
    return {field: value for field, value in found.items() if field in on_page or field not in ("auth", SSL)}


def _box(settings: Settings) -> dict[str, Value]:
    if "encryption" not in settings or settings.get("auth") == "oauth2":
        return {}
    return {SSL: settings["encryption"] == "tls"}


def _dropped(told: Settings) -> frozenset[str]:
    """Declared for the handshake, and nothing that the pages ask for."""
    found = frozenset({"encryption"}) | (OAUTH2_FIELDS - OAUTH2)
    if told.get("auth") == "oauth2":
        found |= {"username", "password", SSL}
    elif "auth" in told:
        found |= OAUTH2
    return found if told.get("test_list.active", True) else found | {ADDRESSES}


def _normal(field: str, value: Value) -> Value:
    if isinstance(value, str):
        text = value.strip()
        value = (text.lower() if field in _NAMES else text) or None
    if isinstance(value, tuple):
        value = tuple(str(one).strip() for one in value) or None
    if value is None:
        return "none" if field == "auth" else DEFAULTS.get(field)
    return value
