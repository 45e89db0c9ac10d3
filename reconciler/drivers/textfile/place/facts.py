"""What a file is beside its text: who may read it, and what a replacement would do to its other names. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

ACCESS_LIST = "system.posix_acl_access"
BY_OTHERS = 0o007
_READ = 4
_USER, _GROUP_OBJECT, _GROUP, _MASK = 0x02, 0x04, 0x08, 0x10
_NAMES = {_USER: "user", _GROUP: "group"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`owner` and `group` are names, or numbers without one; `listed` are the readers of its access list.

    `names` counts hard links. `mounted`: it is itself a mount point; `mounted_alone`: it is mounted somewhere else as a
    single file, e.g. into a container. `tracked`: git keeps it in the repository around it.
    """

    mode: int
    owner: str
    group: str
    listed: tuple[str, ...] = ()
    names: int = 1
    mounted: bool = False
    mounted_alone: bool = False
    tracked: bool = False


def mode_after(now: int | None, *, secret: bool, declared: int | None) -> int:
    """Kept, but what others may of a file that gets a secret; None for a file that is made."""
    if now is None:
        return declared if declared is not None else 0o600 if secret else 0o644
    if secret and now & BY_OTHERS:
        return declared if declared is not None else now & ~BY_OTHERS
    return now


def lost(facts: Facts, after: int) -> tuple[str, ...]:
    """Who may read it now, and could not then. An access list reaches as far as the bits of the group."""
    gone = facts.mode & ~after
    readers = [f"group {facts.group}", *facts.listed] if gone & (_READ << 3) else []
    return (*readers, *(["everybody else"] if gone & _READ else []))


def listed(raw: bytes) -> tuple[str, ...]:
    """The readers that an access list names, by number. https://man7.org/linux/man-pages/man5/acl.5.html"""
    entries = list(_entries(raw))
    mask = next((allowed for tag, allowed, _ in entries if tag == _MASK), 7)
    return tuple(
        f"{_NAMES[tag]} {number}" for tag, allowed, number in entries if tag in _NAMES and allowed & mask & _READ
    )


def _entries(raw: bytes) -> Iterator[tuple[int, int, int]]:
    """Tag, permissions, id; a text of another version has none for us."""
    if len(raw) >= 4 and struct.unpack_from("<I", raw)[0] == 2:  # linux/posix_acl_xattr.h
        for at in range(4, len(raw) - 7, 8):
            yield struct.unpack_from("<HHI", raw, at)
