"""The numbers of the SMTP handshake, beside swaks and smtplib, on this machine. Exits with 1 when a limit is missed.

Servers run in processes of their own: a real Postfix with Dovecot, and 1,000 relays that take 50 ms for a reply.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP), str(TOP / "examples")]

from lab.servers.mta import Mta  # noqa: E402
from lab.servers.smtp.peers import Attempt, swaks, swaks_missing, swaks_options  # noqa: E402
from measured import Command, medians  # noqa: E402

USER, PASSWORD = "app@lab.test", "s3cret-passw0rd"
RELAYS, DELAY = 1000, 0.05
_START = "import sys; from reconciler.cli.main import main; sys.argv[0] = 'reconciler'; main()"
# what would slow down a server that is probed thousands of times, as no real one is
RAISED = {"in_flow_delay": "0", "default_process_limit": "600"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    ms: float
    per_second: float
    cpu_ms: float
    megabytes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    relays: list[tuple[str, int]]
    ca_file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`limit` is the most, or the least when `more_is_better`; `factor` is how many times as good as the peer."""

    what: str
    unit: str
    value: float
    limit: float | None = None
    more_is_better: bool = False
    peer: str = ""
    theirs: float | None = None
    factor: float | None = None

    @property
    def ratio(self) -> float | None:
        if self.theirs is None:
            return None
        return self.value / self.theirs if self.more_is_better else self.theirs / self.value

    @property
    def met(self) -> bool:
        good = self.limit is None or (self.value >= self.limit if self.more_is_better else self.value <= self.limit)
        return good and (self.factor is None or (self.ratio or 0) >= self.factor)


def main() -> int:
    repeat = _arguments().repeat
    if reason := Mta.missing() or swaks_missing():
        print(f"SKIPPED: the numbers of the handshake: {reason}", file=sys.stderr)
        return 0
    print(f"{os.cpu_count()} cores, medians of {repeat}\n")
    rows = [*_postfix(repeat), *_far(repeat)]
    _print([("run", "ours", "limit", "peer", "theirs", "ratio", "at least", ""), *map(_cells, rows)])
    missed = sum(not row.met for row in rows)
    print(f"\n{missed} missed." if missed else "\nAll limits met.")
    return 1 if missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5, help="how often each client runs; the median counts")
    return parser.parse_args()


def _postfix(repeat: int) -> Iterator[Row]:
    with Mta(users={USER: PASSWORD}, senders={USER: USER}, hosts=("localhost", "127.0.0.1"), options=RAISED) as mta:
        server = Server(relays=[("127.0.0.1", mta.only["PLAIN"])], ca_file=mta.ca_file)
        single = [_client("ours", server, 50, 1) for _ in range(repeat + 1)][1:]
        theirs = [_swaks(server, 10) for _ in range(repeat)]
        start = _process(server, mta, repeat)
        many, threads = _in_turns(server, 512, ("ours", 64), ("smtplib", 64), repeat=repeat)
    yield Row(
        what="one handshake with Postfix: TLS, AUTH, envelope",
        unit="ms",
        value=median(one.ms for one in single),
        limit=6,
        peer="swaks, a process each",
        theirs=median(theirs),
        factor=8,
    )
    yield Row(
        what="one Postfix, 64 slots",
        unit="/s",
        value=many.per_second,
        more_is_better=True,
        peer="smtplib, 64 threads",
        theirs=threads.per_second,
        factor=0.7,
    )
    yield _cpu("CPU of the client, one Postfix", many, threads)
    yield start


def _far(repeat: int) -> Iterator[Row]:
    with _slow_relays() as server:
        far, threads = _in_turns(server, RELAYS, ("relays", 512), ("smtplib", 64), repeat=repeat)
    yield Row(
        what=f"{RELAYS:,} relays, {DELAY * 1000:.0f} ms a reply, 512 slots",
        unit="/s",
        value=far.per_second,
        limit=400,
        more_is_better=True,
        peer="smtplib, 64 threads",
        theirs=threads.per_second,
    )
    yield _cpu("CPU of the client, 512 slots", far, threads)
    yield Row(
        what="memory of the client, 512 slots",
        unit="MB",
        value=far.megabytes,
        limit=150,
        peer="smtplib, 64 threads",
        theirs=threads.megabytes,
    )


def _cpu(what: str, ours: Figures, theirs: Figures) -> Row:
    return Row(what=what, unit="ms", value=ours.cpu_ms, limit=2, peer="smtplib, 64 threads", theirs=theirs.cpu_ms)


def _in_turns(server: Server, count: int, *clients: tuple[str, int], repeat: int) -> list[Figures]:
    """So that noise of the machine meets all alike; the first turn warms up and is not counted."""
    turns = [[_client(name, server, count, slots) for name, slots in clients] for _ in range(repeat + 1)][1:]
    return [
        Figures(
            ms=median(one.ms for one in found),
            per_second=median(one.per_second for one in found),
            cpu_ms=median(one.cpu_ms for one in found),
            megabytes=median(one.megabytes for one in found),
        )
        for found in zip(*turns, strict=True)
    ]


def _client(name: str, server: Server, count: int, slots: int) -> Figures:
    print(f"… {name}, {slots}", file=sys.stderr)
    task = {"client": name, "relays": server.relays, "count": count, "slots": slots, "ca_file": server.ca_file}
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("handshake_client.py"))],
        input=json.dumps(task | {"user": USER, "password": PASSWORD}),  # no secret on a command line
        env={"PATH": os.defpath, "PYTHONPATH": str(TOP), "LANG": "C.UTF-8"},
        stdout=subprocess.PIPE,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        sys.exit(f"error: the client {name} ended with {done.returncode}")
    return Figures(**json.loads(done.stdout))


def _swaks(server: Server, count: int) -> float:
    times = []
    for _ in range(count):
        attempt = Attempt(
            port=server.relays[0][1],
            ca_file=server.ca_file,
            user=USER,
            password=PASSWORD,
            sender=USER,
            envelope=True,
            seconds=10,
        )
        began = time.perf_counter()
        if (code := swaks(attempt)) != 0:
            sys.exit(f"error: swaks ended with {code}")
        times.append((time.perf_counter() - began) * 1000)
    return median(times)


def _process(server: Server, mta: Mta, repeat: int) -> Row:
    """All that a shell waits for, from the start of Python and of Perl to their exit codes."""
    port = mta.only["PLAIN"]
    words = f"verify --host localhost --port {port} --encryption starttls --ca-file {mta.ca_file} --level envelope"
    login = f"--username {USER} --password-env SMTP_PASSWORD --sender {USER} --recipient to@example.com"
    attempt = Attempt(port=port, ca_file=mta.ca_file, user=USER, password=PASSWORD, sender=USER, envelope=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "swaks").touch(0o600)
        (folder / "swaks").write_text("\n".join(swaks_options(attempt)) + "\n", "utf-8")
        ours = Command(
            arguments=[sys.executable, "-P", "-c", _START, *words.split(), *login.split()],
            folder=folder,
            environ={"PYTHONPATH": str(TOP), "SMTP_PASSWORD": PASSWORD},
            says="1 relay: 1 ok.",
        )
        theirs = Command(arguments=["swaks", "--config", str(folder / "swaks")], folder=folder, says="250 2.1.5 Ok")
        mine, other = medians([ours, theirs], 3 * repeat)
    return Row(
        what="the process verify --host",
        unit="ms",
        value=mine.seconds * 1000,
        peer="swaks, a process",
        theirs=other.seconds * 1000,
        factor=0.5,
    )


@contextmanager
def _slow_relays() -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as folder:
        ca_file = str(Path(folder) / "ca.pem")
        command = [sys.executable, str(Path(__file__).with_name("slow_relay.py")), ca_file]
        with subprocess.Popen(
            [*command, str(RELAYS), str(DELAY)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            try:
                yield Server(relays=json.loads(process.stdout.readline()), ca_file=ca_file)
            finally:
                process.terminate()


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.what,
        _shown(row.value, row.unit),
        _shown(row.limit, row.unit),
        row.peer,
        _shown(row.theirs, row.unit),
        "" if row.ratio is None else f"{row.ratio:.1f}x",
        "" if row.factor is None else f"{row.factor:g}x",
        "ok" if row.met else "MISSED",
    )


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    return f"{value:.1f} ms" if unit == "ms" else f"{value:.0f} {unit}"


def _print(table: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


if __name__ == "__main__":
    sys.exit(main())
