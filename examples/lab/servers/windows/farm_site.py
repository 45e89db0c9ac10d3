"""A farm's servers on 127.0.0.1, 127.0.0.2 and so on, all on one port, with our scripts known to them."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from lab.servers.windows import sharepoint
from lab.servers.windows.farm import Farm
from lab.servers.windows.shells import Broken, Call
from lab.servers.windows.standin import DOMAIN, USER, Known, WindowsServer, authority
from reconciler.drivers.powershell import pool
from reconciler.platforms.sharepoint.reader import ours


class FarmSite:
    """`with FarmSite(farm, folder, password="…") as site:`. The farm's servers carry the addresses they have here."""

    def __init__(
        self, farm: Farm, folder: Path, *, password: str, port: int = 0, tls: tuple[str, ssl.SSLContext] | None = None
    ) -> None:
        """`tls` is a CA's file and a server's context; a throw-away CA in `folder` unless given."""
        folder.mkdir(parents=True, exist_ok=True)
        self.farm = farm
        names = [str(one["address"]) for one in farm.state["servers"]]
        self.ca_file, context = tls or authority(folder, *names)
        self.servers: list[WindowsServer] = []
        for name in names:
            port = self.servers[0].port if self.servers else port
            server = WindowsServer(self._known(name), password=password, tls=context, address=name, port=port)
            self.servers.append(server)
        self.probed: list[Mapping[str, Any]] = []
        self.relay: Mapping[str, Any] = {"stage": "done", "message": ""}

    def __enter__(self) -> FarmSite:
        self._stack = ExitStack()
        for server in self.servers:
            self._stack.enter_context(server)
        self._stack.callback(pool.close_all)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._stack.close()

    def connection(self, **changed: Any) -> dict[str, Any]:
        return {
            "host": str(self.farm.state["servers"][0]["address"]),
            "port": self.servers[0].port,
            "auth": "credssp",
            "username": f"{DOMAIN}\\{USER}",
            "password": {"env": "LOGIN", "version": 1},
            "ca_file": self.ca_file,
            "timeout": 30,
            **changed,
        }

    @property
    def ran(self) -> list[str]:
        return [name for server in self.servers for name in server.ran]

    @property
    def refused(self) -> int:
        return sum(server.endpoint.refused for server in self.servers)

    @contextmanager
    def disturbed(self, latency: float, failing: float) -> Iterator[None]:
        for server in self.servers:
            server.endpoint.latency, server.endpoint.failing = latency, failing
        yield
        for server in self.servers:
            server.endpoint.latency = server.endpoint.failing = 0.0

    @contextmanager
    def limited(self, calls: int, seconds: float) -> Iterator[None]:
        for server in self.servers:
            server.endpoint.limit = (calls, seconds)
        yield
        for server in self.servers:
            server.endpoint.limit = None

    def _known(self, server: str) -> Known:
        def run(script: Any, *arguments: Any) -> Mapping[str, Any]:
            return sharepoint.answer(script, self.farm, *arguments)

        return {
            ours("read"): lambda call: self._hop(call) or run(sharepoint.read),
            ours("write"): lambda call: self._hop(call) or run(sharepoint.write, server, call.parameters),
            ours("key"): lambda call: self._hop(call) or run(sharepoint.key, server, call.parameters),
            ours("probe"): partial(self._probe),
        }

    def _hop(self, call: Call) -> Mapping[str, Any] | None:
        """The farm's database is another server: without delegated credentials it lets nobody in."""
        if call.delegated:
            return None
        return sharepoint.answer(sharepoint.no_second_hop, self.farm)

    def _probe(self, call: Call) -> Mapping[str, Any]:
        if set(call.parameters) != {"MailHost", "Port", "Seconds"}:
            raise Broken("NamedParameterNotFound")
        self.probed.append(call.parameters)
        return {"reconciler": 1, "ok": True, "error": None, "result": dict(self.relay)}
