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
from reconciler.smtp.record.log import Timeouts
from reconciler.smtp.session.budget import Budget

if TYPE_CHECKING:
    from reconciler.model.landscape import Landscape
    from reconciler.model.ports import Engine
    from reconciler.pipeline.review.revision import Base

USUAL, MOST = 64, 512  # handshakes at a time
Found = Mapping[Relay, Handshake]
Done = Callable[[Found], None]
Prove = Callable[[Sequence[Relay], Policy, "Asking", Done], Found]


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
    from_here: bool = True  # what is in a zone is asked from here too

    def results(self, wanted: Sequence[Relay], policy: Policy, prove: Prove) -> list[Handshake]:
        """In the order of `wanted`. Raises StoppedShort when `stopped` turns true before all are there."""
        known: dict[Relay, Handshake] = {}
        done = _told(wanted, known)
        try:
            found = prove([*wanted, *self._beside(wanted)], policy, self, done)
        except Interrupted:
            there = [relay for relay in wanted if relay in known]
            raise StoppedShort(_both(there, known), len(wanted)) from None
        return _both(wanted, found)

    def _beside(self, wanted: Sequence[Relay]) -> Sequence[Relay]:
        """What to ask from here too, of relays that are asked from elsewhere."""
        if not self.from_here or not any(relay.zone for relay in wanted):
            return ()
        from reconciler.pipeline.verify import from_here  # with one network there is nothing to compare

        return from_here.relays(wanted)

    def reviewed(self, wanted: Sequence[Relay], base: Base, land: Landscape, prove: Prove) -> list[Handshake]:
        """As far as TLS, and only where the base goes too: nobody has reviewed these relays, of `land`, yet.

        Raises StoppedShort when it was interrupted.
        """
        from reconciler.pipeline.review import carriers, trust  # only with --base

        zones = carriers.reviewed(land, base.landscape, base.files)
        asked = {relay: trust.contacted(relay, base.landscape, zones) for relay in wanted}
        policy = base.landscape.policy if base.landscape else Policy()
        tried = [relay for relay in asked.values() if relay]
        found = dict(zip(tried, self.results(tried, policy, prove), strict=True))
        return [found[short] if (short := asked[relay]) else trust.not_contacted(relay, base.ref) for relay in wanted]

    def tell(self, asked: Sequence[Relay]) -> verify.Tell | None:
        """Relays talk at the same time: where there are several, each line says whose it is."""
        if (hear := self.hear) is None:
            return None

        def tell(relay: Relay, line: str) -> None:
            whose = f"{relay.name or place(relay.host, relay.port)}  " if len(asked) > 1 else ""
            hear(whose + line)

        return tell


def _both(wanted: Sequence[Relay], found: Found) -> list[Handshake]:
    if not any(relay.zone for relay in wanted):
        return [found[relay] for relay in wanted]
    from reconciler.pipeline.verify import from_here

    return [from_here.beside(relay, found[relay], found) for relay in wanted]


def _told(wanted: Sequence[Relay], known: dict[Relay, Handshake]) -> Done:
    """Keeps what is there in `known`, and tells it to whoever listens to the progress."""
    count, started = len(set(wanted)), time.monotonic()
    names = {relay: relay.name or place(relay.host, relay.port) for relay in wanted}
    for name in names.values():
        progress.tell(Step(stage="verifying", name=name, total=count))

    def done(found: Found) -> None:
        known.update(found)
        for relay in filter(names.__contains__, found):
            seconds = time.monotonic() - started
            progress.tell(Step(stage="verifying", name=names[relay], total=count, seconds=seconds))

    return done


def alone(secrets: Secrets) -> Prove:
    """Of relays in our own network, by nobody's hands but ours: needs nothing of what carries out units elsewhere."""

    def prove(wanted: Sequence[Relay], policy: Policy, asking: Asking, done: Done) -> Found:
        refs = {ref for relay in wanted for ref in relays.secrets(relay)}
        found = verify.handshakes(
            wanted,
            secrets.opener(refs),
            policy,
            parallel=asking.parallel,
            timeouts=asking.timeouts,
            stopped=asking.stopped,
            tell=asking.tell(wanted),
            done=done,
            memory=Memory(budget=Budget(each=True)) if asking.each else None,
        )
        if not (senders := [relay for relay in wanted if relay.dns]):
            return found
        from reconciler.pipeline.verify import sender_dns  # dnspython takes longer to import than the rest

        return {**found, **sender_dns.beside(found, senders, policy=policy)}

    return prove


def by(engine: Engine) -> Prove:
    """Wherever each of them has to be asked."""
    from reconciler.model.ports import Hearing, Proving
    from reconciler.pipeline.verify.prove import seconds

    def prove(wanted: Sequence[Relay], policy: Policy, asking: Asking, done: Done) -> Found:
        return engine.prove(
            wanted,
            policy,
            proving=Proving(each=asking.each, dns=True),
            parallel=asking.parallel,
            timeouts=seconds(asking.timeouts),
            hearing=Hearing(stopped=asking.stopped, tell=asking.tell(wanted), done=done),
        )

    return prove
