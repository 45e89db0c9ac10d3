"""The session that hvac asks through. Import it inside functions: `requests` takes 60 ms."""

from __future__ import annotations

import time
from typing import Any

import requests

from reconciler.network import session as http_session
from reconciler.network.deadline import Until


class Punctual(requests.Session):
    """Its timeout counts for a whole exchange, and an answer has a largest size."""

    def request(  # type: ignore[override]  # hvac gives these by name, and no others that matter here
        self,
        method: str,
        url: str,
        *,
        timeout: tuple[float, float],
        headers: dict[str, str] | None = None,
        params: Any = None,
        json: Any = None,
        **_: Any,
    ) -> requests.Response:
        """`timeout` is in seconds: to connect, and for everything. Raises FAILURES of `network.failure`."""
        connect, whole = timeout
        sent = requests.Request(method.upper(), url, params=params, json=json, headers=headers).prepare()
        return http_session.exchange(self, sent, Until(time.monotonic() + whole, connect=connect))
