"""The release of the Platform Server, as LifeTime's API v2 tells it. Reads; a service account's token is enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.drivers.http import client as http
from reconciler.drivers.http import site
from reconciler.errors import PlatformAnswer, PlatformMissing
from reconciler.model.ports import Opener
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Connection, Tree

ENVIRONMENTS = "/lifetimeapi/rest/v2/environments/"


def release(connection: Connection, secrets: Opener) -> str | None:
    """None where `connection.lifetime` is not declared. Raises PlatformError and SecretError."""
    declared = connection.get("lifetime")
    if not isinstance(declared, Mapping):
        return None
    listed = _listed(declared, connection, secrets)
    name = str(declared["environment"])
    found = [one for one in listed if name in (one.get("Name"), one.get("Key"))]
    if len(found) == 1 and found[0].get("OSVersion"):
        return str(found[0]["OSVersion"])
    known = ", ".join(sorted(str(one.get("Name")) for one in listed)) or "none"
    raise PlatformMissing(
        f"LifeTime knows {'no' if not found else 'more than one'} environment {name} with an OSVersion",
        why=f"it knows {known}",
        fix="connection: {lifetime: {environment: its name in LifeTime}}, or connection: {version: …} instead",
    )


def _listed(declared: Mapping[str, Tree], connection: Connection, secrets: Opener) -> list[dict[str, Any]]:
    token = declared["token"]
    assert isinstance(token, SecretRef)  # noqa: S101  # the schema lets nothing else pass
    headers: dict[str, site.HeaderValue] = {"Authorization": ("Bearer ", secrets.open(token))}
    reader = http.ReadOnlyHttp(site.site(str(declared["url"]), connection, headers), [("GET", ENVIRONMENTS)])
    try:
        found = reader.get(ENVIRONMENTS)
    finally:
        reader.close()
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise PlatformAnswer("LifeTime's answer is not a list of environments", fix="check connection.lifetime.url")
    return found
