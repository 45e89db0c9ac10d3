"""A Windows server on loopback: WinRM in front, a farm or an SMTP service behind, in Python or in a real PowerShell."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import trustme

from lab.servers.windows import languages
from lab.servers.windows.endpoint import Endpoint
from lab.servers.windows.engine import Engine, EngineShell
from lab.servers.windows.login import known_user
from lab.servers.windows.model_shell import ModelShell
from lab.servers.windows.shells import Broken, Call, Shell
from reconciler.drivers.powershell.scripts import Script

DOMAIN, USER = "CONTOSO", "svc-mail"
MODULES = Path(__file__).parent / "modules"
Known = Mapping[Script, Callable[[Call], Mapping[str, Any]]]


class WindowsServer:
    """`with WindowsServer(known, password="…") as server:`. `known` are the scripts that it runs; it refuses others."""

    def __init__(
        self,
        known: Known,
        *,
        password: str,
        tls: ssl.SSLContext | None = None,
        address: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        known_user(DOMAIN, USER, password)
        self.known = {script.digest: run for script, run in known.items()}
        self.functions = {script.function: run for script, run in known.items()}
        self.language = True  # False as in an endpoint of JEA: functions only
        self.engine: Engine | None = None  # a real one
        self.ran: list[str] = []  # names of scripts, and "unknown"
        self.names = {script.digest: script.name for script in known} | {one.function: one.name for one in known}
        self.before: Callable[[Call], None] = lambda call: None
        self.endpoint = Endpoint((address, port), self._shell, tls)

    @property
    def port(self) -> int:
        return int(self.endpoint.server_address[1])

    def __enter__(self) -> WindowsServer:
        self.endpoint.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.endpoint.stop()

    def _shell(self, delegated: bool) -> Shell:
        if self.engine is not None:
            return EngineShell(self.engine)
        return ModelShell(self._run, delegated=delegated)

    def _run(self, call: Call) -> str:
        digest = _digest(call.script)
        run = self.known.get(digest) if self.language else self.functions.get(call.script)
        self.ran.append(self.names.get(digest, self.names.get(call.script, "unknown")))
        if run is None:
            raise Broken("CommandNotFoundException", languages.text("unknown script", self.endpoint.language))
        self.before(call)
        return json.dumps(run(call), ensure_ascii=False)


def authority(folder: Path, *names: str) -> tuple[str, ssl.SSLContext]:
    """A throw-away CA's file, and a server's context for these names."""
    ca = trustme.CA()
    file = folder / "windows-ca.pem"
    ca.cert_pem.write_to_path(str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*names).configure_cert(context)
    return str(file), context


def _digest(text: str) -> str:
    return Script(name="", text=text).digest
