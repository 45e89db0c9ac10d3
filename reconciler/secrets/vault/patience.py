"""How often a request to Vault is sent: reads again while that may help, all else only after a rate limit."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from reconciler.secrets.vault import errors as vault_errors
from reconciler.secrets.vault.client import CONNECT_TIMEOUT

FIRST_PAUSE = 0.3  # seconds, doubled each time

T = TypeVar("T")


def patiently(once: Callable[[tuple[float, float]], T], timeout: float, *, reads: bool) -> T:
    """What `once` returns, given how long it may take to connect and for everything, in seconds as `timeout`.

    A rate limit that says how long it lasts is waited for, of writes and logins too: it answers before anything is
    done. Raises what `once` raises.
    """
    deadline, pause = time.monotonic() + timeout, FIRST_PAUSE
    while True:
        left = max(deadline - time.monotonic(), 0.1)
        try:
            return once((min(CONNECT_TIMEOUT, left), left))
        except vault_errors.library_errors() as error:
            asked = vault_errors.retry_after(error)
            again = asked is not None or (reads and vault_errors.is_transient(error))
            wait = pause if asked is None else max(asked, FIRST_PAUSE)
            if not again or time.monotonic() + wait >= deadline:
                raise
        time.sleep(wait)
        pause *= 2
