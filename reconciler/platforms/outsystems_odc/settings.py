"""What the declared settings mean for ODC: which there are, and the form in which they come back."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.address import Resource
from reconciler.model.handshake import OAUTH2_FIELDS
from reconciler.model.settings import Connection, Settings, Value
from reconciler.oauth import clouds
from reconciler.platforms.outsystems_odc.keys import APPS, DEFAULTS, OF_APPS, OF_STAGE, dropped, keys

DOMAIN = "default_domain"  # has an API of its own, and no key
# ODC is told a token URL, a client, its secret and a scope; what a relay says of Entra becomes these
_ENTRA = frozenset({"oauth2.provider", "oauth2.tenant_id", "oauth2.authority_host"})
NO_CREDENTIAL = frozenset({"oauth2.certificate", "oauth2.certificate_password", "oauth2.federated"})


def fields(collection: str) -> frozenset[str]:
    return OF_APPS if collection == APPS else OF_STAGE | OAUTH2_FIELDS | {DOMAIN}


def normalised(resource: Resource, settings: Settings, connection: Connection) -> Settings:
    """Without what only the handshake uses: see `handshake_only`."""
    told = settings if resource.collection == APPS else _with_token_url(settings)
    left_out = handshake_only(told, connection) if resource.collection != APPS else frozenset()
    return {field: _normal(field, value) for field, value in told.items() if field not in left_out}


def handshake_only(settings: Settings, connection: Connection) -> frozenset[str]:
    """Declared for the handshake, not told to ODC: no TLS selector is documented, OAuth asks for no user name."""
    known = keys(connection)
    found = _ENTRA | NO_CREDENTIAL | dropped(connection)
    found |= frozenset({"encryption"} - known.keys())
    return found | {"username", "password"} if settings.get("auth") == "oauth2" else found


def _with_token_url(settings: Settings) -> Mapping[str, Value]:
    """For Entra, the token URL and scope that its own documentation gives, unless they are declared."""
    if settings.get("oauth2.provider") != "entra" or settings.get("auth") != "oauth2":
        return settings
    authority, tenant = settings.get("oauth2.authority_host"), settings.get("oauth2.tenant_id")
    host = clouds.host(None if authority is None else str(authority))
    cloud = clouds.cloud(host)
    derived = {
        "oauth2.token_url": f"https://{host}/{tenant}/oauth2/v2.0/token" if tenant else None,
        "oauth2.scope": cloud.scope if cloud else None,
    }
    return {**settings, **{field: value for field, value in derived.items() if value and not settings.get(field)}}


def _normal(field: str, value: Value) -> Value:
    if value is None:
        return DEFAULTS.get(field)
    if isinstance(value, str):
        text = value.strip()
        return (text.lower() if field in ("host", DOMAIN) else text) or None
    return tuple(str(one).strip() for one in value) or None if isinstance(value, tuple) else value
