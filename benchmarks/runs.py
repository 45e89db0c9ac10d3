"""The runs, by name: what is measured, what must hold, and against whom."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import landscapes
import peers
from measured import CHECKOUT, Command, medians, once, tool

THIRD_PARTY = CHECKOUT / "benchmarks" / "third_party"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """`at_least` is how many times as long it must take; None only tells."""

    name: str
    value: float
    busy: float
    at_least: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    what: str
    unit: str
    value: float
    busy: float
    limit: float
    peers: tuple[Peer, ...] = ()


def version(folder: Path, repeat: int) -> Iterator[Row]:
    """The start of the program, over the start of Python itself."""
    folder.mkdir()
    commands = [
        _reconciler(folder, "--version", says="reconciler "),
        Command(arguments=(tool("octodns-sync"), "--version"), folder=folder),
        Command(arguments=(tool("check-jsonschema"), "--version"), folder=folder),
        Command(arguments=(sys.executable, "-c", "pass"), folder=folder),
    ]
    *starts, python = medians(commands, repeat * 3)
    ours, octodns, jsonschema = ((one.seconds - python.seconds) * 1000 for one in starts)
    busy = [(one.busy - python.busy) * 1000 for one in starts]
    yield Row(
        what=f"--version, over Python's own {python.seconds * 1000:.0f} ms",
        unit="ms",
        value=ours,
        busy=busy[0],
        limit=60,
        peers=(
            Peer(name="octodns-sync", value=octodns, busy=busy[1]),
            Peer(name="check-jsonschema", value=jsonschema, busy=busy[2]),
        ),
    )


def validate(folder: Path, repeat: int) -> Iterator[Row]:
    """1,000 target files: YAML, schema, references and policy. The peer checks the schema alone."""
    files = landscapes.single(folder, 1000)
    schema = str(CHECKOUT / "schemas" / "platforms" / "file.schema.json")
    peer = Command(arguments=(tool("check-jsonschema"), "--schemafile", schema, *files), folder=folder, says="ok --")
    ours, theirs = medians([_reconciler(folder, "validate", says="1005 files"), peer], repeat)
    yield Row(
        what="validate 1,000 target files",
        unit="s",
        value=ours.seconds,
        busy=ours.busy,
        limit=0.6,
        peers=(Peer(name="check-jsonschema", value=theirs.seconds, busy=theirs.busy, at_least=2),),
    )


def plan(folder: Path, repeat: int) -> Iterator[Row]:
    """1,000 resources of platform `file`, before anything was applied and after; the peer has 1,000 zones."""
    zones = folder / "octodns"
    peers.zones(zones, 1000)
    peers.same(zones)
    peer = _octodns(zones, says="No changes were planned")
    first, later = _plans(folder, applications=100)
    new, same, theirs = medians([first, later, peer], repeat)
    for what, ours in (("plan 1,000 resources, no changes", same), ("plan 1,000 resources, all to change", new)):
        yield Row(
            what=what,
            unit="s",
            value=ours.seconds,
            busy=ours.busy,
            limit=1.2,
            peers=(Peer(name="octodns-sync, no changes", value=theirs.seconds, busy=theirs.busy, at_least=4),),
        )


def fleet(folder: Path, repeat: int) -> Iterator[Row]:
    """plan and apply of 100 installations whose every call takes 100 ms: read, read again, write, read back."""
    ours = folder / "ours"
    landscapes.slow(ours, 100)
    zones = folder / "octodns"
    peers.zones(zones, 100, target="slow_provider.SlowProvider")
    commands = [
        fleet_command(ours, folder),
        _octodns(
            zones, "--doit", says="Updates=1, Deletes=0", before=lambda: peers.changed(zones), path=(THIRD_PARTY,)
        ),
    ]
    mine, theirs = medians(commands, repeat)
    yield Row(
        what="plan + apply, 100 installations, 100 ms a call",
        unit="s",
        value=mine.seconds,
        busy=mine.busy,
        limit=2.2,
        peers=(Peer(name="octodns-sync --doit", value=theirs.seconds, busy=theirs.busy),),
    )


def fleet_command(ours: Path, folder: Path) -> Command:
    """Everything differs before it; `folder` is where the platform is installed."""
    return _reconciler(
        ours,
        *("apply", "--auto-approve", "--allow", "unverified"),
        says="Applied 100, failed 0",
        before=lambda: landscapes.slow_by_hand(ours, 100),
        path=(_installed(folder), THIRD_PARTY),
    )


def memory(folder: Path, repeat: int) -> Iterator[Row]:
    """The largest resident size of a plan of 5,000 resources."""
    new, same = medians(list(_plans(folder, applications=500)), min(repeat, 3))
    for what, figure in (("memory, plan 5,000, no changes", same), ("memory, plan 5,000, all to change", new)):
        yield Row(what=what, unit="MiB", value=figure.megabytes, busy=figure.busy, limit=200)


RUNS: dict[str, Callable[[Path, int], Iterator[Row]]] = {
    "version": version,
    "validate": validate,
    "plan": plan,
    "fleet": fleet,
    "memory": memory,
}


def _plans(folder: Path, applications: int) -> tuple[Command, Command]:
    """The first plan, and the one after everything was applied."""
    count = applications * landscapes.MAILERS
    first, later = folder / "first", folder / "later"
    landscapes.mailers(first, applications)
    landscapes.by_hand(first, applications)
    shutil.copytree(first, later)
    once(_reconciler(later, "apply", "--auto-approve", "--allow", "unverified", says=f"Applied {count}, failed 0"))
    return (
        _reconciler(first, "plan", says=f"{count} to update"),
        _reconciler(later, "plan", says=f"{count} in sync"),
    )


def _reconciler(
    folder: Path, *arguments: str, says: str, before: Callable[[], None] = lambda: None, path: tuple[Path, ...] = ()
) -> Command:
    """This checkout, whatever is installed."""
    environ = {"PYTHONPATH": ":".join(map(str, (CHECKOUT, *path))), "BENCH_PASSWORD": _PASSWORD}
    return Command(arguments=(tool("reconciler"), *arguments), folder=folder, environ=environ, before=before, says=says)


def _octodns(
    folder: Path, *arguments: str, says: str, before: Callable[[], None] = lambda: None, path: tuple[Path, ...] = ()
) -> Command:
    return Command(
        arguments=(tool("octodns-sync"), "--quiet", "--config-file", "config.yaml", *arguments),
        folder=folder,
        environ={"PYTHONPATH": ":".join(map(str, path))},
        before=before,
        says=says,
    )


def _installed(folder: Path) -> Path:
    """What pip would leave of a package that brings a platform: its metadata, with the entry point."""
    info = folder / "site" / "slow_platform-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: slow-platform\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[reconciler.platforms]\nslow = slow_platform.slow\n")
    return info.parent


_PASSWORD = uuid4().hex  # it goes into files of the temporary folder only
