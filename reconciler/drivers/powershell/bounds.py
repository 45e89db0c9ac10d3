"""An end to the time and the size of each answer: left alone, a time-out counts anew with every byte, and any length is
taken into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

MOST = 8 * 1024 * 1024  # bytes of one message, unpacked; WinRM's own are half a mebibyte, unless somebody raised that


def bound(adapter: Any) -> None:
    """An adapter of requests, before it has any connection."""
    from reconciler.network.deadline import POOLS

    adapter.poolmanager.pool_classes_by_scheme = POOLS
    proxied, built = adapter.proxy_manager_for, adapter.build_response

    def proxy_manager_for(*given: Any, **more: Any) -> Any:
        manager = proxied(*given, **more)
        manager.pool_classes_by_scheme = POOLS
        return manager

    def build_response(request: Any, raw: Any) -> Any:
        raw.stream = _limited(raw.stream)
        return built(request, raw)

    adapter.proxy_manager_for, adapter.build_response = proxy_manager_for, build_response


def _limited(stream: Callable[..., Iterator[bytes]]) -> Callable[..., Iterator[bytes]]:
    from reconciler.network.failure import TooLarge

    def pieces(*given: Any, **more: Any) -> Iterator[bytes]:
        size = 0
        for piece in stream(*given, **more):
            size += len(piece)
            if size > MOST:
                raise TooLarge(f"more than {MOST} bytes")
            yield piece

    return pieces
