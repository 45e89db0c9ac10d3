"""1,000 units of 100 ms at 128 slots: in this process, by bare Celery, and by the engine of zones.

    .venv/bin/python benchmarks/zones.py [--repeat 1]

A unit reads one installation of a platform whose every call takes 100 ms (third_party/slow_platform). Workers are four
processes of 32 threads on the same machine, beside RabbitMQ: they share its cores. Ratios of one run are what counts.
Exits with 1 when a limit is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from measured import CHECKOUT, tool

sys.path[:0] = [str(CHECKOUT), str(CHECKOUT / "examples")]

from lab.servers.rabbit import Rabbit  # noqa: E402
from lab.zones import lab as labs  # noqa: E402
from lab.zones.lab import Lab, Options  # noqa: E402

UNITS, WORKERS, SLOTS = 1000, 4, 32
ZONE = "dmz"
# of what is in process: seconds, and memory; and the coordinator's time of the processor
CELERY_AT_MOST, ENGINE_AT_MOST, MEMORY_AT_MOST = 2.5, 4.0, 1.5
CPU_AT_MOST = 1.0  # milliseconds a unit
_HERE = CHECKOUT / "benchmarks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """Seconds, seconds of the coordinator's processor, seconds of the first ten units, and its peak in MiB."""

    seconds: float
    busy: float
    first: float
    megabytes: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5, help="how often each runs, in turns; the median counts")
    repeat = parser.parse_args().repeat
    if why := Rabbit.missing():
        sys.exit(f"error: {why}")
    load = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f}; medians of {repeat}\n")
    with tempfile.TemporaryDirectory(prefix="reconciler-bench-") as name, ExitStack() as stack:
        runs = _runs(stack, Path(name).resolve())
        found = {what: [] for what in runs}
        for _ in range(repeat):
            for what, run in runs.items():
                print(f"… {what}", file=sys.stderr)
                found[what].append(run())
    return _told({what: _median(each) for what, each in found.items()})


def _runs(stack: ExitStack, folder: Path) -> dict[str, Any]:
    site = _package(folder / "site")
    environ = {**os.environ, "PYTHONPATH": f"{CHECKOUT}:{site}:{CHECKOUT / 'benchmarks' / 'third_party'}"}
    local = folder / "local"
    _targets(local, zone=None)
    ways: dict[str, Any] = {"in process": lambda: _read(local, environ)}
    for what, tls in (("engine, TLS and signatures", True), ("engine, signatures", False)):
        lab = stack.enter_context(labs.started(Options(zones=(ZONE,), loopback=True, tls=tls, deadline=60)))
        _staffed(lab, local, environ)
        ways[what] = _reader(lab.site, environ)
        if not tls:
            ways["Celery, bare"] = stack.enter_context(_celery(lab))
    return ways


def _reader(folder: Path, environ: Mapping[str, str]) -> Any:
    return lambda: _read(folder, environ)


def _read(folder: Path, environ: Mapping[str, str]) -> Took:
    words = [sys.executable, str(_HERE / "zones_read.py"), str(WORKERS * SLOTS)]
    done = subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, timeout=180, check=False)
    if done.returncode:
        sys.exit(f"error: {done.stderr[-3000:]}")
    return _took(done.stdout)


def _took(said: str) -> Took:
    told = json.loads(said)
    return Took(
        seconds=told["seconds"], busy=told["busy"], first=told.get("first", 0.0), megabytes=told["kilobytes"] / 1024
    )


def _median(each: Sequence[Took]) -> Took:
    names = ("seconds", "busy", "first", "megabytes")
    return Took(**{name: median(getattr(one, name) for one in each) for name in names})


def _told(found: Mapping[str, Took]) -> int:
    here, missed = found["in process"], False
    print(f"{'':28} {'took':>7} {'ratio':>6} {'limit':>6} {'cpu/unit':>9} {'memory':>8} {'first ten':>9}")
    for what, one in found.items():
        ratio, cpu = one.seconds / here.seconds, one.busy * 1000 / UNITS
        limit = {"Celery, bare": CELERY_AT_MOST, "engine, TLS and signatures": ENGINE_AT_MOST}.get(what)
        over = limit is not None and ratio > limit
        if what.startswith("engine, TLS"):
            over = over or cpu > CPU_AT_MOST or one.megabytes > MEMORY_AT_MOST * here.megabytes
        missed = missed or over
        print(
            f"{what:28} {one.seconds:5.2f} s {ratio:5.1f}x {f'{limit:g}x' if limit else '':>6} {cpu:6.2f} ms "
            f"{one.megabytes:4.0f} MiB {one.first:7.2f} s{'  MISSED' if over else ''}"
        )
    print(f"\nlimits beside: {CPU_AT_MOST:g} ms of CPU a unit, {MEMORY_AT_MOST:g} times the memory in process")
    return 1 if missed else 0


# what is read


def _package(site: Path) -> Path:
    info = site / "slow_platform-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: slow-platform\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[reconciler.platforms]\nslow = slow_platform.slow\n")
    return site


def _targets(folder: Path, *, zone: str | None) -> None:
    """`live/` is what the installations have; a worker starts there too (`files`)."""
    environment = folder / "environments/prod"
    environment.mkdir(parents=True, exist_ok=True)
    if zone is None:
        (folder / "environments/reconciler.yaml").write_text("version: 1\n")
        (folder / "live").mkdir()
    (environment / "environment.yaml").write_text(
        "order: 10\nrelays: {internal: {host: relay.example.com, port: 25, encryption: starttls, auth: none}}\n"
        "verify: {from: nowhere}\n" + (f"zone: {zone}\n" if zone else "")
    )
    live = {"host": "relay.example.com", "port": 25, "encryption": "starttls", "auth": "none"}
    for number in range(UNITS):
        text = f"platform: slow\nconnection: {{path: live/{number}.json}}\nsettings: {{relay: internal}}\n"
        (environment / f"app-{number}.yaml").write_text(text)
        if zone is None:
            (folder / f"live/{number}.json").write_text(json.dumps(live))


def _staffed(lab: Lab, local: Path, environ: Mapping[str, str]) -> None:
    """The lab's own targets go; its worker handles the slow platform."""
    for path in (lab.site / "environments/prod").glob("*.yaml"):
        path.unlink()
    _targets(lab.site, zone=ZONE)
    zone = lab.zones[ZONE]
    worker = zone.folder / "worker.yaml"
    text = worker.read_text().replace("kinds: [openspp]", "kinds: [slow]").replace("slots: 8", f"slots: {SLOTS}")
    hosts = text.replace("hosts: [127.0.0.1, localhost]", "hosts: ['*']")
    worker.write_text(f"{hosts}files: {local}\n")
    for _ in range(WORKERS):
        zone.start_worker(environ={"PYTHONPATH": environ["PYTHONPATH"]})
    if not lab.listens(ZONE, WORKERS, seconds=60):
        sys.exit(f"error: the workers do not start: {zone.log(0).read_text()}")


@contextmanager
def _celery(lab: Lab) -> Iterator[Any]:
    """On the same broker, in a virtual host of its own."""
    password = secrets.token_urlsafe(16)
    lab.broker.control("add_vhost", "bench")
    lab.broker.control("add_user", "bench", told=f"{password}\n")
    lab.broker.control("set_permissions", "-p", "bench", "bench", ".*", ".*", ".*")
    broker = f"amqp://bench:{password}@127.0.0.1:{lab.broker.plain}/bench"
    environ = {**os.environ, "BENCH_BROKER": broker, "PYTHONPATH": str(_HERE)}
    words = [tool("celery"), "-A", "zones_celery", "worker", "-P", "threads", "-c", str(SLOTS), "-l", "error"]
    words += ["--without-gossip", "--without-mingle", "--without-heartbeat", "-n"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    workers = [subprocess.Popen([*words, f"w{n}"], env=environ, cwd=lab.folder, **quiet) for n in range(WORKERS)]
    try:
        yield lambda: _asked(environ)
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.wait(20)


def _asked(environ: Mapping[str, str]) -> Took:
    words = [sys.executable, str(_HERE / "zones_celery.py"), str(UNITS)]
    done = subprocess.run(words, env=environ, capture_output=True, text=True, timeout=180, check=False)
    if done.returncode:
        sys.exit(f"error: {done.stderr[-3000:]}")
    return _took(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
