"""Whether there is a browser here; what needs one is skipped with the reason where there is none."""

from __future__ import annotations

from unittest import SkipTest

from reconciler.drivers.admin_page import executable
from reconciler.errors import PlatformError


def needed() -> None:
    """Raises SkipTest, which pytest knows."""
    try:
        executable.found(None)
    except PlatformError as error:
        raise SkipTest(f"no browser: {error.what}; {error.fix}") from None
