"""One zone as the lab holds it from outside: its servers (`inside`), and its workers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, cast

from lab.zones.networks import Network

EXAMPLES = Path(__file__).parents[2]
PROGRAM = str(Path(sys.executable).with_name("reconciler"))
_ENDS_WITHIN = 15.0  # seconds for a worker that was asked to


class Zone:
    """`folder` is its own disk: what its worker has stands there."""

    def __init__(self, network: Network, folder: Path, told: Mapping[str, Any]) -> None:
        self.network, self.name, self.folder = network, network.zone, folder
        self.workers: list[subprocess.Popen[bytes]] = []
        ports = {"vault": network.ports.vault, "relay": network.ports.relay, "console": network.ports.console}
        self._told = {**told, "ports": ports}
        self._log = folder / "servers.log"

    def __enter__(self) -> Zone:
        with self._log.open("wb") as log:
            self._servers = subprocess.Popen(
                [*self.network.enter, sys.executable, "-m", "lab.zones.inside"],
                env=_environment(PYTHONPATH=f"{EXAMPLES}:{EXAMPLES.parent}"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._said(self._told)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait()
        with self._servers:
            assert self._servers.stdin
            self._servers.stdin.close()  # which ends it
            try:
                self._servers.wait(_ENDS_WITHIN)
            except subprocess.TimeoutExpired:
                self._servers.kill()

    def ask(self, what: str, **words: Any) -> Any:
        """A method of `inside.Servers`."""
        return self._said({"what": what, **words})

    def _said(self, document: Mapping[str, Any]) -> Any:
        assert self._servers.stdin
        assert self._servers.stdout
        self._servers.stdin.write(json.dumps(document) + "\n")
        self._servers.stdin.flush()
        if not (line := self._servers.stdout.readline()):
            raise RuntimeError(f"the servers of {self.name} ended: {self._log.read_text('utf-8')[-2000:]}")
        return json.loads(line)

    # workers

    def start_worker(
        self, program: str = PROGRAM, *, environ: Mapping[str, str] = MappingProxyType({})
    ) -> subprocess.Popen[bytes]:
        """`reconciler worker` in the zone; what it says is in `worker-N.log`."""
        with self.log(len(self.workers)).open("wb") as log:
            found = subprocess.Popen(
                [*self.network.enter, program, "worker", "--zone", self.name, "--config", "worker.yaml"],
                cwd=self.folder,
                env=_environment(**environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.workers.append(found)
        return found

    def log(self, number: int) -> Path:
        return self.folder / f"worker-{number}.log"

    def alive(self) -> list[subprocess.Popen[bytes]]:
        return [worker for worker in self.workers if worker.poll() is None]

    def end_workers(self) -> None:
        """As a service manager does: asked first."""
        for worker in self.alive():
            worker.terminate()
        until = time.monotonic() + _ENDS_WITHIN
        for worker in self.alive():
            try:
                worker.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()


def _environment(**more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return cast("dict[str, str]", {**kept, **more})
