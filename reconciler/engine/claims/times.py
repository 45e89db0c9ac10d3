"""How long a claim is believed, and by which clock."""

from __future__ import annotations

import time

BEAT = 1.0  # seconds between two beats
FRESH = 2.0  # seconds after a confirmed beat within which a write needs no question
SAFE = 3.0  # seconds after it at which no request begins any more: it has to arrive before others may take over
DEAD = 4.0  # seconds without a beat, as whoever waits has seen it, after which a claim counts as its worker's last
LOOK = 0.5  # seconds between two looks of whoever waits
KEPT = 3600.0  # seconds that an answer is kept: as long as a message may live
_AWAKE = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def awake() -> float:
    """Seconds, sleep included: a machine that was suspended has not stood still for others."""
    return time.clock_gettime(_AWAKE)
