"""What the farm's version can do, told from its own cmdlet and properties; names of versions are for messages only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

_BY_PARAMETER = {
    "SMTPServerPort": ("port",),
    "DisableSMTPEncryption": ("encryption",),
    "SMTPCredentials": ("auth", "username", "password", "credential_key"),
    "Certificate": ("smtp_certificate",),
}
_BY_PROPERTY = {"override_envelope_sender": ("override_envelope_sender",)}
CLEARS_HOST = "Certificate"  # the version that takes a certificate takes -SMTPServer $null too
SINCE = {
    "port": "SharePoint Server 2016",
    "encryption": "SharePoint Server 2016",
    "override_envelope_sender": "SharePoint Server 2016 with the update KB4011244",
    "auth": "SharePoint Server 2019",
    "username": "SharePoint Server 2019",
    "password": "SharePoint Server 2019",
    "credential_key": "SharePoint Server 2019",
    "smtp_certificate": "SharePoint Server Subscription Edition",
    "host": "SharePoint Server Subscription Edition",
}


def lacking(parameters: Collection[str], row: Mapping[str, Any]) -> tuple[str, ...]:
    """Settings that this farm has no place for."""
    missing = [fields for name, fields in _BY_PARAMETER.items() if name not in parameters]
    missing += [fields for name, fields in _BY_PROPERTY.items() if name not in row]
    return tuple(sorted(field for fields in missing for field in fields))


def name(build: str) -> str:
    """Of a build such as 16.0.10337.12109; for people."""
    numbers = [int(part) if part.isdigit() else 0 for part in build.split(".")]
    major, revision = numbers[0], numbers[2] if len(numbers) > 2 else 0
    if major == 15:
        product = "2013"
    elif major == 16:
        product = "2016" if revision < 10000 else "2019" if revision < 14000 else "Subscription Edition"
    else:
        return f"SharePoint build {build}"
    return f"SharePoint Server {product} (build {build})"
