"""How a place on the network is written."""

from __future__ import annotations


def place(host: str, port: int | None) -> str:
    """`host:port`, with an IPv6 address in brackets."""
    bracketed = f"[{host}]" if ":" in host else host
    return bracketed if port is None else f"{bracketed}:{port}"
