"""What a prediction costs: one, and those of 10,000 resources. CPU time; exits with 1 at a missed limit.

.venv/bin/python benchmarks/predict.py [--repeat 5]
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from reconciler.model.handshake import Auth, Encryption
from reconciler.smtp.clients.client import Client, load, names
from reconciler.smtp.predict.facts import Answer, RelayFacts
from reconciler.smtp.predict.predict import predict
from reconciler.smtp.predict.use import Use

ONE, MANY, RESOURCES = 50.0, 1.0, 10_000  # microseconds, seconds
FACTS = RelayFacts(
    host="relay.example.com",
    port=587,
    speaks="smtp",
    banner=Answer(220, 0.1),
    ehlo=Answer(250, 0.1),
    before=("SIZE 36700160", "PIPELINING", "STARTTLS", "ENHANCEDSTATUSCODES", "8BITMIME"),
    starttls=Answer(220, 0.1),
    inside=("SIZE 36700160", "PIPELINING", "AUTH PLAIN LOGIN CRAM-MD5", "8BITMIME", "SMTPUTF8"),
    auth=(("PLAIN", Answer(235, 0.1)),),
    addresses=("answers", "silent"),
)
USE = Use(
    host=FACTS.host,
    port=FACTS.port,
    encryption=Encryption.STARTTLS,
    auth=Auth.BASIC,
    user=True,
    password=True,
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5)
    repeat = parser.parse_args().repeat
    clients = [load(name) for name in names()]
    print(f"Python {platform.python_version()}; CPU time, medians of {repeat}\n")
    worst = max(_seconds(partial(predict, client, USE, FACTS), repeat, 500) for client in clients) * 1e6
    many = _seconds(lambda: _all(clients), repeat, 1)
    print(f"one prediction, the client that takes longest   {worst:7.1f} us   limit {ONE:g}")
    print(f"{RESOURCES:,} resources of {len(clients)} clients            {many:7.2f} s    limit {MANY:g}")
    return int(worst > ONE or many > MANY)


def _all(clients: list[Client]) -> None:
    for at in range(RESOURCES):
        predict(clients[at % len(clients)], USE, FACTS)


def _seconds(work: Callable[[], object], repeat: int, times: int) -> float:
    """Of CPU, for one."""
    taken = []
    for _ in range(repeat):
        began = time.process_time()
        for _ in range(times):
            work()
        taken.append((time.process_time() - began) / times)
    return median(taken)


if __name__ == "__main__":
    sys.exit(main())
