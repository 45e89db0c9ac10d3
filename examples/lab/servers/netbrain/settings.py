"""What the page keeps, and what it refuses to keep."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

BASIC, OAUTH = "Basic Authentication", "OAuth 2.0 for Microsoft Office365"
BY_CERTIFICATE, BY_PASSWORD = "Certificate-Based Authentication", "Password-Based Authentication"
ENCRYPTIONS, TYPES = ("None", "SSL", "TLS"), (BY_CERTIFICATE, BY_PASSWORD)
CLOUDS = ("AzurePublicCloud", "AzureChina", "AzureGovernment")
SECRETS = ("password", "client_secret", "certificate")
LABELS = {
    "enabled": "Enable Sending Email Server Settings",
    "auth": "Authentication",
    "server": "SMTP Server",
    "port": "SMTP Port",
    "encryption": "Encryption",
    "login": "SMTP Authentication",
    "username": "Username",
    "password": "Password",
    "authority_host": "Authority Host",
    "client_id": "Application (client) ID",
    "tenant_id": "Directory (tenant) ID",
    "type": "Type",
    "client_secret": "Client Secret",
    "certificate": "Certificate",
    "sender": "Sender Email Address",
    "frequency": "Send Email Frequency",
    "oauth_frequency": "Sender Email Frequency",
    "signature": "Email Signature",
}
_OF_7 = {"frequency": "Duplicate Alert Frequency"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    enabled: bool = False
    auth: str = BASIC
    server: str = ""
    port: str = "25"
    encryption: str = "None"
    login: bool = False
    username: str = ""
    password: str = ""
    authority_host: str = CLOUDS[0]
    client_id: str = ""
    tenant_id: str = ""
    type: str = BY_PASSWORD
    client_secret: str = ""
    certificate: str = ""
    sender: str = ""
    frequency: str = "5"  # minutes
    signature: str = ""


def labels(release: str) -> dict[str, str]:
    return LABELS | (_OF_7 if release.startswith("7.") else {})


def shown(settings: Settings) -> dict[str, Any]:
    """As the page gets them: which secrets are set, and none of them."""
    found = {name: value for name, value in asdict(settings).items() if name not in SECRETS}
    return found | {"set": [name for name in SECRETS if getattr(settings, name)]}


def sent(before: Settings, body: Mapping[str, Any]) -> Settings:
    """With what the page sends. An empty secret is one that nobody typed."""
    known = {one.name for one in fields(Settings)}
    found = {name: value for name, value in body.items() if name in known and (name not in SECRETS or value)}
    return replace(before, **found)


def faults(wanted: Settings) -> Iterator[str]:
    yield from (f"{LABELS[name]} is required." for name in _required(wanted) if not getattr(wanted, name))
    if not (wanted.port.isdecimal() and 0 < int(wanted.port) < 65536):
        yield "SMTP Port must be between 1 and 65535."
    if not wanted.frequency.isdecimal():
        yield "Send Email Frequency must be a number of minutes."
    if wanted.sender and not re.fullmatch(r"[^@\s]+@[^@\s]+", wanted.sender):
        yield "Sender Email Address is invalid."


def _required(wanted: Settings) -> tuple[str, ...]:
    if wanted.auth == BASIC:
        return ("server", "sender", *(("username", "password") if wanted.login else ()))
    secret = "client_secret" if wanted.type == BY_PASSWORD else "certificate"
    return ("client_id", "tenant_id", secret, "sender")
