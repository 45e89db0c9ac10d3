"""200 Odoo servers with ten mail servers each, planned at 50 ms a call. Exits with 1 when a limit is missed.

    .venv/bin/python benchmarks/odoo.py [--repeat 1]

`reconciler plan` of this checkout is a process of its own, and so are the servers (odoo_servers.py). Beside mail
servers, each has an email domain and parameters that are declared too. Nothing leaves this machine.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from measured import CHECKOUT, Command, medians, tool

INSTALLATIONS, SERVERS = 200, 10
LIMIT = 3.5  # seconds
WAYS = {"jsonrpc": 8, "json2": 7}  # and how many calls each server may get
_PATH = f"{CHECKOUT}:{CHECKOUT / 'examples'}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5, help="how often each plan runs; the median counts")
    repeat = parser.parse_args().repeat
    load = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f}; medians of {repeat}\n")
    print(
        f"{'plan of 200 Odoo servers at 50 ms a call':42} {'ours':>7} {'cpu':>7} {'limit':>7} {'calls':>6} {'limit':>6}"
    )
    missed = False
    for way, most in WAYS.items():
        with _servers() as port, tempfile.TemporaryDirectory(prefix="reconciler-bench-") as name:
            folder = Path(name).resolve()
            plans = [_plan(folder / str(changed), way, port, changed=changed) for changed in (False, True)]
            found = medians(plans, repeat)
            calls = _requests(port) / (INSTALLATIONS * len(plans) * (repeat + 1))
        for figure, what in zip(found, ("no changes", "all to change"), strict=True):
            good = figure.seconds <= LIMIT and calls <= most
            missed = missed or not good
            times = f"{figure.seconds:5.2f} s {figure.busy:5.2f} s {LIMIT:5.2f} s"
            line = f"{f'{way}, {what}':42} {times} {calls:6.1f} {most:6}"
            print(line if good else f"{line}  MISSED", flush=True)
    return 1 if missed else 0


@contextmanager
def _servers() -> Iterator[int]:
    command = [sys.executable, str(CHECKOUT / "benchmarks" / "odoo_servers.py")]
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": _PATH}, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


def _requests(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/requests") as answer:
        return int(answer.read())


def _plan(folder: Path, way: str, port: int, *, changed: bool) -> Command:
    environment = folder / "environments" / "prod"
    environment.mkdir(parents=True)
    (folder / "environments" / "reconciler.yaml").write_text("version: 1\n")
    (environment / "environment.yaml").write_text(
        "order: 10\n"
        "relays: {internal: {host: relay.example.com, port: 25, encryption: starttls, auth: none}}\n"
        "verify: {from: nowhere}\n"
    )
    for number in range(INSTALLATIONS):
        (environment / f"odoo-{number}.yaml").write_text(_target(number, way, port, priority=100 if changed else 1))
    says = f"{INSTALLATIONS * SERVERS} to update" if changed else f"{INSTALLATIONS * (SERVERS + 2)} in sync"
    return Command(
        arguments=(tool("reconciler"), "plan"),
        folder=folder,
        environ={"PYTHONPATH": str(CHECKOUT), "BENCH_KEY": "bench-api-key"},
        says=says,
    )


def _target(number: int, way: str, port: int, *, priority: int) -> str:
    filters = ["null", *(f"[m{n}.example.com]" for n in range(1, SERVERS))]
    servers = "".join(
        f"  m{n}: {{relay: internal, priority: {priority + n}, from_filter: {entries}}}\n"
        for n, entries in enumerate(filters)
    )
    return f"""\
platform: openspp
connection:
  url: http://127.0.0.1:{port}
  database: db-{number}
  username: admin
  api_key: {{env: BENCH_KEY}}
  protocol: {way}
mail_servers:
{servers}alias_domains:
  example.com: {{default_from: no-reply}}
parameters: {{base_url: https://odoo.example.com, base_url_frozen: true}}
"""


if __name__ == "__main__":
    sys.exit(main())
