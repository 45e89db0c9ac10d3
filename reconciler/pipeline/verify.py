"""Live handshakes with the relays, all in one run of the event loop, and no more of them than needed."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

from reconciler.errors import Interrupted, ReconcilerError
from reconciler.model.handshake import Auth, CheckResult, CheckStatus, Encryption, Handshake, Level, Relay
from reconciler.model.landscape import Policy
from reconciler.model.ports import Opener
from reconciler.pipeline import credentials
from reconciler.pipeline.credentials import Credential, Source, TokenSource
from reconciler.pipeline.hosts import normal, plaintext_allowed
from reconciler.smtp import garbage, probe, severity
from reconciler.smtp.budget import Budget
from reconciler.smtp.checks import inconclusive
from reconciler.smtp.log import Timeouts
from reconciler.smtp.verdict import status

PER_HOST = 2  # connections to one host at a time, whatever the port: relays count them
_LOOKING = 0.05  # seconds between two looks at whether the run was stopped
_CANCELLING = 2.0  # seconds that open connections get to close
PER_VIA = 4  # logins at a bastion or calls at a proxy at a time: an sshd drops some of more than ten (MaxStartups)
_DEFAULT = Timeouts()
T = TypeVar("T")
_Found = Mapping[Relay, Handshake]
_Group = tuple[Relay, ...]


def handshakes(
    relays: Sequence[Relay],
    secrets: Opener,
    policy: Policy,
    *,
    parallel: int = 64,
    timeouts: Timeouts = _DEFAULT,
    stopped: Callable[[], bool] = lambda: False,
    tokens: TokenSource | None = None,
) -> _Found:
    """The result for each relay; equal ones are tried once, and those with the same login share a session.

    Call it where no event loop runs. Raises Interrupted when `stopped` turns true: nothing is being written, so
    nobody has to wait. `tokens` fetches access tokens; the run's own unless given.
    """
    groups = _groups(relays)
    wanted = {credentials.source(group[0]): None for group in groups if _needs_secret(group, policy)}
    ask = cache(lambda: tokens or _tokens(secrets))
    opened = {source: _opened(source, secrets, ask, stopped) for source in wanted if source is not None}
    run = _Run(opened=opened, policy=policy, parallel=parallel, timeouts=timeouts)
    with garbage.rarely_collected():
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


def _tokens(secrets: Opener) -> TokenSource:
    from reconciler.oauth.tokens import Tokens  # only where a relay logs in with OAuth2

    return Tokens(secrets)


def _needs_secret(group: _Group, policy: Policy) -> bool:
    relay = group[0]
    safe = relay.encryption is not Encryption.NONE or plaintext_allowed(relay.host, policy, relay.via)
    return relay.auth is not Auth.NONE and safe and any(one.level.rank >= Level.AUTH.rank for one in group)


def _groups(relays: Iterable[Relay]) -> tuple[_Group, ...]:
    """Relays of a group differ in what does not change the session: one session and one AUTH prove them all."""
    found: dict[Relay, list[Relay]] = defaultdict(list)
    for relay in dict.fromkeys(relays):
        alike = replace(relay, name=None, host=normal(relay.host), level=Level.AUTH, sender=None, recipient=None)
        alike = replace(alike, severities=(), dns=False, dkim_selectors=(), resolver=None)
        found[alike].append(relay)
    return tuple(tuple(group) for group in found.values())


class _Run:
    """Keeps the limits that relays set on their clients."""

    def __init__(
        self,
        *,
        opened: Mapping[Source, Credential | ReconcilerError],
        policy: Policy,
        parallel: int,
        timeouts: Timeouts,
    ) -> None:
        self._opened, self._policy, self._timeouts = opened, policy, timeouts
        self._slots = asyncio.Semaphore(parallel)
        self._hosts: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(PER_HOST))
        self._vias: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(PER_VIA))
        self._users: dict[tuple[str, str | None], asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(1))
        self._refused: dict[tuple[str, str | None], tuple[object, CheckResult]] = {}
        self._budget = Budget()

    async def all(self, groups: Iterable[_Group]) -> dict[Relay, Handshake]:
        async with asyncio.TaskGroup() as tasks:
            started = [tasks.create_task(self._limited(group)) for group in groups]
        return {relay: result for task in started for relay, result in task.result().items()}

    async def _limited(self, group: _Group) -> _Found:
        relay, host = group[0], normal(group[0].host)
        user = self._users[host, relay.username] if relay.auth is not Auth.NONE else nullcontext()
        via = self._vias[relay.via] if relay.via else nullcontext()
        # always in this order, or they block each other
        async with user, self._hosts[host], via, self._slots:
            return await self._proven(group)

    async def _proven(self, group: _Group) -> _Found:
        relay = group[0]
        source = credentials.source(relay)
        credential = self._opened.get(source) if source else None
        if isinstance(credential, ReconcilerError):
            return await self._without_login(group, credentials.unavailable(credential))
        user, login = (normal(relay.host), relay.username), (relay.port, source)
        if user in self._refused and relay.auth is not Auth.NONE:
            before, refused = self._refused[user]
            return await self._without_login(group, refused if before == login else _once(relay))
        found = await probe.handshakes(
            group,
            credential.secret if credential else None,
            plaintext_allowed=plaintext_allowed(relay.host, self._policy, relay.via),
            timeouts=self._timeouts,
            sanity=credential.sanity if credential else None,
            budget=self._budget,
        )
        if relay.auth is not Auth.NONE and (refused_now := _refusal(found.values())):
            self._refused[user] = (login, refused_now)
        return found

    async def _without_login(self, group: _Group, why: CheckResult) -> _Found:
        """Goes as far as TLS, and says why not further.

        The same wrong password with another CA file or EHLO name would be wrong again, and too many lock the account.
        """
        short = {
            relay: replace(relay, level=min(relay.level, Level.TLS, key=lambda level: level.rank)) for relay in group
        }
        found = await probe.handshakes(
            tuple(dict.fromkeys(short.values())), None, timeouts=self._timeouts, budget=self._budget
        )
        return {relay: _continued(relay, found[short[relay]], why) for relay in group}


def _refusal(found: Iterable[Handshake]) -> CheckResult | None:
    """The check that says that a login was tried and did not succeed."""
    checks = (check for handshake in found for check in handshake.checks if check.id in ("SMTP302", "SMTP303"))
    return next((check for check in checks if check.status not in (CheckStatus.PASS, CheckStatus.SKIPPED)), None)


def _once(relay: Relay) -> CheckResult:
    reason = f"not tried: a login as {relay.username} at {relay.host} was refused in this run, and one is enough"
    return inconclusive("SMTP302", reason, advice="mend that one first, then verify again")


def _continued(relay: Relay, found: Handshake, login: CheckResult) -> Handshake:
    if relay.level.rank < Level.AUTH.rank:
        return found
    checks = (*found.checks, severity.judged(login, relay))
    return replace(found, level=relay.level, checks=checks, status=status(checks))
