"""Many relays far away, in a process of their own: each reply takes a while. Prints its ports, ends with its input.

python slow_relay.py CERTIFICATE COUNT SECONDS
"""

from __future__ import annotations

import asyncio
import json
import resource
import ssl
import sys
from typing import cast

_REPLIES = {
    b"EHLO": b"250-relay.lab.test\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n",
    b"STAR": b"220 go\r\n",
    b"AUTH": b"235 welcome\r\n",
    b"QUIT": b"221 bye\r\n",
}


class Session(asyncio.Protocol):
    def __init__(self, context: ssl.SSLContext, delay: float) -> None:
        self._context, self._delay = context, delay
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._greeted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if not self._greeted:
            self._greeted = True
            self._later(b"220 relay.lab.test ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        verb = data[:4].upper()
        if verb == b"STAR":
            self._loop.call_later(self._delay, self._secure)
        else:
            self._later(_REPLIES.get(verb, b"250 ok\r\n"))
        if verb == b"QUIT":
            self._loop.call_later(self._delay + 0.01, self._transport.close)

    def _later(self, reply: bytes) -> None:
        self._loop.call_later(self._delay, self._write, reply)

    def _write(self, reply: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(reply)

    def _secure(self) -> None:
        self._write(_REPLIES[b"STAR"])
        task = self._loop.create_task(self._secured())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _secured(self) -> None:
        found = await self._loop.start_tls(self._transport, self, self._context, server_side=True)
        self._transport = cast(asyncio.Transport, found)


async def serve(certificate: str, count: int, delay: float) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_server(lambda: Session(context, delay), "127.0.0.1", 0, backlog=64) for _ in range(count)
    ]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
