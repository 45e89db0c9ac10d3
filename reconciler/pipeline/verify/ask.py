"""How `verify` asks relays: how many at a time, how long, aloud or not; and what nobody has reviewed, how far."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from reconciler.errors import Interrupted
from reconciler.model.handshake import Handshake, Policy, Relay
from reconciler.model.text.place import place
from reconciler.pipeline import progress
from reconciler.pipeline.progress import Step
from reconciler.pipeline.resolve import relays
from reconciler.pipeline.verify import handshakes as verify
from reconciler.pipeline.verify.run_memory import Memory
from reconciler.secrets.stores import Secrets
from reconciler.smtp.catalogue import severity
from reconciler.smtp.record.log import Timeouts
from reconciler.smtp.session.budget import Budget

if TYPE_CHECKING:
    from reconciler.model.landscape import Landscape
    from reconciler.pipeline.review.revision import Base

USUAL, MOST = 64, 512  # handshakes at a time


class StoppedShort(Interrupted):
    """Somebody stopped the run; `results` are those that were there by then."""

    def __init__(self, results: Sequence[Handshake], wanted: int) -> None:
        relays = "1 relay" if wanted == 1 else f"{wanted} relays"
        super().__init__(f"interrupted after {len(results)} of {relays}", why="the others were not verified")
        self.results = tuple(results)


class Asking(NamedTuple):
    timeouts: Timeouts
    parallel: int
    hear: Callable[[str], None] | None  # lines of the transcript
    stopped: Callable[[], bool] = lambda: False
    each: bool = False  # a login for each mechanism that an application's client takes

    def results(self, wanted: Sequence[Relay], secrets: Secrets, policy: Policy) -> list[Handshake]:
        """In the order of `wanted`. Raises StoppedShort when `stopped` turns true before all are there."""
        refs = {ref for relay in wanted for ref in relays.secrets(relay)}
        tell = self._teller(self.hear, len(wanted)) if self.hear else None
        opener = secrets.opener(refs)
        known: dict[Relay, Handshake] = {}
        done = _told(wanted, known)
        try:
            found = verify.handshakes(
                wanted,
                opener,
                policy,
                parallel=self.parallel,
                timeouts=self.timeouts,
                stopped=self.stopped,
                tell=tell,
                done=done,
                memory=Memory(budget=Budget(each=True)) if self.each else None,
            )
        except Interrupted:
            raise StoppedShort([known[relay] for relay in wanted if relay in known], len(wanted)) from None
        if not (senders := [relay for relay in wanted if relay.dns]):
            return [found[relay] for relay in wanted]
        from reconciler.pipeline.verify import sender_dns  # dnspython takes longer to import than the rest

        checks = sender_dns.results(senders, policy=policy)
        judged = {relay: tuple(severity.judged(one, relay) for one in results) for relay, results in checks.items()}
        return [sender_dns.merged(found[relay], judged.get(relay, ())) for relay in wanted]

    def reviewed(self, wanted: Sequence[Relay], secrets: Secrets, base: Base, land: Landscape) -> list[Handshake]:
        """As far as TLS, and only where the base goes too: nobody has reviewed these relays, of `land`, yet.

        Raises StoppedShort when it was interrupted.
        """
        from reconciler.pipeline.review import carriers, trust  # only with --base

        zones = carriers.reviewed(land, base.landscape, base.files)
        asked = {relay: trust.contacted(relay, base.landscape, zones) for relay in wanted}
        policy = base.landscape.policy if base.landscape else Policy()
        tried = [relay for relay in asked.values() if relay]
        found = dict(zip(tried, self.results(tried, secrets, policy), strict=True))
        return [found[short] if (short := asked[relay]) else trust.not_contacted(relay, base.ref) for relay in wanted]

    @staticmethod
    def _teller(hear: Callable[[str], None], asked: int) -> verify.Tell:
        """Relays talk at the same time: where there are several, each line says whose it is."""

        def tell(relay: Relay, line: str) -> None:
            whose = f"{relay.name or place(relay.host, relay.port)}  " if asked > 1 else ""
            hear(whose + line)

        return tell


def _told(wanted: Sequence[Relay], known: dict[Relay, Handshake]) -> Callable[[Mapping[Relay, Handshake]], None]:
    """Keeps what is there in `known`, and tells it to whoever listens to the progress."""
    count, started = len(set(wanted)), time.monotonic()
    names = {relay: relay.name or place(relay.host, relay.port) for relay in wanted}
    for name in names.values():
        progress.tell(Step(stage="verifying", name=name, total=count))

    def done(found: Mapping[Relay, Handshake]) -> None:
        known.update(found)
        for relay in found:
            seconds = time.monotonic() - started
            progress.tell(Step(stage="verifying", name=names[relay], total=count, seconds=seconds))

    return done
