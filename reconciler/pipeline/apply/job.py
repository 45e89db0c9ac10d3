"""What an apply needs beside its plan."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from reconciler.errors import StateError
from reconciler.model.finding import Finding
from reconciler.model.landscape import Landscape
from reconciler.model.ports import Lease, State
from reconciler.pipeline.apply.log import Log
from reconciler.pipeline.apply.record import Stamp
from reconciler.pipeline.apply.waves import AT_ONCE, Failures, Waves
from reconciler.pipeline.means import Means
from reconciler.secrets.stores import Secrets

PATIENCE = 10.0  # seconds until what was written must be read back
GRACE = 30.0  # seconds that writes in flight get after the first Ctrl-C


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`allow` names the risks that are accepted, `owner` who holds the locks; `today` is YYYY-MM-DD.

    `stopped` turns true at the first Ctrl-C. `patience` is how many seconds a write may take to be read back, `grace`
    how many seconds writes in flight get after Ctrl-C; `lock_timeout` is how many seconds another run is waited for.
    `url` is where to watch the run. `lease` and `log` are those of the run, once it has begun.
    """

    landscape: Landscape
    means: Means
    state: State
    stamp: Stamp
    owner: str
    today: str
    allow: Collection[str] = ()
    stopped: Callable[[], bool] = lambda: False
    patience: float = PATIENCE
    grace: float = GRACE
    lock_timeout: float = 0.0
    url: str | None = None
    waves: Waves = AT_ONCE
    lease: Lease | None = None
    log: Log | None = None

    @property
    def secrets(self) -> Secrets:
        return self.means.secrets

    def held(self) -> Finding | None:
        """Why nothing may be written any more: the lease is lost."""
        try:
            if self.lease is not None:
                self.lease.check()
        except StateError as error:
            return error.finding()
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPermit:
    """The Permit (model/ports.py) of the writes of one stage, in this process."""

    job: Job
    failures: Failures

    @property
    def run(self) -> str:
        return self.job.stamp.run

    @property
    def fence(self) -> int:
        return self.job.lease.fence if self.job.lease else 0

    def stopped(self) -> bool:
        return self.job.stopped() or self.failures.reached

    def held(self) -> Finding | None:
        return self.job.held()
