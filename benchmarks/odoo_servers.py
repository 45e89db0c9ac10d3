"""Many Odoo servers in one process: every answer is the stand-in's, given once and remembered, after a fixed wait.

The stand-in alone would need the processor for longer than what is to be measured. Databases differ by name only.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from lab.servers.odoo import OdooStandIn

from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Value
from reconciler.platforms import openspp

SERVERS = 10  # mail servers in each
KEY = "bench-api-key"
_DATABASE = re.compile(rb'"db-\d+"')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--version", type=int, default=19)
    parser.add_argument("--wait", type=float, default=0.05, help="seconds that each call takes")
    arguments = parser.parse_args()
    with OdooStandIn(arguments.version, database="lab", api_key=KEY) as origin:
        _filled(origin)
        asyncio.run(Front(origin=origin, wait=arguments.wait).serve())


@dataclass(kw_only=True)
class Front:
    origin: OdooStandIn
    wait: float
    requests: int = 0
    known: dict[tuple[str, str, bytes], bytes] = field(default_factory=dict)

    async def serve(self) -> None:
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, backlog=512)
        print(server.sockets[0].getsockname()[1], flush=True)
        async with server:
            await server.serve_forever()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")
                headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in lines[1:])}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                path = lines[0].split(" ")[1]
                if path == "/requests":
                    writer.write(_response(str(self.requests).encode(), "text/plain"))
                    continue
                self.requests += 1
                await asyncio.sleep(self.wait)
                writer.write(self._answer(path, headers.get("authorization", ""), _DATABASE.sub(b'"lab"', body)))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, path: str, authorization: str, body: bytes) -> bytes:
        asked = (path, authorization, body)
        if asked not in self.known:
            self.known[asked] = self._told(*asked)
        return self.known[asked]

    def _told(self, path: str, authorization: str, body: bytes) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.origin.port, timeout=30)
        try:
            connection.request("POST", path, body, {"Authorization": authorization, "Content-Type": "application/json"})
            answer = connection.getresponse()
            return _response(answer.read(), answer.headers["Content-Type"], answer.status)
        finally:
            connection.close()


def _response(body: bytes, kind: str, status: int = 200) -> bytes:
    return f"HTTP/1.1 {status} .\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def _filled(origin: OdooStandIn) -> None:
    """What the landscape declares, and our marks on it."""
    connection = {
        "url": origin.url,
        "database": "lab",
        "username": "admin",
        "api_key": SecretRef(store="env", path="K"),
    }
    writer = openspp.writer("bench/odoo", connection, _Opener())
    for resource, settings in contents().items():
        create = resource.key is not None
        values = openspp.normalised(resource, settings, connection)
        writer.write(_change(resource, Action.CREATE if create else Action.UPDATE, values))
    writer.close()


def contents() -> dict[Resource, dict[str, Value]]:
    found: dict[Resource, dict[str, Value]] = {}
    for number in range(SERVERS):
        relay: dict[str, Value] = {"host": "relay.example.com", "port": 25, "encryption": "starttls", "auth": "none"}
        filters = (f"m{number}.example.com",) if number else None
        settings = {**relay, "priority": number + 1, "from_filter": filters}
        found[Resource(collection="mail_servers", key=f"m{number}")] = settings
    found[Resource(collection="alias_domains", key="example.com")] = {"default_from": "no-reply"}
    found[Resource(collection="parameters")] = {"base_url": "https://odoo.example.com", "base_url_frozen": True}
    return found


def _change(resource: Resource, action: Action, settings: openspp.Settings) -> Change:
    fields = tuple(
        FieldChange(field=name, kind=FieldKind.SET, before=None, after=value, cause=Cause.GIT)
        for name, value in settings.items()
    )
    address = Address(environment="bench", target="odoo", resource=resource)
    return Change(address=address, kind="openspp", installation="odoo:x", action=action, fields=fields)


class _Opener:
    open: Callable[[object, SecretRef], SecretValue] = staticmethod(lambda ref: SecretValue(KEY))  # type: ignore[assignment]


if __name__ == "__main__":
    main()
