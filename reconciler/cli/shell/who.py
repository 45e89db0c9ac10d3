"""Who runs this, and as which run: for locks, the state and attestations."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime


def run_id() -> str:
    """The CI's run, else who and when: "alice-112822"."""
    names = ("GITHUB_RUN_ID", "CI_JOB_ID", "BUILD_NUMBER")
    local = f"{os.environ.get('USER') or 'local'}-{datetime.now(UTC):%H%M%S}"
    return next((os.environ[name] for name in names if os.environ.get(name)), local)


def user() -> str:
    """The CI's user, else this machine's."""
    names = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "USER")
    return next((os.environ[name] for name in names if os.environ.get(name)), None) or _login()


def _login() -> str:
    """By the user's number, where no variable has a name."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, AttributeError, KeyError):
        return "unknown"


def owner() -> str:
    """For a lock: the user, the machine, and where to look at the run."""
    server, repository, run = (os.environ.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    url = f"{server}/{repository}/actions/runs/{run}" if server and repository and run else os.environ.get("CI_JOB_URL")
    return f"{user()}@{socket.gethostname()}" + (f" ({url})" if url else f" (pid {os.getpid()})")
