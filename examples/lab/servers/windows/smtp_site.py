"""A Windows server on 127.0.0.1 with an SMTP service that knows our scripts, over http and message encryption."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from lab.servers.windows import iis, sharepoint
from lab.servers.windows.standin import DOMAIN, USER, WindowsServer
from reconciler.drivers.powershell import pool
from reconciler.platforms.windows_smtp.reader import ours


class SmtpSite:
    def __init__(self, machine: iis.Machine, *, password: str, port: int = 0) -> None:
        self.machine = machine
        known = {
            ours("read"): lambda call: sharepoint.answer(iis.read, self.machine),
            ours("write"): lambda call: sharepoint.answer(iis.write, self.machine, call.parameters),
            ours("service"): lambda call: sharepoint.answer(iis.service, self.machine, call.parameters),
        }
        self.server = WindowsServer(known, password=password, port=port)

    def __enter__(self) -> SmtpSite:
        self.server.__enter__()
        return self

    def __exit__(self, *error: type[BaseException] | BaseException | TracebackType | None) -> None:
        pool.close_all()
        self.server.__exit__(*error)

    def connection(self, **changed: Any) -> Mapping[str, Any]:
        return {
            "host": "localhost",
            "port": self.server.port,
            "encryption": "message",
            "auth": "negotiate",
            "username": f"{DOMAIN}\\{USER}",
            "password": {"env": "LOGIN", "version": 1},
            "timeout": 30,
            **changed,
        }
