"""A name for a run that no other run has, in the order of time: of its lease and its journal."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime


def new() -> str:
    """E.g. 20261129T082500.123456Z-9f86d081; the time is for people, and nothing is decided by it."""
    return f"{datetime.now(tz=UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}"
