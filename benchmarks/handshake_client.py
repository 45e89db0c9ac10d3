"""One client in a process of its own: reads what to do as JSON, prints what it took. A failed handshake ends it.

{"client": "ours" | "relays" | "smtplib", "relays": [["127.0.0.1", 587]], "count": 512, "slots": 64, …}
"""

from __future__ import annotations

import asyncio
import json
import resource
import smtplib
import ssl
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from statistics import median

from reconciler.model.handshake import Auth, Encryption, Handshake, Level, Policy, Relay, Status
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.pipeline.verify import gc_pause
from reconciler.pipeline.verify import handshakes as verify
from reconciler.smtp.session import handshake

_REF = SecretRef(store="default", path="mail/bench", key="password")
_RECIPIENT = "postmaster@example.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    client: str
    relays: list[tuple[str, int]]
    count: int
    slots: int
    user: str
    password: str
    ca_file: str

    def relay(self, number: int) -> Relay:
        host, port = self.relays[number % len(self.relays)]
        return Relay(
            name=f"relay {number}",
            host=host,
            port=port,
            encryption=Encryption.STARTTLS,
            auth=Auth.BASIC,
            username=self.user,
            password=_REF,
            ca_file=self.ca_file,
            sender=self.user,
            recipient=_RECIPIENT,
            level=Level.ENVELOPE,
        )


class _Stored:
    def __init__(self, password: str) -> None:
        self._password = password

    def open(self, ref: SecretRef) -> SecretValue:
        return SecretValue(self._password)


def ours(task: Task) -> list[float]:
    """The probe itself, on slots of our own: the pipeline would not open so many connections to one relay."""

    async def run() -> list[float]:
        slots = asyncio.Semaphore(task.slots)
        secret = SecretValue(task.password)

        async def one(number: int) -> float:
            async with slots:
                began = time.perf_counter()
                _proven(await handshake.handshake(task.relay(number), secret))
                return time.perf_counter() - began

        return await asyncio.gather(*(one(number) for number in range(task.count)))

    with gc_pause.rarely_collected():
        return asyncio.run(run())


def relays(task: Task) -> list[float]:
    """As `verify` does it, with its limits for each host and user."""
    wanted = [task.relay(number) for number in range(task.count)]
    found = verify.handshakes(wanted, _Stored(task.password), Policy(), parallel=task.slots)
    for one in found.values():
        _proven(one)
    return [sum(step.ms for step in one.steps) / 1000 for one in found.values()]


def with_smtplib(task: Task) -> list[float]:
    context = ssl.create_default_context(cafile=task.ca_file)

    def one(number: int) -> float:
        relay = task.relay(number)
        began = time.perf_counter()
        with smtplib.SMTP(relay.host, relay.port, local_hostname="[127.0.0.1]", timeout=60) as client:
            client.starttls(context=context)
            client.login(str(relay.username), task.password)
            answers = (client.mail(task.user), client.rcpt(_RECIPIENT), client.rset())
            if any(code != 250 for code, _ in answers):
                sys.exit(f"error: smtplib's envelope is answered {answers}")
        return time.perf_counter() - began

    with ThreadPoolExecutor(task.slots) as threads:
        return list(threads.map(one, range(task.count)))


def _proven(found: Handshake) -> None:
    if found.status is not Status.PASS or "MAIL RCPT" not in found.summary:
        sys.exit(f"error: a handshake did not pass: {found}")


CLIENTS: dict[str, Callable[[Task], list[float]]] = {"ours": ours, "relays": relays, "smtplib": with_smtplib}


def main() -> None:
    task = Task(**json.load(sys.stdin))
    CLIENTS[task.client](replace(task, count=8))  # imports and caches are the cost of a start, not of a handshake
    cpu, began = _cpu(), time.perf_counter()
    times = CLIENTS[task.client](task)
    seconds, cpu = time.perf_counter() - began, _cpu() - cpu
    print(
        json.dumps(
            {
                "ms": median(times) * 1000,
                "per_second": task.count / seconds,
                "cpu_ms": cpu * 1000 / task.count,
                "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
