"""The connection: a protocol with its own buffer, which can tell bytes that nobody asked for.

Never asyncio's streams: after `start_tls` their reader still gives out what was injected before it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from asyncio.sslproto import SSLProtocol
from typing import Protocol, cast

from reconciler.smtp.reply import Replies, Reply

# asyncio keeps a buffer of 256 KiB for each TLS connection, which is 128 MiB for 512. A TLS record is 16 KiB at most.
SSLProtocol.max_size = 16 * 1024
_CLOSING = 1.0  # seconds; an aborted socket closes at once


class Unasked(Exception):
    """The server spoke although no reply was due."""

    def __init__(self, data: bytes) -> None:
        super().__init__("bytes before they were asked for")
        self.data = data


class Lost(Exception):
    """The server closed the connection."""


class Carrier(Protocol):
    """What the connection runs in, such as an ssh process; it ends with the connection."""

    async def close(self) -> None: ...


class Wire(asyncio.Protocol):
    def __init__(self, carrier: Carrier | None = None) -> None:
        self._carrier = carrier
        self._replies = Replies()
        self._news = asyncio.Event()
        self._gone = asyncio.Event()
        self._ended = False
        self._tickets = False  # of TLS 1.3 may be on their way
        self._transport: asyncio.Transport | None = None

    # called by asyncio
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._replies.feed(data)
        self._news.set()

    def eof_received(self) -> None:
        self._ended = True
        self._news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.eof_received()
        self._gone.set()

    # called by the dialog
    @property
    def pending(self) -> bytes:
        """What came and was not asked for."""
        return self._replies.pending

    @property
    def secured(self) -> ssl.SSLObject | None:
        """The TLS session, once there is one."""
        return cast("ssl.SSLObject | None", self._open().get_extra_info("ssl_object"))

    @property
    def local(self) -> str:
        """Our own address, as EHLO writes it for a machine without a name."""
        sockname = self._open().get_extra_info("sockname")
        address = str(sockname[0]) if isinstance(sockname, tuple) else "127.0.0.1"  # a carrier has no address
        return f"[IPv6:{address}]" if ":" in address else f"[{address}]"

    def send(self, line: bytes) -> None:
        if self.pending:
            raise Unasked(self.pending)
        self._open().write(line + b"\r\n")

    async def reply(self) -> Reply:
        """The next reply. Raises Malformed, Lost."""
        self._acknowledge()
        while (found := self._replies.take()) is None:
            if self._ended:
                raise Lost
            self._news.clear()
            await self._news.wait()
        return found

    def write(self, data: bytes) -> None:
        """Bytes for somebody on the way, before SMTP begins."""
        self._open().write(data)

    async def take(self, count: int) -> bytes:
        """So many bytes, whatever they are; what comes after them is SMTP. Raises Lost."""
        while (found := self._replies.cut(count)) is None:
            if self._ended:
                raise Lost
            self._news.clear()
            await self._news.wait()
        return found

    async def settle(self) -> None:
        """Lets what is already in the socket come in."""
        await asyncio.sleep(0)  # the first round of the loop polls the socket,
        await asyncio.sleep(0)  # the second hands over what it found

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        if self._ended:
            raise Lost
        loop = asyncio.get_running_loop()
        try:
            self._transport = await loop.start_tls(self._open(), self, context, server_hostname=host)
        except BaseException:
            self._gone.set()  # asyncio does not tell the end of a connection that failed in the TLS handshake
            raise
        self._tickets = True

    async def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._gone.wait(), _CLOSING)
            await self.settle()  # the socket closes in the next round
        if self._carrier is not None:
            await self._carrier.close()

    def _acknowledge(self) -> None:
        """A server sends session tickets after TLS, and its next reply when they are acknowledged: in 40 ms, or now."""
        if self._tickets and hasattr(socket, "TCP_QUICKACK"):
            with contextlib.suppress(OSError):  # the connection is gone; the reply will tell
                self._open().get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        self._tickets = False

    def _open(self) -> asyncio.Transport:
        if self._transport is None:
            raise Lost
        return self._transport
