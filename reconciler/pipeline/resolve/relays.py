"""Effective settings to the Relay that a handshake needs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.model.handshake import ZONE, Auth, Encryption, Level, OAuth2, Relay
from reconciler.model.secret import SecretRef

if TYPE_CHECKING:
    from reconciler.model.landscape import DeclaredRelay
    from reconciler.model.settings import Settings

DEFAULTS = {"verify.level": str(Level.AUTH)}  # what holds where the files say nothing
ROUTE = ("host", "port", "encryption", "auth")  # without one of these no handshake can be made


def has_route(settings: Settings) -> bool:
    """Whether there is anything that a handshake could prove."""
    return any(settings.get(field) is not None for field in ROUTE)


def relay(settings: Settings, name: str | None, *, level: Level | None = None, protected: bool = False) -> Relay | None:
    """None while the settings do not say where to connect and how."""
    if any(settings.get(field) is None for field in ROUTE):
        return None
    return Relay(
        name=name,
        host=str(settings["host"]),
        port=int(str(settings["port"])),
        encryption=Encryption(str(settings["encryption"])),
        auth=Auth(str(settings["auth"])),
        username=_text(settings, "username"),
        password=_secret(settings, "password"),
        ca_file=_text(settings, "ca_file"),
        ehlo_name=_text(settings, "ehlo_name"),
        mechanism=_text(settings, "mechanism"),
        pins=_texts(settings, "pins"),
        sender=_text(settings, "sender.address"),
        recipient=_text(settings, "verify.recipient"),
        level=level or Level(str(settings.get("verify.level") or DEFAULTS["verify.level"])),
        oauth2=_oauth2(settings),
        via=_text(settings, "verify.via"),
        severities=_severities(settings),
        dkim_selectors=_texts(settings, "verify.dkim_selectors"),
        resolver=_text(settings, "verify.resolver"),
        dns=settings.get("verify.dns") is True,
        size=int(str(settings["verify.size"])) if settings.get("verify.size") is not None else None,
        patience=_patience(settings),
        protected=protected,
        zone=_text(settings, ZONE),
    )


def explained(declared: DeclaredRelay) -> DeclaredRelay:
    """As it is seen from itself: with the defaults, and with its own settings as said here."""
    own = f"relay {declared.name}"
    origin = {
        field: replace(one, through="here") if one.through == own else one for field, one in declared.origin.items()
    }
    left_out = {field: value for field, value in DEFAULTS.items() if field not in declared.settings}
    return replace(declared, settings={**declared.settings, **left_out}, origin=origin)


def _oauth2(settings: Settings) -> OAuth2 | None:
    provider, client_id = _text(settings, "oauth2.provider"), _text(settings, "oauth2.client_id")
    if settings.get("auth") != Auth.OAUTH2 or provider is None or client_id is None:
        return None
    return OAuth2(
        provider=provider,
        client_id=client_id,
        tenant_id=_text(settings, "oauth2.tenant_id"),
        authority_host=_text(settings, "oauth2.authority_host"),
        token_url=_text(settings, "oauth2.token_url"),
        scope=_text(settings, "oauth2.scope"),
        client_secret=_secret(settings, "oauth2.client_secret"),
        certificate=_secret(settings, "oauth2.certificate"),
        certificate_password=_secret(settings, "oauth2.certificate_password"),
        federated=_text(settings, "oauth2.federated"),
        ca_file=_text(settings, "oauth2.ca_file"),
        proxy=_text(settings, "oauth2.proxy"),
    )


def secrets(relay: Relay) -> frozenset[SecretRef]:
    """Every reference that a handshake with this relay may open."""
    own = relay.oauth2
    found = (relay.password, *((own.client_secret, own.certificate, own.certificate_password) if own else ()))
    return frozenset(ref for ref in found if ref is not None)


def _severities(settings: Settings) -> tuple[tuple[str, str], ...]:
    prefix = "verify.checks."
    found = ((field.removeprefix(prefix), str(value)) for field, value in settings.items() if field.startswith(prefix))
    return tuple(sorted(found))


def _patience(settings: Settings) -> tuple[tuple[str, float], ...]:
    prefix = "verify.timeouts."
    found = ((field, value) for field, value in settings.items() if field.startswith(prefix) and value is not None)
    return tuple(sorted((field.removeprefix(prefix), float(str(value))) for field, value in found))


def _secret(settings: Settings, field: str) -> SecretRef | None:
    value = settings.get(field)
    return value if isinstance(value, SecretRef) else None


def _texts(settings: Settings, field: str) -> tuple[str, ...]:
    value = settings.get(field)
    return tuple(str(one) for one in value) if isinstance(value, tuple) else ()


def _text(settings: Settings, field: str) -> str | None:
    value = settings.get(field)
    return value if isinstance(value, str) else None
