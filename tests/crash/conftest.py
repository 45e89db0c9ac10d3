"""Killed at every point: `make test-crash`. One process for all runs, and a landscape of one target for each kind."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support.killing import Ran, Zygote

from reconciler.testing import Subject


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    found = Zygote()
    yield found
    found.close()


@dataclass(kw_only=True)
class Site:
    """A landscape of one target, and what the platform has."""

    subject: Subject
    folder: Path
    zygote: Zygote
    extra: Mapping[str, str] = field(default_factory=dict)

    def declare(self, resources: Mapping[str, Any]) -> None:
        root = self.folder / "environments"
        (root / "dev").mkdir(parents=True, exist_ok=True)
        (root / "reconciler.yaml").write_text("version: 1\nstate: {backend: file, path: .reconciler}\n")
        (root / "dev/environment.yaml").write_text("order: 1\nverify: {from: nowhere, platform_test: false}\n")
        document = {"platform": self.subject.kind, "connection": self.subject.connection, **resources}
        (root / "dev/target.yaml").write_text(json.dumps(document))

    def run(self, *arguments: str, kill: int = 0, full: int = 0) -> Ran:
        environ = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **self.subject.environ, **self.extra}
        return self.zygote.run(*arguments, folder=self.folder, environ=environ, kill=kill, full=full)

    @property
    def path(self) -> str:
        return os.environ["PATH"]

    def apply(self, kill: int = 0, full: int = 0) -> Ran:
        allowed = ("--allow", "unverified", "--allow", "secret-to-new-host")
        return self.run("apply", "--auto-approve", *allowed, kill=kill, full=full)

    def leftovers(self) -> list[str]:
        """What must not be there between two runs."""
        state = self.folder / ".reconciler"
        found = [str(path) for path in state.rglob("*") if path.suffix == ".run" or path.name.startswith(".")]
        leases = state / "leases/leases.json"
        held = json.loads(leases.read_text())["leases"] if leases.exists() else []
        return [*found, *(str(one["nonce"]) for one in held)]

    def leaked(self) -> list[str]:
        """Where a secret stands in what we keep."""
        kept = [path for path in (self.folder / ".reconciler").rglob("*") if path.is_file()]
        secrets = list(self.subject.environ.values())
        return [str(path) for path in kept if any(one in path.read_text("utf-8", "replace") for one in secrets)]


@pytest.fixture
def make_site(tmp_path: Path, zygote: Zygote) -> Iterator[Callable[[Any], Site]]:
    with ExitStack() as stack:

        def made(subject: Any) -> Site:
            found = stack.enter_context(subject(tmp_path / "subject"))
            folder = tmp_path / "site"
            folder.mkdir()
            return Site(subject=found, folder=folder, zygote=zygote)

        yield made
    shutil.rmtree(tmp_path, ignore_errors=True)
