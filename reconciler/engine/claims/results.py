"""What a worker hears that asked for a claim and did not get it, and what is said about one that was lost."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.engine.claims.claim import Claim, State
from reconciler.model.finding import Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """It was carried out before: this was its answer."""

    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fenced:
    """Not begun, and never will be: `run` came later, or this very run has got further (`path` is in Vault)."""

    run: str
    fence: int
    seq: int
    path: str

    def finding(self) -> Finding:
        return _error(
            "claim-fenced",
            "a later message was here first; nothing was written",
            f"run {self.run} has the number {self.fence}.{self.seq}",
            f"plan again; where the state was begun anew and counts from 1, remove {self.path} in the zone's Vault",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """Not begun: `run` was still at it when our time was over."""

    run: str

    def finding(self) -> Finding:
        return _error(
            "claim-busy",
            f"run {self.run} is still writing here; nothing was written",
            "one run writes to an installation at a time",
            "plan again once it has ended",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """Begun by `worker`, and nobody can say how far it got: its answer is missing. With `at_it` it still goes on."""

    run: str
    worker: str
    at_it: bool = False

    def finding(self) -> Finding:
        if self.at_it:
            what, why = "is still at it", "the time of the message is over, and it has no answer yet"
        else:
            what, why = "was cut off here", f"the claim of run {self.run} does not move, and has no answer"
        return _error(
            "claim-interrupted",
            f"worker {self.worker} {what}; it is not known what it has written",
            why,
            "plan again: it reads what is there",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """What the last message to an installation has come to. `answer` is None while it goes on, or when it has none."""

    run: str
    fence: int
    seq: int
    jti: str
    done: bool
    answer: str | None

    @classmethod
    def of(cls, last: Claim) -> Adopted:
        done = last.state is State.DONE
        answer = last.answer or None if done else None
        return cls(run=last.run, fence=last.fence, seq=last.seq, jti=last.jti, done=done, answer=answer)


def lost(by: str) -> Finding:
    what = "this worker no longer has the claim here; nothing more is written"
    return _error("claim-lost", what, by, "plan again: it reads what is there")


def unconfirmed(why: str) -> Finding:
    what = "the zone's Vault does not confirm the claim; nothing more is written"
    return _error("claim-unconfirmed", what, why, "plan again once the zone's Vault answers")


def _error(rule: str, what: str, why: str, fix: str) -> Finding:
    return Finding(severity=Severity.ERROR, rule=rule, what=what, why=why, fix=fix)
