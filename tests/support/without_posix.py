"""Runs the command line as on a system that is no POSIX system: modules, functions and flags are gone that Windows
lacks.

    python -m support.without_posix plan

What stays as it is here is the rest: paths, the console's encoding, and asyncio's loop.
"""

from __future__ import annotations

import importlib.abc
import os
import signal
import sys
from collections.abc import Sequence
from types import ModuleType

MODULES = frozenset({"fcntl", "grp", "pwd", "pty", "readline", "resource", "termios", "tty"})
OF_OS = (
    *("O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK"),
    *("chown", "fchmod", "fchown", "fork", "getegid", "geteuid", "getgid", "getpgid", "getuid", "killpg", "lchown"),
    *("mkfifo", "pread", "pwrite", "register_at_fork", "setsid", "uname", "getxattr", "setxattr", "listxattr"),
)
OF_SIGNAL = ("SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGUSR1", "SIGUSR2", "pthread_sigmask", "sigwait")


class _Gone(importlib.abc.MetaPathFinder):
    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> None:
        if name in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def take_away() -> None:
    """For the rest of this process."""
    for name in MODULES:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, _Gone())
    for module, names in ((os, OF_OS), (signal, OF_SIGNAL)):
        for name in names:
            if hasattr(module, name):
                delattr(module, name)


if __name__ == "__main__":
    take_away()
    from reconciler.cli import main

    sys.exit(main.run(sys.argv[1:]))
