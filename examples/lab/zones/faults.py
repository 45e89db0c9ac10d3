"""What can go wrong between a coordinator, a broker and the workers of a zone: one row each."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field

from lab.zones.lab import Lab

ZONE, OTHER = "dmz", "plant"  # where it strikes, and who must go on


@dataclass(slots=True, kw_only=True)
class Scene:
    """What a fault can get hold of: `apply` is the coordinator's process, `workers` are those of the zone."""

    lab: Lab
    apply: subprocess.Popen[str] | None
    workers: list[subprocess.Popen[bytes]]
    hit: list[subprocess.Popen[bytes]] = field(default_factory=list)  # those that a signal was sent to

    def worker(self, number: int) -> None:
        self.hit = self.workers
        for one in self.workers:
            with contextlib.suppress(ProcessLookupError):
                one.send_signal(number)

    def coordinator(self, number: int) -> None:
        if self.apply is not None:
            self.apply.send_signal(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`strike` at the moment; `soon` two seconds later, while the run goes on; `afterwards` when it has ended.

    `first`: before the run begins. `spares`: the other zone must not notice. `tells`: the run itself lives to tell.
    """

    name: str
    strike: Callable[[Scene], None]
    soon: Callable[[Scene], None] | None = None
    afterwards: Callable[[Scene], None] | None = None
    first: bool = False
    spares: bool = True
    tells: bool = True
    late: bool = False  # `afterwards` comes only after the next run


def _restarted(scene: Scene) -> None:
    scene.lab.broker.start()


def _both(scene: Scene) -> None:
    scene.worker(signal.SIGKILL)
    scene.lab.broker.kill()


FAULTS = (
    Fault(name="worker killed", strike=lambda scene: scene.worker(signal.SIGKILL)),
    Fault(name="worker ended", strike=lambda scene: scene.worker(signal.SIGTERM)),
    Fault(
        name="worker frozen, awake before the next run",
        strike=lambda scene: scene.worker(signal.SIGSTOP),
        afterwards=lambda scene: scene.worker(signal.SIGCONT),
    ),
    Fault(
        name="worker frozen, awake after the next run",
        strike=lambda scene: scene.worker(signal.SIGSTOP),
        afterwards=lambda scene: scene.worker(signal.SIGCONT),
        late=True,
    ),
    Fault(name="broker killed", strike=lambda scene: scene.lab.broker.kill(), soon=_restarted, spares=False),
    Fault(
        name="broker killed, back after the run",
        strike=lambda scene: scene.lab.broker.kill(),
        afterwards=_restarted,
        spares=False,
    ),
    Fault(
        name="worker and broker killed",
        strike=_both,
        soon=_restarted,
        spares=False,
    ),
    Fault(
        name="link cut for two seconds",
        strike=lambda scene: scene.lab.cut(ZONE),
        soon=lambda scene: scene.lab.mend(ZONE),
    ),
    Fault(
        name="link cut until after the run",
        strike=lambda scene: scene.lab.cut(ZONE),
        afterwards=lambda scene: scene.lab.mend(ZONE),
    ),
    Fault(name="coordinator killed", strike=lambda scene: scene.coordinator(signal.SIGKILL), spares=False, tells=False),
    Fault(name="interrupted (Ctrl-C)", strike=lambda scene: scene.coordinator(signal.SIGINT), spares=False),
    Fault(
        name="broker down at the start",
        strike=lambda scene: scene.lab.broker.kill(),
        afterwards=_restarted,
        first=True,
        spares=False,
    ),
    Fault(name="no worker in the zone", strike=lambda scene: scene.worker(signal.SIGKILL), first=True),
)
