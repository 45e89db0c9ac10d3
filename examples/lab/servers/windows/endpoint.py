"""WinRM on loopback: HTTP with a real login, over TLS or with message encryption, and shells behind it."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import random
import ssl
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable

from lab.servers import kept_alive
from lab.servers.windows import soap
from lab.servers.windows.login import MUTUAL, Login
from lab.servers.windows.shells import Shell

Opened = Callable[[bool], Shell]  # whether what runs there can go on to another server
_LONGEST = 60.0  # seconds that an answer is waited for


class Endpoint(kept_alive.Server):
    """`offers` are the ways to log in, in the order in which they are told. The counts are of what arrived."""

    def __init__(self, address: tuple[str, int], opened: Opened, tls: ssl.SSLContext | None) -> None:
        self.opened, self.tls = opened, tls
        self.offers: tuple[str, ...] = ("Negotiate", "CredSSP")
        self.certificates: dict[
            str, str
        ] = {}  # SHA-256 of a client's certificate, and the local account that it maps to
        self.service = "http"
        self.configurations = {"Microsoft.PowerShell"}
        self.run_as = {"Reconciler.SharePoint"}  # endpoints that run as an account of their own
        self.language = "de"
        self.full = False  # no more shells, operations or memory
        self.users: set[str] | None = None  # who may use the endpoint; None is everybody who is known
        self.calls: list[str] = []
        self.logins: list[str] = []
        self.encrypted = 0
        self.shells: dict[str, Shell] = {}
        self.latency, self.operation_timeout = 0.0, 20.0
        self.failing, self.chance = 0.0, random.Random(1)
        self.drop: str | None = None  # the action whose answer is never sent, once
        self.limit: tuple[int, float] | None = None
        self.refused = 0
        self._recent: deque[float] = deque()
        self._lock = threading.Lock()
        super().__init__(address, _Handler, tls)

    def passing_failure(self) -> bool:
        """503 before anything is looked at: a limit, or chance."""
        with self._lock:
            if self.failing and self.chance.random() < self.failing:
                return True
            if self.limit is None:
                return False
            calls, seconds = self.limit
            now = time.monotonic()
            while self._recent and self._recent[0] <= now - seconds:
                self._recent.popleft()
            if len(self._recent) >= calls:
                self.refused += 1
                return True
            self._recent.append(now)
            return False

    def stop(self) -> None:
        for shell in list(self.shells.values()):
            shell.close()
        super().stop()


class _Handler(kept_alive.Handler):
    server: Endpoint

    def setup(self) -> None:
        super().setup()
        self.login: Login | None = None

    def do_POST(self) -> None:  # http.server finds it by name
        server = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if server.latency:
            server.stopped.wait(server.latency)
        if server.passing_failure():
            return self._send(503)
        if self.login is None or not self.login.complete:
            told = self._logged_in(self.headers.get("Authorization", ""))
            if self.login is None or not self.login.complete:
                return self._send(401, authenticate=told or "")
            if not body:
                return self._send(200, authenticate=told)
        return self._called(body)

    def _logged_in(self, header: str) -> str | None:
        if header == MUTUAL:
            return self._mapped()
        self.login = self.login or Login(self.server.offers, self.server.service)
        try:
            told = self.login.step(header)
        except PermissionError as offers:
            self.login = None
            return str(offers)
        if self.login.complete:
            self.server.logins.append(self.login.user)
        return told

    def _mapped(self) -> str | None:
        """By the certificate that TLS has verified."""
        shown = self.connection.getpeercert(binary_form=True) if isinstance(self.connection, ssl.SSLSocket) else None
        user = self.server.certificates.get(hashlib.sha256(shown).hexdigest()) if shown else None
        if user is None:
            return ", ".join(self.server.offers)
        self.login = Login(offers=(), kind=MUTUAL, user=user)
        self.server.logins.append(user)
        return None

    def _called(self, body: bytes) -> None:
        assert self.login is not None
        sealed = self.headers.get("Content-Type", "").startswith("multipart/")
        if not sealed and self.server.tls is None:
            return self._send(401, authenticate=", ".join(self.server.offers))
        self.server.encrypted += sealed
        request = soap.parsed(self.login.opened(body) if sealed else body)
        self.server.calls.append(request.action)
        status, said = 200, ""
        try:
            said = getattr(self, f"_on_{request.action.lower()}")(request)
        except soap.Fault as error:
            status, said = 500, soap.fault(error, self.server.language)
        if self.server.drop == request.action:
            self.server.drop = None
            self.close_connection = True
            return None
        content = soap.answer(request, said)
        if sealed:
            kind, content = self.login.sealed(content)
            return self._send(status, content, kind)
        return self._send(status, content)

    def _send(
        self,
        status: int,
        content: bytes = b"",
        kind: str = "application/soap+xml;charset=UTF-8",
        *,
        authenticate: str | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for one in (authenticate or "").split(", "):
            if one:
                self.send_header("WWW-Authenticate", one)
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(content)

    def _shell(self, request: soap.Request) -> Shell:
        shell = self.server.shells.get(request.shell or "")
        if shell is None:
            raise soap.Fault(soap.NO_SHELL, "no shell")
        return shell

    def _on_create(self, request: soap.Request) -> str:
        assert self.login is not None
        configuration = request.resource.rpartition("/")[2]
        if configuration not in self.server.configurations | self.server.run_as:
            raise soap.Fault(soap.NO_CONFIGURATION, "no configuration")
        if self.server.users is not None and self.login.user not in self.server.users:
            raise soap.Fault(soap.ACCESS_DENIED, "access denied")
        if self.server.full:
            raise soap.Fault(soap.TOO_MANY_SHELLS, "limit")
        name = (request.find(f".//{{{soap.SHELL}}}Shell").get("ShellId") or str(uuid.uuid4())).upper()
        shell = self.server.opened(self.login.delegated or configuration in self.server.run_as)
        shell.open(base64.b64decode(request.find(f".//{{{soap.POWERSHELL}}}creationXml").text or ""))
        self.server.shells[name] = shell
        return soap.created(name)

    def _on_command(self, request: soap.Request) -> str:
        line = request.find(f".//{{{soap.SHELL}}}CommandLine")
        pipeline = (line.get("CommandId") or "").upper()
        text = "".join(one.text or "" for one in line.findall(f"{{{soap.SHELL}}}Arguments"))
        self._shell(request).command(pipeline, base64.b64decode(text))
        return f"<rsp:CommandResponse><rsp:CommandId>{pipeline}</rsp:CommandId></rsp:CommandResponse>"

    def _on_send(self, request: soap.Request) -> str:
        for stream in request.body.iter(f"{{{soap.SHELL}}}Stream"):
            pipeline = (stream.get("CommandId") or "").upper() or None
            self._shell(request).send(pipeline, base64.b64decode(stream.text or ""))
        return "<rsp:SendResponse/>"

    def _on_receive(self, request: soap.Request) -> str:
        pipeline = (request.find(f".//{{{soap.SHELL}}}DesiredStream").get("CommandId") or "").upper() or None
        try:
            longest = min(request.seconds, self.server.operation_timeout, _LONGEST)
            fragments, ended = self._shell(request).take(pipeline, longest)
        except TimeoutError:
            raise soap.Fault(soap.TIMED_OUT, "not done yet") from None
        except BrokenPipeError:
            raise soap.Fault(soap.PROCESS_ENDED, "process ended") from None
        of = f' CommandId="{pipeline}"' if pipeline else ""
        streams = "".join(
            f'<rsp:Stream Name="stdout"{of}>{base64.b64encode(one).decode()}</rsp:Stream>' for one in fragments
        )
        state = f'<rsp:CommandState{of} State="{soap.SHELL}/CommandState/{"Done" if ended else "Running"}"/>'
        return f"<rsp:ReceiveResponse>{streams}{state if pipeline else ''}</rsp:ReceiveResponse>"

    def _on_signal(self, request: soap.Request) -> str:
        signal = request.find(f".//{{{soap.SHELL}}}Signal")
        code = request.find(f".//{{{soap.SHELL}}}Code").text or ""
        self._shell(request).signal((signal.get("CommandId") or "").upper(), stop=code.endswith("ctrl_c"))
        return "<rsp:SignalResponse/>"

    def _on_delete(self, request: soap.Request) -> str:
        shell = self.server.shells.pop(request.shell or "", None)
        if shell is not None:
            shell.close()
        return ""
