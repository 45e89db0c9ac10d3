"""What can go wrong at a token server, as data: give one to `EntraServer.fault`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong at `at` (token or discovery): an answer of its own, a wait before it, or other
    values in the document (None takes one out)."""

    at: str = "token"
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    wait: float = 0.0
    document: Mapping[str, str | None] = field(default_factory=dict)


# The token in the broken answer must not get into any log or message.
FAULTS = {
    "busy": Fault(status=429, headers={"Retry-After": "7"}, body=b'{"error": "temporarily_unavailable"}'),
    "down": Fault(status=503, body=b'{"error": "temporarily_unavailable"}'),
    "slow": Fault(wait=3.0),
    "broken": Fault(status=200, body=b'{"token_type": "Bearer", "access_token": "c4nary-in-a-broken-answer'),
    "list": Fault(status=200, body=b"[]"),
    "empty": Fault(status=200, body=b"{}"),
    "mac": Fault(status=200, body=b'{"token_type": "mac", "access_token": "c4nary-mac"}'),
    "control": Fault(status=200, body=b'{"token_type": "Bearer", "access_token": "a\\u0001auth=b"}'),
    "html": Fault(status=200, headers={"Content-Type": "text/html"}, body=b"<html>log in to the proxy</html>"),
    "redirect": Fault(status=307, headers={"Location": "https://elsewhere.example/token"}),
    "huge": Fault(status=200, body=b" " * (2 * 1024 * 1024)),
    "discovery-down": Fault(at="discovery", status=503),
    "discovery-broken": Fault(at="discovery", status=200, body=b"{"),
    "discovery-empty": Fault(at="discovery", status=200, body=b"{}"),
    "discovery-partial": Fault(at="discovery", document={"authorization_endpoint": None}),
    "wrong-issuer": Fault(at="discovery", document={"issuer": "https://elsewhere.example/v2.0"}),
    "wrong-endpoint": Fault(at="discovery", document={"token_endpoint": "https://elsewhere.example/token"}),
    "plain-endpoint": Fault(at="discovery", document={"token_endpoint": "http://localhost/token"}),
}
