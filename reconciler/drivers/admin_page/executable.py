"""Where the browser is, and what to install where it is not. Starts nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from reconciler.errors import PlatformError

NAME = "chromium-headless-shell"
# with any of these, Playwright writes each message to its browser into the log, typed passwords too
_TALKATIVE = ("DEBUG", "DEBUGP", "PWDEBUG")


def found(named: str | None) -> Path:
    """The executable. Raises PlatformError with what to install, or where it was looked for."""
    if find_spec("playwright") is None:
        raise PlatformError(
            "this platform is reached with a browser, and Playwright is not installed",
            fix="pip install 'mail-reconciler[browser]'; its own browsers are not needed",
        )
    where = named or shutil.which(NAME)
    if where is None:
        raise PlatformError(
            f"this platform is reached with a browser, and {NAME} is not on the PATH",
            fix=f"on Debian: apt-get install {NAME}; or name the executable: connection.browser",
        )
    if not (Path(where).is_file() and os.access(where, os.X_OK)):
        raise PlatformError(
            f"connection.browser: {where} is not executable",
            fix=f"on Debian: apt-get install {NAME}, which is /usr/bin/{NAME}",
        )
    return Path(where)


def check_environment(variables: Mapping[str, str]) -> None:
    """Raises PlatformError where passwords would be written into the log."""
    if talkative := [name for name in _TALKATIVE if variables.get(name)]:
        raise PlatformError(
            f"the environment variable {talkative[0]} is set: Playwright would log what is typed, passwords too",
            fix=f"unset {talkative[0]}",
        )
