"""This process, told from all others on this machine: what a lease says of its holder, and whether that still runs."""

from __future__ import annotations

import os
from pathlib import Path


def identity() -> str | None:
    """Boot, namespace, number and start of this process; None where the system does not tell (it is no Linux)."""
    return _identity(os.getpid())


def dead(other: str | None) -> bool:
    """Whether a process that ran here is gone for certain; False for all that ran elsewhere or cannot be told."""
    here = identity()
    if other is None or here is None or _place(other) != _place(here):
        return False
    return _identity(int(other.split("/")[2])) != other


def _place(identity: str) -> list[str]:
    return identity.split("/")[:2]


def _identity(pid: int) -> str | None:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = os.readlink("/proc/self/ns/pid")  # noqa: PTH115  # no path, but the name of a namespace
    except OSError:
        return None
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return f"{boot}/{namespace}/{pid}/gone"
    return f"{boot}/{namespace}/{pid}/{'gone' if stat[0] in 'ZX' else stat[19]}"
