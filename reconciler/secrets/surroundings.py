"""What a child process gets of our environment: what it needs to run, and none of the secrets that stand there too."""

from __future__ import annotations

import os
from collections.abc import Mapping

_NAMES = frozenset(
    {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "TZ", "TMPDIR", "LANG", "LANGUAGE", "SSH_AUTH_SOCK", "SSH_AGENT_PID"}
)
# the user's own configuration of git; not GIT_DIR and its like, which would make it read another repository
_BEGIN = ("LC_", "XDG_", "GIT_CONFIG_")


def small(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name in _NAMES or name.startswith(_BEGIN)}
