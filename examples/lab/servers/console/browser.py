"""Whether pages can be driven here. What needs it and has none is skipped, with the reason."""

from __future__ import annotations

from unittest import SkipTest

from reconciler.drivers.admin_page import executable
from reconciler.errors import PlatformError


def missing() -> str | None:
    """Why there is none; None where there is one."""
    try:
        executable.found(None)
    except PlatformError as error:
        return f"{error.what} ({error.fix})"
    return None


def needed() -> None:
    """Raises SkipTest."""
    if reason := missing():
        raise SkipTest(f"no browser: {reason}")
