"""Effective settings to the Relay that a handshake needs."""

from __future__ import annotations

from reconciler.model.handshake import Auth, Encryption, Level, Relay
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Settings

ROUTE = ("host", "port", "encryption", "auth")  # without one of these no handshake can be made


def relay(settings: Settings, name: str | None, *, level: Level | None = None) -> Relay | None:
    """None while the settings do not say where to connect and how."""
    if any(settings.get(field) is None for field in ROUTE):
        return None
    password = settings.get("password")
    pins = settings.get("pins")
    return Relay(
        name=name,
        host=str(settings["host"]),
        port=int(str(settings["port"])),
        encryption=Encryption(str(settings["encryption"])),
        auth=Auth(str(settings["auth"])),
        username=_text(settings, "username"),
        password=password if isinstance(password, SecretRef) else None,
        ca_file=_text(settings, "ca_file"),
        ehlo_name=_text(settings, "ehlo_name"),
        pins=tuple(str(pin) for pin in pins) if isinstance(pins, tuple) else (),
        sender=_text(settings, "sender.address"),
        recipient=_text(settings, "verify.recipient"),
        level=level or Level(str(settings.get("verify.level") or Level.AUTH)),
    )


def _text(settings: Settings, field: str) -> str | None:
    value = settings.get(field)
    return value if isinstance(value, str) else None
