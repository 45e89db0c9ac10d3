"""The unit of work that proves: here, where what was done before is at hand, and where all that is known came along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from reconciler.model.handshake import Handshake, Policy, Relay
from reconciler.model.ports import SILENT, Hearing, Proving
from reconciler.pipeline.resolve import relays as resolve
from reconciler.pipeline.verify import handshakes as verify
from reconciler.pipeline.verify.run_memory import Memory
from reconciler.smtp.record.log import Timeouts
from reconciler.smtp.session.budget import Budget

if TYPE_CHECKING:
    from reconciler.model.work.proofs import Proven, ProveUnit
    from reconciler.secrets.stores import Secrets


def proven(unit: ProveUnit, secrets: Secrets, *, hearing: Hearing = SILENT) -> Proven:
    """The handshakes of a unit that may come from elsewhere, and what the next one of its run has to know.

    Raises Interrupted when `hearing.stopped` turns true, ValueError for a step that no handshake has.
    """
    from reconciler.model.work.proofs import Proven  # most runs have one network

    expected = unit.expected or unit.relays  # or the logins that are made would not be told
    memory = Memory.of(unit.known, expected=expected, each=unit.each)
    proving = Proving(expected=expected, each=unit.each, dns=unit.dns, memory={None: memory})
    found = here(
        unit.relays,
        unit.policy,
        secrets,
        proving=proving,
        parallel=unit.parallel,
        timeouts=unit.timeouts,
        hearing=hearing,
    )
    return Proven(found=tuple(found[relay] for relay in unit.relays), known=memory.known())


def here(
    relays: Sequence[Relay],
    policy: Policy,
    secrets: Secrets,
    *,
    proving: Proving | None = None,
    parallel: int = 64,
    timeouts: Sequence[tuple[str, float]] = (),
    hearing: Hearing = SILENT,
) -> Mapping[Relay, Handshake]:
    """`Engine.prove` in this process: what earlier calls of `proving` did is kept, with tokens and shared answers.

    Raises Interrupted when `hearing.stopped` turns true, ValueError for a step that no handshake has.
    """
    proving = proving or Proving()
    # of the whole run: a token that one stage fetches is for the next one too
    refs = {ref for relay in (*relays, *proving.expected) for ref in resolve.secrets(relay)}
    found = verify.handshakes(
        relays,
        secrets.opener(refs),
        policy,
        parallel=parallel,
        timeouts=Timeouts()._replace(**dict(timeouts)),
        stopped=hearing.stopped,
        tell=hearing.tell,
        done=hearing.done,
        memory=_memory(proving),
    )
    if not proving.dns or not (senders := [relay for relay in relays if relay.dns]):
        return found
    from reconciler.pipeline.verify import sender_dns  # dnspython takes longer to import than the rest

    return {**found, **sender_dns.beside(found, senders, policy=policy)}


def seconds(limits: Timeouts) -> tuple[tuple[str, float], ...]:
    """Of each step that has not its usual time."""
    usual = Timeouts()._asdict()
    return tuple((step, value) for step, value in limits._asdict().items() if value != usual[step])


def _memory(proving: Proving) -> Memory:
    if None not in proving.memory:
        proving.memory[None] = Memory(expected=proving.expected, budget=Budget(each=proving.each))
    memory: Memory = proving.memory[None]
    return memory
