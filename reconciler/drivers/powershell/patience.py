"""A message that WinRM refuses unseen (HTTP 503, 429) is sent again until the deadline, and one that only asks for
output when its answer is late; any other is not. None waits longer than there is time."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from reconciler.drivers.powershell import bounds

_NOT_READY = frozenset({429, 503})
_FIRST, _LONGEST = 0.5, 5.0  # seconds between two attempts
_LEAST = 1.0  # seconds for an answer, to stop a script whose time is up


def patient(transport: Any, deadline: Callable[[], float]) -> None:
    """Wraps the `send` of pypsrp's transport; `deadline` tells the one of now (monotonic)."""
    once = transport.send

    def send(message: bytes, *, retries_on_read_timeout: int = 0, timeout: Any = None) -> bytes:
        pause, late = _FIRST, 0
        while True:
            _begin(transport)
            left = max(_LEAST, deadline() - time.monotonic())
            try:
                answer: bytes = once(message, timeout=_at_most(left, timeout, transport))
            except Exception as error:
                late += _is_late(error)
                again = _passes(error) or (_is_late(error) and late <= retries_on_read_timeout)
                if not again or time.monotonic() + pause >= deadline():
                    raise
                _forget(transport)
                time.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311  # jitter, not a secret
                pause = min(pause * 2, _LONGEST)
            else:
                return answer

    transport.send = send


def _at_most(left: float, asked: Any, transport: Any) -> tuple[float, float]:
    """Seconds to connect and for an answer."""
    own = (transport.connection_timeout, transport.read_timeout)
    connect, read = own if asked is None else asked if isinstance(asked, tuple) else (asked, asked)
    return min(connect, left), min(read, left)


def close(transport: Any) -> None:
    """At once: urllib3 leaves connections to the garbage collector, and an exception may hold on to them."""
    session = transport.session
    if session is None:
        return
    for adapter in session.adapters.values():
        if (last := getattr(adapter, "last", None)) is not None:
            last.close()  # a login that gave up half-way has not read it
        for manager in (adapter.poolmanager, *adapter.proxy_manager.values()):
            for key in list(manager.pools.keys()):
                manager.pools[key].close()
    session.close()


def _begin(transport: Any) -> None:
    """With the last answer kept, so that `close` can end it. It is not read here: a login looks at its connection."""
    if transport.session is None:
        transport.session = transport._build_session()
        transport.session.trust_env = False  # no .netrc
        transport.session.max_redirects = 0  # the login is for this server
        for adapter in transport.session.adapters.values():
            bounds.bound(adapter)
            adapter.build_response = _kept(adapter)


def _kept(adapter: Any) -> Any:
    build = adapter.build_response

    def built(request: Any, raw: Any) -> Any:
        adapter.last = build(request, raw)
        return adapter.last

    return built


def _passes(error: Exception) -> bool:
    from pypsrp.exceptions import WinRMTransportError

    return isinstance(error, WinRMTransportError) and error.code in _NOT_READY


def _is_late(error: Exception) -> bool:
    import requests

    return isinstance(error, requests.exceptions.Timeout)


def _forget(transport: Any) -> None:
    """Sealed messages are numbered: after one that was not opened there, both sides begin with a new login."""
    if transport.wrap_required:
        transport.encryption = None
        close(transport)
        transport.session = None
