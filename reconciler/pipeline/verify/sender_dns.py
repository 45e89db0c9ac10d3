"""The DNS checks of many relays in one run of the event loop, and their place in the handshakes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from reconciler.model.handshake import Auth, CheckResult, CheckStatus, Encryption, Handshake, Policy, Relay, Status
from reconciler.smtp.catalogue import severity
from reconciler.smtp.dns import sender
from reconciler.smtp.dns.names import Names

_TIMEOUT = 5.0  # seconds
_NONE = Policy()


def results(
    relays: Sequence[Relay], *, policy: Policy = _NONE, parallel: int = 64, timeout: float = _TIMEOUT
) -> Mapping[Relay, tuple[CheckResult, ...]]:
    """The DNS checks for each relay; relays that ask the same are one. Call it where no event loop runs.

    `timeout` is in seconds.
    """
    wanted = list(dict.fromkeys(_question(relay) for relay in relays))
    found = asyncio.run(_all(wanted, policy, parallel, timeout)) if wanted else {}
    return {relay: found[_question(relay)] for relay in relays}


def beside(
    found: Mapping[Relay, Handshake], senders: Sequence[Relay], *, policy: Policy = _NONE
) -> Mapping[Relay, Handshake]:
    """The handshakes of `senders` with their DNS checks, as their environments count them."""
    checks = results(senders, policy=policy)
    return {
        relay: merged(found[relay], tuple(severity.judged(one, relay) for one in told))
        for relay, told in checks.items()
    }


def merged(handshake: Handshake, checks: Sequence[CheckResult]) -> Handshake:
    """The handshake with its DNS checks before it. They warn at most: silence of a name server is not the relay's."""
    uneasy = any(check.status in (CheckStatus.WARN, CheckStatus.INCONCLUSIVE) for check in checks)
    failed = any(check.status is CheckStatus.FAIL for check in checks)  # made a failure by verify.checks
    status = handshake.status
    if failed:
        status = Status.FAIL
    elif uneasy and status is Status.PASS:
        status = Status.WARN
    return replace(handshake, checks=(*checks, *handshake.checks), status=status)


async def _all(
    relays: Sequence[Relay], policy: Policy, parallel: int, timeout: float
) -> dict[Relay, tuple[CheckResult, ...]]:
    servers = {one.resolver: Names(one.resolver, seconds=timeout * sender.PER_QUERY) for one in relays}
    slots = asyncio.Semaphore(parallel)

    async def one(relay: Relay) -> tuple[CheckResult, ...]:
        allowed = any(fnmatchcase(relay.host, glob.lower()) for glob in policy.relay_hosts)
        async with slots:
            names = servers[relay.resolver]
            return await sender.checks(relay, timeout=timeout, names=names, private_allowed=allowed)

    async with asyncio.TaskGroup() as tasks:
        started = {relay: tasks.create_task(one(relay)) for relay in relays}
    return {relay: task.result() for relay, task in started.items()}


def _question(relay: Relay) -> Relay:
    """Only what DNS is asked about."""
    return Relay(
        name=None,
        host=relay.host.lower().rstrip("."),
        port=relay.port,
        encryption=Encryption.TLS,
        auth=Auth.NONE,
        sender=relay.sender,
        via=relay.via,
        dkim_selectors=relay.dkim_selectors,
        resolver=relay.resolver,
    )
