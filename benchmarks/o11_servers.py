"""Many stand-ins of OutSystems 11's Service Center in one process, until standard input ends.

Prints each one's address and password, a line each. A line of seconds on standard input becomes the time that every
answer takes from then on.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack

from lab.servers.o11 import O11StandIn

BEGIN = {"server": "old.example.com", "port": "25", "username": "mail", "password": "old"}
SENDER = {"sender": "no-reply@example.com", "sender_name": "Example"}


def main() -> None:
    with ExitStack() as stack:
        running = [stack.enter_context(O11StandIn(f"Environment {number}")) for number in range(int(sys.argv[1]))]
        for one in running:
            one.edit(**BEGIN, **SENDER)
        print(*(f"{one.url} {one.secret}" for one in running), sep="\n", flush=True)
        for line in sys.stdin:
            for one in running:
                one.listener.latency = float(line)
            print("so be it", flush=True)


if __name__ == "__main__":
    main()
