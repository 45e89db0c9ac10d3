"""Connections of `requests` that keep a deadline for a whole exchange: a socket's timeout counts anew with every byte.

Before each step that may wait, the socket's timeout becomes what is left: no thread watches, none hangs up. To send and
to shake hands is one step each, however many bytes it takes. Not held: the system's look-up of a name, the attempts at
each further address of a host, and what drips inside a record of TLS within TLS (an https proxy).
"""

from __future__ import annotations

import io
import ssl
import time
from collections.abc import Callable
from http.client import HTTPResponse
from math import inf
from typing import Any

import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Until(urllib3.Timeout):
    """What is left until `deadline`, at most `connect` and `read` seconds to connect and for an answer.

    `deadline` is in seconds of `time.monotonic`. urllib3's own counts again from the start after a proxy's CONNECT.
    """

    def __init__(self, deadline: float, *, connect: float = inf, read: float = inf) -> None:
        super().__init__()
        self._deadline, self._to_connect, self._to_read = deadline, connect, read

    @property
    def over(self) -> bool:
        return time.monotonic() >= self._deadline

    def clone(self) -> Until:
        return self

    def start_connect(self) -> float:
        return time.monotonic()

    @property
    def connect_timeout(self) -> float:
        return min(self._to_connect, self._deadline - time.monotonic())

    @property
    def read_timeout(self) -> float:
        return min(self._to_read, self._deadline - time.monotonic())


class Adapter(HTTPAdapter):
    """Give its `send` an `Until` as timeout. `trust` makes the TLS context, and is asked where TLS is spoken only."""

    def __init__(self, trust: Callable[[], ssl.SSLContext], connections: int = 2) -> None:
        self._trust = trust
        super().__init__(max_retries=0, pool_connections=1, pool_maxsize=connections)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        if proxy.startswith("https:"):
            kwargs["proxy_ssl_context"] = self._trust()
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = POOLS
        return manager

    def build_connection_pool_key_attributes(self, request: Any, *_: Any, **__: Any) -> Any:
        host, given = super().build_connection_pool_key_attributes(request, True)
        return host, given | ({"ssl_context": self._trust()} if host["scheme"] == "https" else {})

    def cert_verify(self, *_: Any, **__: Any) -> None:
        """Nothing to add: the context knows the files."""


class _Punctual:
    """`timeout` is set once a request, in seconds, and from then on says what is left."""

    sock: Any
    _deadline: float | None = None

    @property
    def timeout(self) -> float | None:
        if self._deadline is None:
            return None
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    @timeout.setter
    def timeout(self, seconds: float | None) -> None:
        self._deadline = None if seconds is None else time.monotonic() + seconds

    def _new_conn(self) -> Any:
        sock = super()._new_conn()  # type: ignore[misc]  # of the connection it is mixed into
        sock.settimeout(self.timeout)  # for the TLS handshake
        return sock

    def send(self, data: Any) -> None:
        if self.sock is not None:
            self.sock.settimeout(self.timeout)
        super().send(data)  # type: ignore[misc]

    def response_class(self, sock: Any, **given: Any) -> HTTPResponse:
        """Where http.client looks for the class of its responses, a proxy's to CONNECT too."""
        return HTTPResponse(_Incoming(sock, self), **given)  # type: ignore[arg-type]  # it wants `makefile` only


class _Incoming(io.RawIOBase):
    """The bytes of a socket as they come, until the deadline of its connection."""

    def __init__(self, sock: Any, connection: _Punctual) -> None:
        self._sock, self._bytes, self._connection = sock, sock.makefile("rb", buffering=0), connection

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._connection.timeout)
        found: int | None = self._bytes.readinto(buffer)
        return found

    def close(self) -> None:
        self._bytes.close()
        super().close()


class _Http(_Punctual, HTTPConnection):  # type: ignore[misc]  # a property for an attribute, a method for a class
    pass


class _Https(_Punctual, HTTPSConnection):  # type: ignore[misc]
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


# by scheme, for a manager of urllib3: a time-out then counts for a whole answer, and not anew with every byte
POOLS: dict[str, Any] = {"http": _HttpPool, "https": _HttpsPool}
