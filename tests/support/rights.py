"""Root passes over the modes of files, so a test of them would test nothing: here root gives that right up for a while.

Another user would not do: the checkout and the interpreter may lie below a folder that only root may enter.
Linux only, by capset(2); it counts for the calling thread and those that it starts.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_VERSION_3 = 0x20080522  # linux/capability.h
_PASSES_OVER_MODES = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH
_Header = ctypes.c_uint32 * 2
_Data = ctypes.c_uint32 * 6  # effective, permitted, inheritable; twice


@contextmanager
def modes_count() -> Iterator[Callable[[], None]]:
    """Call what it gives, and the modes of files count for root, too, until the block ends."""
    if os.geteuid() != 0:
        yield lambda: None
        return
    before = _Data()
    _call("capget", before)
    yield lambda: _call("capset", _Data(before[0] & ~_PASSES_OVER_MODES, *before[1:]))
    _call("capset", before)


def _call(name: str, data: ctypes.Array[ctypes.c_uint32]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(_Header(_VERSION_3, 0), data) != 0:
        raise OSError(ctypes.get_errno(), name)
