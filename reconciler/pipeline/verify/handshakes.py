"""Live handshakes with the relays, all in one run of the event loop, and no more of them than needed."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from reconciler.errors import Interrupted, ReconcilerError
from reconciler.model.handshake import CheckResult, Encryption, Handshake, Level, Policy, Relay
from reconciler.pipeline.policy.hosts import normal, plaintext_allowed
from reconciler.pipeline.verify import credentials, gc_pause, logins
from reconciler.pipeline.verify.credentials import Credential, Source, TokenSource
from reconciler.pipeline.verify.logins import Group
from reconciler.pipeline.verify.run_memory import Memory
from reconciler.smtp.record.log import Timeouts
from reconciler.smtp.session import handshake

if TYPE_CHECKING:
    from reconciler.model.ports import Opener
    from reconciler.model.work.login import Login

PER_HOST = 2  # connections to one host at a time, whatever the port: relays count them
_LOOKING = 0.05  # seconds between two looks at whether the run was stopped
_CANCELLING = 2.0  # seconds that open connections get to close
PER_VIA = 4  # logins at a bastion or calls at a proxy at a time: an sshd drops some of more than ten (MaxStartups)
_DEFAULT = Timeouts()
T = TypeVar("T")
Tell = Callable[[Relay, str], None]
_Found = Mapping[Relay, Handshake]


def handshakes(  # noqa: PLR0913  # all but the first three have a default
    relays: Sequence[Relay],
    secrets: Opener,
    policy: Policy,
    *,
    parallel: int = 64,
    timeouts: Timeouts = _DEFAULT,
    stopped: Callable[[], bool] = lambda: False,
    tell: Tell | None = None,
    done: Callable[[_Found], object] = lambda found: None,
    memory: Memory | None = None,
) -> _Found:
    """The result for each relay; equal ones are tried once, and those with the same login share a session.

    Call it where no event loop runs. Raises Interrupted when `stopped` turns true: nothing is being written, so
    nobody has to wait. `done` gets results as they come, so that they are not lost then. `tell` hears what each relay
    and this side say to each other, line by line. `memory` has what this run has done in earlier calls; without it
    this call is the run.
    """
    memory = memory or Memory()
    groups = logins.groups(relays)
    alone = (group for group in groups if _needs_secret(group, policy) and memory.login(group) is None)
    wanted = {credentials.source(group[0]): None for group in alone}
    ask = partial(memory.source, secrets)
    opened = {source: _opened(source, secrets, ask, stopped) for source in wanted if source is not None}
    run = _Run(opened=opened, policy=policy, parallel=parallel, timeouts=timeouts, tell=tell, done=done, memory=memory)
    with gc_pause.rarely_collected():
        found = asyncio.run(_unless(run.all(groups), stopped))
    return {relay: found[relay] for relay in relays}


async def _unless(work: Coroutine[Any, Any, T], stopped: Callable[[], bool]) -> T:
    """A signal's handler only sets a flag, and does not wake the loop: somebody has to look."""
    task = asyncio.create_task(work)
    while not task.done():
        if stopped():
            task.cancel()
            await asyncio.wait([task], timeout=_CANCELLING)
            raise _interrupted()
        await asyncio.wait([task], timeout=_LOOKING)
    return task.result()


def _interrupted() -> Interrupted:
    return Interrupted("stopped during the handshakes", why="nothing was written")


def _opened(
    source: Source, secrets: Opener, tokens: Callable[[], TokenSource], stopped: Callable[[], bool]
) -> Credential | ReconcilerError:
    if stopped():
        raise _interrupted()
    return credentials.opened(source, secrets, tokens)


def _needs_secret(group: Group, policy: Policy) -> bool:
    relay = group[0]
    safe = relay.encryption is not Encryption.NONE or plaintext_allowed(relay.host, policy, relay.via)
    return safe and logins.logs_in(group)


class _Run:
    """Keeps the limits that relays set on their clients."""

    def __init__(
        self,
        *,
        opened: Mapping[Source, Credential | ReconcilerError],
        policy: Policy,
        parallel: int,
        timeouts: Timeouts,
        tell: Tell | None,
        done: Callable[[_Found], object],
        memory: Memory,
    ) -> None:
        self._done = done
        self._opened, self._policy, self._timeouts, self._tell = opened, policy, timeouts, tell
        self._slots = asyncio.Semaphore(parallel)
        self._hosts: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(PER_HOST))
        self._vias: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(PER_VIA))
        self._memory, self._budget = memory, memory.budget

    async def all(self, groups: Iterable[Group]) -> dict[Relay, Handshake]:
        async with asyncio.TaskGroup() as tasks:
            started = [tasks.create_task(self._family(family)) for family in logins.families(groups)]
        return {relay: result for task in started for relay, result in task.result().items()}

    async def _family(self, groups: tuple[Group, ...]) -> _Found:
        """One after the other: the first that gets as far as a login makes the only one, for all of them."""
        found: dict[Relay, Handshake] = {}
        login = self._memory.login(groups[0]) if logins.logs_in(groups[0]) else None
        for at, group in enumerate(groups):
            relay = group[0]
            via = self._vias[relay.via] if relay.via else nullcontext()
            # always in this order, or they block each other
            async with self._hosts[normal(relay.host)], via, self._slots:
                if login is None:
                    results, login = await self._led(group, groups[at + 1 :])
                else:
                    results = await self._followed(group, login)
            found |= results
            self._done(results)
        return found

    async def _led(self, group: Group, others: tuple[Group, ...]) -> tuple[_Found, Login | None]:
        """A session of its own, which tries the envelopes of the `others` and of later stages too."""
        relay = group[0]
        source = credentials.source(relay)
        credential = self._opened.get(source) if source else None
        if isinstance(credential, ReconcilerError):
            return await self._without_login(group, credentials.unavailable(credential)), None
        logs_in = logins.logs_in(group)
        invited = logins.as_tried_by(relay, (*others, self._memory.alike(relay))) if logs_in else {}
        wanted = logs_in and bool(others or self._memory.expected)  # somebody else will ask what came of the login
        by = logins.login_only(group) if wanted else relay
        found = await handshake.handshakes(
            tuple(dict.fromkeys((*group, by, *invited.values()))),
            credential.secret if credential else None,
            plaintext_allowed=plaintext_allowed(relay.host, self._policy, relay.via),
            timeouts=self._timeouts,
            sanity=credential.sanity if credential else None,
            budget=self._budget,
            tell=self._heard(relay),
        )
        if not (logs_in and self._budget.tried(relay)):
            return {relay: found[relay] for relay in group}, None
        if not wanted:
            return logins.shared(group, found), None
        login = logins.login(by, found, invited)
        self._memory.keep(login)
        return logins.shared(group, found), login

    async def _followed(self, group: Group, login: Login) -> _Found:
        """TLS, and that a login is offered, are proven here; what needs the login was proven where it was made."""
        short = _short(group, Level.AUTH)
        found = await handshake.handshakes(
            tuple(dict.fromkeys(short.values())),
            None,  # it has been used
            plaintext_allowed=plaintext_allowed(group[0].host, self._policy, group[0].via),
            timeouts=self._timeouts,
            budget=self._budget,
            tell=self._heard(group[0]),
        )
        return {relay: logins.continued(relay, found[short[relay]], login) for relay in group}

    def _heard(self, relay: Relay) -> Callable[[str], None] | None:
        return None if self._tell is None else partial(self._tell, relay)

    async def _without_login(self, group: Group, why: CheckResult) -> _Found:
        """Goes as far as TLS, and says why not further."""
        short = _short(group, Level.TLS)
        found = await handshake.handshakes(
            tuple(dict.fromkeys(short.values())),
            None,
            plaintext_allowed=plaintext_allowed(group[0].host, self._policy, group[0].via),
            timeouts=self._timeouts,
            budget=self._budget,
            tell=self._heard(group[0]),
        )
        return {relay: logins.without(relay, found[short[relay]], why) for relay in group}


def _short(group: Group, most: Level) -> dict[Relay, Relay]:
    return {relay: replace(relay, level=min(relay.level, most, key=lambda level: level.rank)) for relay in group}
