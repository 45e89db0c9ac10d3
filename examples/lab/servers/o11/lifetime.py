"""LifeTime's list of environments, API v2: `GET /lifetimeapi/rest/v2/environments/` with a service account's token.

Names of properties as the vendor's reference has them; values that it does not say (order, kind) are made up.
"""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Sequence
from typing import Any

from lab.servers.console.exchange import Answer, Request, document
from lab.servers.console.listener import Listener, Running
from lab.servers.o11.standin import O11StandIn

PATH = "/lifetimeapi/rest/v2/environments/"


class LifeTimeStandIn(Running):
    """Knows `environments` while the `with` block runs."""

    def __init__(self, environments: Sequence[O11StandIn], *, tls: ssl.SSLContext | None = None) -> None:
        self.environments, self.token = environments, secrets.token_urlsafe(24)
        self.listener = Listener(self._answer, tls)

    def _answer(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return Answer(status=401)
        if request.verb != "GET" or not request.path.startswith(PATH):
            return Answer(status=404)
        listed = [_shown(one, order) for order, one in enumerate(self.environments)]
        key = request.path.removeprefix(PATH).strip("/")
        if not key:
            return document(listed)
        found = [one for one in listed if one["Key"] == key]
        return document(found[0]) if found else Answer(status=404)


def _shown(one: O11StandIn, order: int) -> dict[str, Any]:
    return {
        "Key": one.key,
        "Name": one.name,
        "OSVersion": f"{one.environment.release.name}.1234",
        "Order": order,
        "HostName": one.url.partition("//")[2],
        "UseHTTPS": one.url.startswith("https"),
        "EnvironmentType": one.name,
        "IsCloudEnvironment": False,
    }
