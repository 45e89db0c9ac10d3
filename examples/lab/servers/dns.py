"""A name server on loopback, over UDP and TCP, with a zone that is a dict and faults by name.

with DnsServer({"example.com": {"TXT": ["v=spf1 -all"], "A": ["192.0.2.1"]}}) as server:
    print(server.place, server.asked)
"""

from __future__ import annotations

import socketserver
import struct
import threading
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Literal

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.TXT
import dns.rrset

# silence: no answer; truncate: over UDP the flag alone; garbage: not a DNS message; spoof: the id of another question
Fault = Literal["silence", "servfail", "refused", "garbage", "truncate", "spoof", "slow"]
Zone = Mapping[str, Mapping[str, Sequence[str | bytes]]]
TTL = 300
_RCODES = {"servfail": dns.rcode.SERVFAIL, "refused": dns.rcode.REFUSED}
_SLOW = 0.15
_ALIASES = 12


class DnsServer:
    """`asked` is every question that came, as (name, type, udp or tcp). `chase=False` leaves CNAMEs to the client.

    A record is its text; of TXT the content itself, cut to pieces of 255 bytes. The fault of "*" is for all names.
    """

    def __init__(self, zone: Zone, *, faults: Mapping[str, Fault] | None = None, chase: bool = True) -> None:
        self.zone = {name.lower(): dict(records) for name, records in zone.items()}
        self.faults, self.chase = dict(faults or {}), chase
        self.asked: list[tuple[str, str, str]] = []
        self._servers: list[socketserver.BaseServer] = []

    @property
    def place(self) -> str:
        host, port = self._servers[0].server_address[:2]
        return f"{host}:{port}"

    def __enter__(self) -> DnsServer:
        self._servers = list(_bound(self))
        for one in self._servers:
            threading.Thread(target=one.serve_forever, args=(0.005,), name="dns", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in self._servers:
            one.shutdown()
            one.server_close()

    def answer(self, wire: bytes, transport: Literal["udp", "tcp"]) -> bytes | None:
        """The bytes to send back; None is silence."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind, transport))
        fault = self.faults.get(name) or self.faults.get("*")
        reply = dns.message.make_response(query, our_payload=1232)
        reply.flags |= dns.flags.RA
        if fault == "silence":
            return None
        if fault == "slow":
            time.sleep(_SLOW)
        if fault == "garbage":
            return wire[:2] + b"\xff" * 40
        if fault == "spoof":
            reply.id = (query.id + 1) % 65536
        if fault in _RCODES:
            reply.set_rcode(_RCODES[fault])
        else:
            self._fill(reply, question.name, kind)
        return _wire(reply, query, transport, truncate=fault == "truncate")

    def _fill(self, reply: dns.message.Message, name: dns.name.Name, kind: str) -> None:
        for _ in range(_ALIASES):
            records = self.zone.get(name.to_text(omit_final_dot=True).lower())
            if records is None:
                reply.set_rcode(dns.rcode.NXDOMAIN)
                return
            if alias := records.get("CNAME"):
                target = dns.name.from_text(str(alias[0]))
                reply.answer.append(_rrset(name, "CNAME", [f"{target}"]))
                if not self.chase:
                    return
                name = target
                continue
            if kind in records:
                reply.answer.append(_rrset(name, kind, records[kind]))
            return


def _rrset(name: dns.name.Name, kind: str, records: Sequence[str | bytes]) -> dns.rrset.RRset:
    return dns.rrset.from_rdata_list(name, TTL, [_rdata(kind, one) for one in records])


def _rdata(kind: str, record: str | bytes) -> dns.rdata.Rdata:
    if kind == "TXT":
        raw = record.encode() if isinstance(record, str) else record
        pieces = [raw[start : start + 255] for start in range(0, len(raw), 255)] or [b""]
        return dns.rdtypes.ANY.TXT.TXT(dns.rdataclass.IN, dns.rdatatype.TXT, pieces)
    return dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(kind), str(record))


def _wire(reply: dns.message.Message, query: dns.message.Message, transport: str, *, truncate: bool) -> bytes:
    if transport == "tcp":
        return reply.to_wire(max_size=65535)
    wire = reply.to_wire(max_size=65535)
    if truncate or len(wire) > max(query.payload, 512):
        reply.answer.clear()
        reply.flags |= dns.flags.TC
        wire = reply.to_wire()
    return wire


class _Udp(socketserver.ThreadingUDPServer):
    daemon_threads, block_on_close, max_packet_size = True, False, 65535
    lab: DnsServer


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads, block_on_close, allow_reuse_address = True, False, True
    lab: DnsServer


class _Datagram(socketserver.BaseRequestHandler):
    server: _Udp

    def handle(self) -> None:
        data, listener = self.request
        if (reply := self.server.lab.answer(data, "udp")) is not None:
            try:
                listener.sendto(reply, self.client_address)
            except OSError:
                return  # the test is over


class _Stream(socketserver.StreamRequestHandler):
    server: _Tcp
    timeout = 5

    def handle(self) -> None:
        try:
            size = self.rfile.read(2)
            if len(size) == 2:
                reply = self.server.lab.answer(self.rfile.read(struct.unpack("!H", size)[0]), "tcp")
                if reply is not None:
                    self.wfile.write(struct.pack("!H", len(reply)) + reply)
        except OSError:
            return


def _bound(lab: DnsServer) -> tuple[Any, Any]:
    """Both on one port; the system picks it for TCP, and UDP may have it taken."""
    for _ in range(20):
        tcp = _Tcp(("127.0.0.1", 0), _Stream)
        try:
            udp = _Udp(tcp.server_address, _Datagram)
        except OSError:
            tcp.server_close()
            continue
        tcp.lab = udp.lab = lab
        return udp, tcp
    raise RuntimeError("no port is free for UDP and TCP")
