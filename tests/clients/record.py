"""Runs the real clients against all shapes, some at a time, and says what changed against the recordings.

python -m clients [--client NAME]… [--shape NAME]… [--check]

`--check` keeps nothing, and ends with 1 where a client did something else; how it puts that may change.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from lab.servers.shaped.authorities import Authorities
from lab.servers.shaped.shape import Shape, named, shapes

from clients import recordings
from clients.clients import CLIENTS, SWAKS, Client
from clients.run import Observed, observed

# programs at once: those that may wait, those that compute, and those whose relay insists on a port
WAITING, WORKING, FIXED = 12, 3, 1


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _asked(arguments)
    chosen = [one for one in (*CLIENTS, SWAKS) if not asked.client or one.name in asked.client]
    at = named(asked.shape) if asked.shape else shapes()
    commands = {one: one.found() for one in chosen}
    for one, command in commands.items():
        if isinstance(command, str):
            print(f"SKIPPED: {one.name}: {command}", flush=True)
    ready = {one: command for one, command in commands.items() if not isinstance(command, str)}
    differ = 0
    for client, found in _run(ready, at):
        differ += _told(client, found, keep=not asked.check)
    print(f"{len(ready)} clients, {len(at)} shapes, {differ} differences")
    return int(bool(asked.check and differ) or not ready)


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--client", action="append")
    parser.add_argument("--shape", action="append")
    parser.add_argument("--check", action="store_true")
    return parser.parse_args(arguments)


def _run(ready: dict[Client, tuple[str, ...]], at: Sequence[Shape]) -> Iterator[tuple[Client, dict[str, Observed]]]:
    """Client by client, as each is through."""
    with ExitStack() as stack:
        authorities = Authorities(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        waiting, working, fixed = (
            stack.enter_context(ThreadPoolExecutor(count)) for count in (WAITING, WORKING, FIXED)
        )

        def started(client: Client, shape: Shape) -> Future[Observed]:
            pool = fixed if shape.port else waiting if shape.waits else working
            return pool.submit(observed, client, ready[client], shape, authorities)

        jobs = {client: {shape.name: started(client, shape) for shape in at if client.suits(shape)} for client in ready}
        for client, those in jobs.items():
            yield client, {name: one for name, job in those.items() if (one := _result(client, name, job))}


def _result(client: Client, shape: str, job: Future[Observed]) -> Observed | None:
    """None, and said, where the program itself is broken: the others go on."""
    try:
        return job.result()
    except RuntimeError as error:
        print(f"BROKEN: {client.name} at {shape}: {error}", flush=True)
        return None


def _told(client: Client, found: dict[str, Observed], *, keep: bool) -> int:
    before = recordings.load(client.name)
    versions = {one.pop("version") for one in found.values()} - {None}
    everything = {**before["shapes"], **found}
    after = {
        "client": client.name,
        "version": ", ".join(sorted(versions)) or before.get("version"),
        "settings": dict(client.settings),
        "shapes": {shape.name: everything[shape.name] for shape in shapes() if shape.name in everything},
    }
    another = before.get("version") not in (None, after["version"])
    if another:
        print(f"{client.name}: version {before['version']} → {after['version']}")
    lines = recordings.changes(before, {**after, "shapes": found}, text=keep)
    for line in lines:
        print(f"{client.name}: {line}", flush=True)
    if keep:
        recordings.save(after)
    return len(lines)


if __name__ == "__main__":
    sys.exit(main())
