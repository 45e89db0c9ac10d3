"""A relay that does everything right, on aiosmtpd in a thread of its own. It keeps what it gets and sends nothing on.

with SmtpRelay(users={"shop": "secret"}, tls="starttls", certificate=pki.good) as relay:
    print(relay.port, relay.logins, relay.messages)
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
import threading
from asyncio.trsock import TransportSocket
from collections.abc import Collection, Mapping
from types import TracebackType
from typing import Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

_MECHANISMS = ("PLAIN", "LOGIN")
# aiosmtpd warns of its own use of Session.login_data at each login
logging.getLogger("mail.log").addFilter(lambda record: "Session.login_data" not in record.getMessage())


class _Server(SMTP):
    def __init__(self, relay: SmtpRelay, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            relay,
            hostname="relay.lab",  # else aiosmtpd asks the name server
            ident=relay.ident,
            loop=loop,
            tls_context=relay.certificate if relay.tls == "starttls" else None,
            require_starttls=relay.tls == "starttls",
            # aiosmtpd knows of STARTTLS only: on an implicit TLS port everything is inside TLS already
            auth_require_tls=relay.tls == "starttls",
            auth_exclude_mechanism=[name for name in _MECHANISMS if name not in relay.mechanisms],
            authenticator=relay.authenticate,
            enable_SMTPUTF8=True,
        )
        self._open = relay.open

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called again after STARTTLS; the socket is the same."""
        self._open[self] = transport.get_extra_info("socket")
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._open.pop(self, None)


class SmtpRelay:
    """AUTH is offered inside TLS only (and with `tls="none"`); `port` is known once it is entered."""

    def __init__(
        self,
        *,
        users: Mapping[str, str] | None = None,
        tls: Literal["starttls", "tls", "none"] = "starttls",
        certificate: ssl.SSLContext | None = None,
        port: int = 0,
        mechanisms: Collection[str] = _MECHANISMS,
        ident: str = "ESMTP lab",
    ) -> None:
        self.ident = ident  # in its greeting
        self.users, self.tls, self.certificate = dict(users or {}), tls, certificate
        self.port, self.mechanisms = port, mechanisms
        self.logins: list[str] = []  # the user of each AUTH, whatever became of it
        self.senders: list[str] = []  # of each MAIL that was accepted
        self.messages: list[Envelope] = []
        self.connections = 0
        self.open: dict[SMTP, TransportSocket] = {}  # the sessions that are not over
        self._ready = threading.Event()
        self._failure: OSError | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="smtp relay", daemon=True)

    def __enter__(self) -> SmtpRelay:
        self._thread.start()
        if not self._ready.wait(10) or self._failure is not None:
            raise RuntimeError(f"the lab's relay does not start on port {self.port}") from self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def wait(self) -> None:
        """Serves until the main thread is interrupted."""
        self._thread.join()

    # hooks of aiosmtpd
    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, auth: LoginPassword
    ) -> AuthResult:
        user = auth.login.decode()
        self.logins.append(user)
        known = self.users.get(user)
        # handled=False: aiosmtpd answers 535 itself
        return AuthResult(success=known is not None and known.encode() == auth.password, handled=False)

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.users and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        self.senders.append(address)
        return "250 2.1.0 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.messages.append(envelope)
        return "250 2.0.0 kept"

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            listener = self._loop.run_until_complete(self._listening())
            self._ready.set()
            self._loop.run_forever()
            listener.close()
            self._loop.run_until_complete(self._closed())
        except OSError as error:
            self._failure = error
        finally:
            self._ready.set()
            self._loop.close()

    async def _listening(self) -> asyncio.Server:
        implicit = self.certificate if self.tls == "tls" else None
        found = await self._loop.create_server(self._connection, "127.0.0.1", self.port, ssl=implicit)
        self.port = found.sockets[0].getsockname()[1]
        return found

    def _connection(self) -> SMTP:
        self.connections += 1
        return _Server(self, self._loop)

    async def _closed(self) -> None:
        """Hangs up; inside TLS, closing alone would wait for the other end to close too."""
        for connection in self.open.values():
            with contextlib.suppress(OSError):  # reset by the other end
                connection.shutdown(socket.SHUT_RDWR)
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for _ in range(1000):  # a busy machine takes its time
            await asyncio.sleep(0.01)  # transports close in the next rounds of the loop
            if not self.open:
                break
