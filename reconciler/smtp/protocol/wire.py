"""The connection: a protocol with its own buffer, which can tell bytes that nobody asked for.

Never asyncio's streams: after `start_tls` their reader still gives out what was injected before it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from typing import Protocol, cast

from reconciler.smtp.protocol.channel import Channel
from reconciler.smtp.protocol.reply import Replies, Reply

_BUFFER = 16 * 1024  # asyncio's own way would ask for 256 KiB at each read
_FAREWELL = 0.25  # seconds; most servers close with their reply
_ROUNDS = 10  # of the loop; an aborted socket closes in the next one


class _Thread(threading.local):
    """What has come is taken out at once, so all connections of an event loop can share one buffer."""

    def __init__(self) -> None:
        self.buffer = memoryview(bytearray(_BUFFER))


_HERE = _Thread()


class Unsolicited(Exception):
    """The server spoke although no reply was due."""

    def __init__(self, data: bytes) -> None:
        super().__init__("data sent out of turn")
        self.data = data


class Lost(Exception):
    """The server closed the connection; `alert` is the one of TLS that it gave as the reason."""

    def __init__(self, alert: str | None = None) -> None:
        super().__init__("the server closed the connection")
        self.alert = alert


class Carrier(Protocol):
    """What the connection runs in, such as an ssh process; it ends with the connection."""

    async def close(self) -> None: ...


class Wire(asyncio.BufferedProtocol):
    def __init__(self, carrier: Carrier | None = None) -> None:
        self._carrier = carrier
        self._replies = Replies()
        self._waiting: asyncio.Future[None] | None = None
        self._ended = self._gone = False
        self._failure: Exception | None = None
        self._channel: Channel | None = None
        self._secured = False
        self._tickets = False  # of TLS 1.3 may be on their way
        self._transport: asyncio.Transport | None = None

    # called by asyncio
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        return _HERE.buffer

    def buffer_updated(self, nbytes: int) -> None:
        self.data_received(_HERE.buffer[:nbytes])

    def data_received(self, data: bytes | memoryview) -> None:
        if self._channel is None:
            self._replies.feed(data)
        else:
            self._channel.feed(data)
            if self._secured:
                self._unseal()
        self._wake()

    def eof_received(self) -> None:
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._failure = exc
        self._gone = True
        self.eof_received()

    # called by the dialog
    @property
    def pending(self) -> bytes:
        """What came and was not asked for."""
        return self._replies.pending

    @property
    def secured(self) -> ssl.SSLObject | None:
        """The TLS session, once there is one."""
        return self._channel.session if self._channel is not None and self._secured else None

    @property
    def answered(self) -> bytes:
        """How the other end has begun its answer to our TLS."""
        return self._channel.first if self._channel is not None else b""

    @property
    def local(self) -> str:
        """Our own address, as EHLO writes it for a machine without a name. Raises Lost."""
        sockname = self._open().get_extra_info("sockname")
        address = str(sockname[0]) if isinstance(sockname, tuple) else "127.0.0.1"  # a carrier has no address
        return f"[IPv6:{address}]" if ":" in address else f"[{address}]"

    def send(self, line: bytes) -> None:
        """One line. Raises Unsolicited when something came that nobody asked for, and Lost."""
        if self.pending:
            raise Unsolicited(self.pending)
        self.write(line + b"\r\n")

    async def reply(self) -> Reply:
        """The next reply. Raises Malformed, Lost."""
        if self._tickets:
            self._flush()  # where the server speaks first
            self._acknowledge()
        while (found := self._replies.take()) is None:
            if self._ended:
                raise Lost(self._channel.alert if self._channel is not None else None)
            await self._news()
        return found

    def write(self, data: bytes) -> None:
        """Bytes as they are: for somebody on the way too, before SMTP begins. Raises Lost."""
        if self._channel is None:
            self._open().write(data)
        else:
            self._channel.seal(data)
            self._flush()

    async def take(self, count: int) -> bytes:
        """So many bytes, whatever they are; what comes after them is SMTP. Raises Lost."""
        while (found := self._replies.cut(count)) is None:
            if self._ended:
                raise Lost
            await self._news()
        return found

    async def settle(self) -> None:
        """Lets what is already in the socket come in."""
        await asyncio.sleep(0)  # the first round of the loop polls the socket,
        await asyncio.sleep(0)  # the second hands over what it found

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Raises Lost, OSError, ValueError, UnicodeError; see that nothing is `pending` before."""
        self._channel = channel = Channel(context, host)
        try:
            while not channel.shaken():
                if self._ended:
                    raise self._failure or ConnectionResetError("the server closed the connection")
                self._flush()
                await self._news()
        except ssl.SSLError:
            self._flush()  # the alert that says what is wrong
            raise
        self._secured = self._tickets = True
        self._unseal()

    async def farewell(self) -> None:
        """After QUIT the server closes (RFC 5321, section 4.1.1.10).

        Whoever closes first answers the rest of its TLS with a reset, and some servers log that as an error.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL):
                while not self._gone:
                    await self._news()

    async def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            for _ in range(_ROUNDS):
                if self._gone:
                    break
                await asyncio.sleep(0)
        if self._carrier is not None:
            await self._carrier.close()

    async def _news(self) -> None:
        """Waits until something comes, or the connection ends."""
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            await self._waiting
        finally:
            self._waiting = None

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _unseal(self) -> None:
        if self._channel is not None:
            self._replies.feed(self._channel.opened())
            self._ended = self._ended or self._channel.closed

    def _flush(self) -> None:
        """What TLS has to say: our last packet of its handshake goes with the command that follows."""
        if self._channel is not None and (due := self._channel.due()):
            self._open().write(due)

    def _acknowledge(self) -> None:
        """A server sends session tickets after TLS, and its next reply when they are acknowledged: in 40 ms, or now."""
        if hasattr(socket, "TCP_QUICKACK"):
            with contextlib.suppress(OSError):  # the connection is gone; the reply will tell
                self._open().get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        self._tickets = False

    def _open(self) -> asyncio.Transport:
        if self._transport is None:
            raise Lost
        return self._transport
