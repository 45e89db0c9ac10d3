"""A Windows server on loopback with scripts of its own, and a session on it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from lab.servers.windows import DOMAIN, USER, WindowsServer, authority
from lab.servers.windows.shells import Call

from reconciler.drivers.powershell import pool
from reconciler.drivers.powershell.scripts import Script
from reconciler.drivers.powershell.server import Server
from reconciler.drivers.powershell.session import ReadOnlySession, Session
from reconciler.model.secret import SecretValue

PASSWORD = "canary-l0gin-4711"
READ = Script(name="read.ps1", text="'reads'")
WRITE = Script(name="write.ps1", text="'writes'")


def done(**result: Any) -> dict[str, Any]:
    return {"reconciler": 1, "ok": True, "error": None, "result": result}


@dataclass
class Machine:
    """`asked` are the parameters of each script that ran; `answers` replaces what a script says."""

    ca_file: str
    server: WindowsServer
    host: str = "localhost"
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)

    def reach(self, **changed: Any) -> Server:
        known = Server(
            host=self.host,
            port=self.server.port,
            username=f"{DOMAIN}\\{USER}",
            password=SecretValue(PASSWORD),
            password_named="connection.password (env PW)",
            ca_file=self.ca_file,
            timeout=20.0,
        )
        return replace(known, **changed)

    def session(self, **changed: Any) -> Session:
        return Session(server=self.reach(**changed), reads=frozenset({READ.digest}))

    def reader(self) -> ReadOnlySession:
        return ReadOnlySession(server=self.reach(), reads=frozenset({READ.digest}))

    @property
    def calls(self) -> list[str]:
        return self.server.endpoint.calls


Made = Callable[..., Machine]


@pytest.fixture(scope="session")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ssl.SSLContext]:
    folder: Path = tmp_path_factory.mktemp("windows")
    return authority(folder, "localhost")


@pytest.fixture
def machine(certified: tuple[str, ssl.SSLContext]) -> Iterator[Machine]:
    yield from running(certified, tls=True)


@pytest.fixture
def plain_machine(certified: tuple[str, ssl.SSLContext]) -> Iterator[Machine]:
    """Over http, where WinRM insists on message encryption."""
    yield from running(certified, tls=False)


def running(certified: tuple[str, ssl.SSLContext], *, tls: bool) -> Iterator[Machine]:
    ca_file, context = certified
    answers: dict[str, Any] = {}
    asked: list[tuple[str, Mapping[str, Any]]] = []

    def run(name: str) -> Callable[[Call], Any]:
        def answer(call: Call) -> Any:
            asked.append((name, call.parameters))
            said = answers.get(name, done(name=name))
            return said(call) if callable(said) else said

        return answer

    known = {READ: run("read"), WRITE: run("write")}
    with WindowsServer(known, password=PASSWORD, tls=context if tls else None) as server:
        yield Machine(ca_file=ca_file, server=server, asked=asked, answers=answers)
        pool.close_all()
