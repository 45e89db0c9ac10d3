"""Sockets of `requests` within reach, so that a watchdog can end what a slow server drags on."""

from __future__ import annotations

import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Adapter(HTTPAdapter):
    """Tells every socket that it opens."""

    def __init__(self, sockets: list[socket.socket]) -> None:
        self._pools = {"http": _pool(HTTPConnectionPool, HTTPConnection, sockets)}
        self._pools["https"] = _pool(HTTPSConnectionPool, HTTPSConnection, sockets)
        super().__init__(max_retries=0, pool_connections=1, pool_maxsize=2)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _pool(pool: Any, connection: Any, sockets: list[socket.socket]) -> Any:
    def connect(self: Any) -> None:
        connection.connect(self)
        if isinstance(self.sock, socket.socket):
            sockets.append(self.sock)

    return type(
        pool.__name__, (pool,), {"ConnectionCls": type(connection.__name__, (connection,), {"connect": connect})}
    )
