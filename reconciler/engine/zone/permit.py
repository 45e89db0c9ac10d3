"""May this request still be made? The claim, the run and the deadline of the message, asked right before each one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.errors import EngineError, SecretError
from reconciler.model.finding import Finding, Severity

if TYPE_CHECKING:
    from reconciler.engine.claims.claims import Claims
    from reconciler.engine.claims.mine import Mine
    from reconciler.engine.claims.taking import Taken
    from reconciler.engine.envelope.message import Request
    from reconciler.engine.zone.allowed import Allowed
    from reconciler.secrets.stores import Secrets


@dataclass(frozen=True, slots=True)
class Deadline:
    """`ends` is that of the message; `now` tells the time. Both in seconds since the epoch."""

    ends: float
    now: Callable[[], float]

    @property
    def left(self) -> float:
        return max(0.0, self.ends - self.now())

    def passed(self) -> Finding | None:
        late = self.now() - self.ends
        if late <= 0:
            return None
        return Finding(
            severity=Severity.ERROR,
            rule="too-late",
            what="not begun: the time of the message was over",
            why=f"by {late:.0f} s, by the clock of the worker; who asked has given it up",
            fix="run it again; a larger engine.deadline, more workers in the zone, or clocks that agree",
        )


@dataclass(frozen=True, slots=True)
class Claimed:
    """Implements Permit. What was asked for with a deadline begins nothing after it."""

    mine: Mine
    deadline: Deadline

    @property
    def run(self) -> str:
        return self.mine.run

    @property
    def fence(self) -> int:
        return self.mine.fence

    def stopped(self) -> bool:
        return self.mine.stopped()

    def held(self) -> Finding | None:
        return self.deadline.passed() or self.mine.held()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderClaims:
    """What the units of one message have that are carried out under claims. `stopped`: somebody has stopped its run."""

    request: Request
    allowed: Allowed
    secrets: Secrets
    claims: Claims
    deadline: Deadline
    stopped: Callable[[], bool]

    def taken(self, installation: str, fence: int | None = None) -> Taken | Finding:
        """`fence` is that of the message, if nothing is said. A Finding where the claim could not be asked for."""
        request = self.request
        try:
            return self.claims.take(
                installation,
                run=request.run,
                fence=request.fence if fence is None else fence,
                seq=request.seq,
                jti=request.jti,
                stop=self.stopped,
                wait=self.deadline.left,
            )
        except (SecretError, EngineError) as error:
            return error.finding()
