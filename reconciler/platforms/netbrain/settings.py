"""What the declared settings mean for NetBrain: which there are, and the form in which its page shows them.

The page has a form of Basic Authentication, with a login or without one, and a form of OAuth 2.0: `mode` and `login`
there are `auth` here. Its Type follows from the credential that is declared.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.handshake import OAUTH2_FIELDS
from reconciler.model.settings import Settings, Value
from reconciler.oauth import clouds

EMAIL = "email"
AUTHORITY = "oauth2.authority_host"
SECRETS = frozenset({"password", "oauth2.client_secret", "oauth2.certificate"})
CERTIFICATE = frozenset({"oauth2.certificate", "oauth2.certificate_password"})
OAUTH2 = frozenset({AUTHORITY, "oauth2.client_id", "oauth2.tenant_id", "oauth2.client_secret"}) | CERTIFICATE
FORM = frozenset({"host", "port", "encryption", "username", "password"})  # of Basic Authentication
FIELDS = FORM | OAUTH2_FIELDS | {"enabled", "auth", "credential", "sender.address", "frequency", "signature"}
DEFAULTS: Settings = {"enabled": False, "port": 25, "frequency": 5}


def normalised(settings: Settings) -> Settings:
    """Without what only the handshake uses, and with the Type that follows from the credential."""
    auth = settings.get("auth")
    told = {**_credential(settings), **settings} if auth in (None, "oauth2") else dict(settings)
    dropped = OAUTH2_FIELDS - OAUTH2
    if auth == "oauth2":
        dropped |= FORM
    elif auth is not None:
        dropped |= OAUTH2 | {"credential"}
    if auth == "none":
        dropped |= {"username", "password"}
    return {field: _normal(field, value) for field, value in told.items() if field not in dropped}


def shown(page: Mapping[str, Value]) -> dict[str, Value]:
    """What the page holds, in the words of the files."""
    found = {field: _normal(field, value) for field, value in page.items() if field not in ("mode", "login")}
    mode = page.get("mode")
    if mode == "basic":
        found["auth"] = "basic" if page.get("login") is True else "none"
    elif mode is not None:
        found["auth"] = mode
    return found


def typed(changes: Mapping[str, Value]) -> dict[str, Value]:
    """Changes in the words of the page."""
    found = dict(changes)
    if "auth" not in found:
        return found
    auth = found.pop("auth")
    if auth == "oauth2":
        return {"mode": "oauth2", **found}
    return {"mode": "basic", "login": auth == "basic", **found}


def known(changes: Mapping[str, Value], on_page: frozenset[str]) -> dict[str, Value]:
    """A page map without the login's box can still choose the form."""
    return {name: value for name, value in changes.items() if name in on_page or name != "login"}


def on_page(changes: Mapping[str, Value], known_there: frozenset[str]) -> dict[str, Value]:
    """Both: what is typed on a page that has these settings."""
    return known(typed(changes), known_there)


def _credential(settings: Settings) -> dict[str, Value]:
    if settings.get("oauth2.certificate") is not None:
        return {"credential": "certificate"}
    return {"credential": "secret"} if settings.get("oauth2.client_secret") is not None else {}


def _normal(field: str, value: Value) -> Value:
    if field == AUTHORITY:
        return _authority(value)
    if isinstance(value, str):
        text = value.strip()
        value = (text.lower() if field == "host" else text) or None
    if value is None:
        return "none" if field in ("auth", "encryption") else DEFAULTS.get(field)
    return value


def _authority(value: Value) -> Value:
    """By the name that NetBrain's help prints, however a file names the cloud."""
    cloud = clouds.cloud(clouds.host(None if value is None else str(value)))
    return cloud.authority if cloud else value
