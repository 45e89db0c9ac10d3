from __future__ import annotations

from support.served import authority, served, served_tls

__all__ = ["authority", "served", "served_tls"]
