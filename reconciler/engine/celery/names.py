"""What the broker's things are called: by the zone, so that a regular expression can give rights to one zone only."""

from __future__ import annotations

TASK = "reconciler.unit"  # the only task a worker has
LIVES = 15 * 60  # seconds that a run's queue of answers is kept while nobody reads it


def work(zone: str) -> str:
    """The exchange, and the queue of reads, versions and writes."""
    return f"zone.{zone}"


def prove(zone: str) -> str:
    """The queue of handshakes: its messages run one at a time."""
    return f"zone.{zone}.prove"


def stop(zone: str, worker: str | None = None) -> str:
    """The fan-out exchange, and the queue of one worker."""
    return f"stop.{zone}" if worker is None else f"stop.{zone}.{worker}"


def reply(zone: str, run: str | None = None) -> str:
    """The exchange that the zone may write to, and the queue of one run."""
    return f"reply.{zone}" if run is None else f"reply.{zone}.{run}"
