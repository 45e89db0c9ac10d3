"""Screenshots before and after, kept for each run, with every password field masked."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from reconciler.drivers.admin_page.tab import Tab
from reconciler.errors import PlatformError

# a field may show a password in clear text; what carries the word in its name is masked too
_MASKED = "input[type=password],input[name*=password i],input[id*=password i],input[name*=secret i],input[id*=secret i]"


async def keep(tab: Tab, folder: str | None, unit: str, page: str, moment: str) -> Path | None:
    """`moment` is before, filled, after or failed. Raises PlatformError when the folder cannot be written."""
    if folder is None:
        return None
    mask = [tab.page.locator(_MASKED)]
    picture = await tab.page.screenshot(full_page=True, mask=mask, animations="disabled")
    file = Path(folder) / _run() / f"{_plain(unit)}-{_plain(page)}-{moment}.png"
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_bytes(picture)
        file.chmod(0o600)
    except OSError as error:
        raise PlatformError(
            f"connection.evidence: {folder} cannot be written: {error.strerror}",
            fix="let this user write there, or leave it out",
        ) from None
    return file


@cache
def _run() -> str:
    """One folder for each process, in the order of time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}"


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text)
