"""What is told of a lease: who holds it, since when, and how it ends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.errors import LockedError
from reconciler.model.runs.lease import Held


def refused(installation: str, held: Held, *, now: datetime) -> LockedError:
    """`another run holds the lock: ada@vm (pid 1), for 3 s`; `now` is by the clock that the lease was made by."""
    who, times = _who(held), []
    if (since := time(held.since)) is not None:
        who.append(f"for {_duration(now - since)}")
        times.append(f"since {text(since)}")
    if held.expires:
        times.append(f"it expires at {held.expires} unless it is renewed")
    what = f"{installation}: another run holds the lock" + (f": {', '.join(who)}" if who else "")
    fix = "wait for it (--lock-timeout SECONDS), or end that process: the lock ends with it"
    if held.expires:
        fix = f"wait for it (--lock-timeout SECONDS); if that run is dead: reconciler unlock {held.nonce} --reason …"
    return LockedError(what, why="; ".join(times) or None, fix=fix)


def lost(why: str) -> LockedError:
    return LockedError(
        f"this run has lost its lease: {why}",
        why="another run may write now, so this one writes nothing more",
        fix="reconciler locks; then plan again, and apply what is left",
    )


def run_url(environ: Mapping[str, str]) -> str | None:
    """Where to watch this run, in GitHub and GitLab."""
    if run := environ.get("GITHUB_RUN_ID"):
        return f"{environ.get('GITHUB_SERVER_URL')}/{environ.get('GITHUB_REPOSITORY')}/actions/runs/{run}"
    return environ.get("CI_JOB_URL")


def text(when: datetime) -> str:
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")


def time(text: Any) -> datetime | None:
    """None for what is no time; without a zone it is UTC. Python cannot read nanoseconds: they are cut."""
    found = str(text)
    if "." in found:
        head, _, tail = found.partition(".")
        found = f"{head}Z" if tail.endswith("Z") else head
    try:
        when = datetime.fromisoformat(found)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _who(held: Held) -> list[str]:
    """The owner, and what its name does not say already: the process and where to watch it."""
    owner = held.owner.removeprefix("unknown@")
    if held.expires is None and held.pid and f"pid {held.pid}" not in owner:
        return [*filter(None, [owner]), f"pid {held.pid} on {held.host}"]
    if held.url and held.url not in owner:
        return [*filter(None, [owner]), held.url]
    return [owner] if owner else []


def _duration(lasted: timedelta) -> str:
    seconds = max(int(lasted.total_seconds()), 0)
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"
