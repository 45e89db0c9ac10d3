"""Many relays far away, in one process: each reply takes a while. Prints their addresses, ends with its input.

python slow_relay.py CA_FILE COUNT SECONDS
"""

from __future__ import annotations

import asyncio
import json
import resource
import ssl
import sys
from typing import cast

import trustme

_HELLO = b"250-relay.lab.test\r\n250-STARTTLS\r\n250 SIZE 1000000\r\n"
_HELLO_AGAIN = b"250-relay.lab.test\r\n250-SIZE 1000000\r\n250 AUTH PLAIN\r\n"
_REPLIES = {
    b"": b"220 relay.lab.test ESMTP\r\n",
    b"STAR": b"220 go\r\n",
    b"AUTH": b"235 welcome\r\n",
    b"QUIT": b"221 bye\r\n",
}


class Session(asyncio.Protocol):
    def __init__(self, context: ssl.SSLContext, delay: float) -> None:
        self._context, self._delay = context, delay
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._greeted = self._secure_now = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if not self._greeted:
            self._greeted = True
            self._later(b"")

    def data_received(self, data: bytes) -> None:
        verb = data[:4].upper()
        if verb == b"STAR":
            self._loop.call_later(self._delay, self._secure)
        else:
            self._later(verb)
        if verb == b"QUIT":
            self._loop.call_later(self._delay + 0.01, self._transport.close)

    def _later(self, verb: bytes) -> None:
        self._loop.call_later(self._delay, self._answer, verb)

    def _answer(self, verb: bytes) -> None:
        hello = _HELLO_AGAIN if self._secure_now else _HELLO
        if not self._transport.is_closing():
            self._transport.write(hello if verb == b"EHLO" else _REPLIES.get(verb, b"250 ok\r\n"))

    def _secure(self) -> None:
        self._answer(b"STAR")
        task = self._loop.create_task(self._secured())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _secured(self) -> None:
        found = await self._loop.start_tls(self._transport, self, self._context, server_side=True)
        self._transport, self._secure_now = cast(asyncio.Transport, found), True


async def serve(ca_file: str, count: int, delay: float) -> None:
    """Each relay has an address of its own, as a run tries one server only so often."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(ca_file)
    found = [await _relay(authority, f"127.1.{number // 250}.{number % 250 + 1}", delay) for number in range(count)]
    print(json.dumps(found), flush=True)
    await asyncio.to_thread(sys.stdin.read)


async def _relay(authority: trustme.CA, host: str, delay: float) -> tuple[str, int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    server = await asyncio.get_running_loop().create_server(lambda: Session(context, delay), host, 0)
    _SERVERS.append(server)
    address: tuple[str, int] = server.sockets[0].getsockname()
    return address


_SERVERS: list[asyncio.Server] = []  # one that nobody refers to would close

if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
