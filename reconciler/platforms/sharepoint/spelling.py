"""Our settings and SharePoint's: from a row of `read.ps1` to settings. The way back is `edit`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from reconciler.model.settings import Settings, Value
from reconciler.platforms.sharepoint import character_sets

FARM, WEB_APPLICATIONS = "farm", "web_applications"
FIELDS = frozenset(
    {
        *("host", "port", "encryption", "auth", "username", "password", "credential_key", "smtp_certificate"),
        *("sender.address", "reply_to", "character_set", "override_envelope_sender"),
    }
)
# what SharePoint has where nobody set anything; null means this, too
DEFAULTS: Mapping[str, Value] = {
    "port": 25,
    "encryption": "none",
    "auth": "none",
    "character_set": "utf-8",
    "override_envelope_sender": False,
}
_TEXTS = ("username", "sender.address", "reply_to")


def normalised(settings: Settings) -> Settings:
    found = {field: DEFAULTS.get(field) if value is None else value for field, value in settings.items()}
    for field in _TEXTS:
        if isinstance(value := found.get(field), str):
            found[field] = value.strip() or None
    if isinstance(host := found.get("host"), str):
        found["host"] = host.strip().lower()
    if "character_set" in found:
        found["character_set"] = character_sets.normal(found["character_set"])
    if isinstance(print_ := found.get("smtp_certificate"), str):
        found["smtp_certificate"] = "".join(one for one in print_.upper() if one.isalnum())
    return found


def settings(row: Mapping[str, Any]) -> dict[str, Value]:
    """All that the farm shows. A web application without a port has 25, one without a word on TLS has none."""
    user = row.get("user") or None
    return {
        "host": str(row["host"]).lower() if row.get("host") else None,
        "port": row.get("port") or 25,
        "encryption": "starttls" if row.get("tls") else "none",
        "auth": "basic" if user else "none",
        "username": user,
        "sender.address": row.get("from") or None,
        "reply_to": row.get("reply_to") or None,
        "character_set": character_sets.shown(int(row["code_page"])),
        "override_envelope_sender": bool(row.get("override_envelope_sender")),
    }


def same_url(one: str, other: str) -> bool:
    return _parts(one) == _parts(other)


def _parts(url: str) -> tuple[object, ...]:
    """Scheme, host and port; a web application's URL has no path."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return (url,)
    return parts.scheme, parts.hostname, port, parts.path.rstrip("/")
