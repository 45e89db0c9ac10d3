"""Through a proxy: SOCKS5 (RFC 1928) and HTTP CONNECT (RFC 9110, section 9.3.6), both without a login.

They run on the handshake's own wire, read what is due to the byte, and leave all that follows to SMTP.
"""

from __future__ import annotations

import ipaddress
import re

from reconciler.model.text.place import place
from reconciler.smtp.protocol.wire import Wire
from reconciler.smtp.route.via import Broken

_NO_LOGIN, _CONNECT, _NAME = 0, 1, 3
_ADDRESS_SIZES = {1: 4, 4: 16}
_REFUSALS = {
    1: "general failure",
    2: "not allowed by the proxy's rules",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "TTL expired",
    7: "command not supported",
    8: "address type not supported",
}
_MAX_HEAD = 16384
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: [^\r\n]*)?\r?\n")
_LOGIN_ADVICE = "proxy logins are not supported: allow this machine by its address, or use ssh://"


async def socks5(wire: Wire, host: str, port: int, *, proxy: str, target: str) -> None:
    """The proxy resolves the name. `proxy` and `target` name the two hops. Raises Broken, Lost."""
    destination = _destination(host, target) + port.to_bytes(2, "big")
    wire.write(bytes((5, 1, _NO_LOGIN)))
    version, method = greeting = await wire.take(2)
    if version != 5:
        raise Broken(proxy, "it does not speak SOCKS5", said=greeting, advice="is it an HTTP proxy? then use http://")
    if method != _NO_LOGIN:
        raise Broken(proxy, "it requires a login", advice=_LOGIN_ADVICE)
    wire.write(bytes((5, _CONNECT, 0)) + destination)
    head = await wire.take(4)
    if head[0] != 5:
        raise Broken(proxy, "its answer is not SOCKS5", said=head)
    if head[1]:
        reason = _REFUSALS.get(head[1], "refused")
        raise Broken(target, f"{reason} (SOCKS5 reply {head[1]})", advice=_reach_advice(proxy))
    size = _ADDRESS_SIZES.get(head[3]) or (await wire.take(1))[0]
    await wire.take(size + 2)


async def connect(wire: Wire, host: str, port: int, *, proxy: str, target: str) -> None:
    """Raises Broken, Lost."""
    authority = place(_ascii(host, target), port)
    wire.write(f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
    head = await _head(wire, proxy)
    if (match := _STATUS.match(head)) is None:
        raise Broken(proxy, "its answer is not HTTP", said=head[:200], advice="is it a SOCKS proxy? then use socks5://")
    code, line = int(match[1]), match[0].strip()
    if code == 407:
        raise Broken(proxy, "it requires a login", said=line, advice=_LOGIN_ADVICE)
    if not 200 <= code < 300:
        raise Broken(target, f"the proxy answers {code}", said=line, advice=_reach_advice(proxy))


async def _head(wire: Wire, proxy: str) -> bytes:
    head = bytearray()
    while not head.endswith((b"\r\n\r\n", b"\n\n")):
        if len(head) >= _MAX_HEAD:
            raise Broken(proxy, f"its answer has more than {_MAX_HEAD} bytes", said=bytes(head[:200]))
        head += await wire.take(1)
        if len(head) == 5 and head != b"HTTP/":
            break  # no line end may ever come
    return bytes(head)


def _destination(host: str, target: str) -> bytes:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name = _ascii(host, target).encode()
        return bytes((_NAME, len(name))) + name
    return bytes((1 if address.version == 4 else 4,)) + address.packed


def _ascii(host: str, target: str) -> str:
    """As it goes over the wire: names with other letters in their DNS form."""
    try:
        name = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        raise Broken(target, "not a host name", advice="check the host name") from None
    if not 0 < len(name) < 256:
        raise Broken(target, "not a host name", advice="check the host name")
    return name


def _reach_advice(proxy: str) -> str:
    return f"check host and port, and that {proxy} may connect to them"
