"""Screenshots before and after, kept for each run, with every password field masked."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from reconciler.drivers.admin_page.tab import Tab

# a field may show a password in clear text; what carries the word in its name is masked too
_MASKED = "input[type=password],input[name*=password i],input[id*=password i],input[name*=secret i],input[id*=secret i]"


async def keep(tab: Tab, folder: str | None, unit: str, page: str, moment: str) -> Path | None:
    """`moment` is before, filled, after or failed. Raises OSError when the folder cannot be written."""
    if folder is None:
        return None
    place = Path(folder) / _run()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = place / f"{_plain(unit)}-{_plain(page)}-{moment}.png"
    mask = [tab.page.locator(_MASKED)]
    file.write_bytes(await tab.page.screenshot(full_page=True, mask=mask, animations="disabled"))
    file.chmod(0o600)
    return file


@cache
def _run() -> str:
    """One folder for each process, in the order of time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}"


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text)
