"""Questions to one name server, each asked once in a run; what comes back is plain, bounded, printable data."""

from __future__ import annotations

import asyncio
import ipaddress
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import dns.asyncresolver
    import dns.message
    import dns.name
    import dns.rdata
    import dns.resolver

MAX_ALIASES, MAX_RECORDS, MAX_TEXT = 8, 50, 4096
CUT = "…"
PAYLOAD = 1232  # of a datagram: no fragments on any path; longer answers come over TCP
_SLOTS = 64  # questions under way at a time
_SILENCES = 3  # after so many without one answer the server is not asked again in this run


class Unanswered(Exception):
    """The question is open: silence, a server's failure, or an answer that cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`name` is where the aliases (CNAME) end. `exists` is False for NXDOMAIN; a loop of aliases leads nowhere."""

    name: str
    records: tuple[str, ...] = ()
    ttl: int | None = None  # seconds
    aliases: tuple[str, ...] = ()
    exists: bool = True
    looped: bool = False


class Names:
    """One name server's answers. Make it in the event loop where it is used."""

    def __init__(self, resolver: str | None, *, seconds: float) -> None:
        self.local = resolver is None
        self._seconds = seconds
        self._resolver = _resolver(resolver, seconds)
        self._slots = asyncio.Semaphore(_SLOTS)
        self._locks: dict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._known: dict[tuple[str, str], Answer | Unanswered] = {}
        self._silences = 0
        self._spoke = False

    @property
    def server(self) -> str:
        if isinstance(self._resolver, Unanswered):
            return "none"
        return ", ".join(_shown(str(one), self._resolver.port) for one in self._resolver.nameservers[:3])

    async def ask(self, name: str, kind: str, *, search: bool = False) -> Answer:
        """Raises Unanswered. `search` tries the system's search domains, as the system does for hosts."""
        key = (name.lower().rstrip("."), kind)
        async with self._locks[key]:
            if key not in self._known:
                self._known[key] = await self._asked(*key, search=search and self.local)
        found = self._known[key]
        if isinstance(found, Unanswered):
            raise Unanswered(str(found))
        return found

    async def _asked(self, name: str, kind: str, *, search: bool) -> Answer | Unanswered:
        async with self._slots:
            if not self._spoke and self._silences >= _SILENCES:
                return Unanswered(f"{self.server} does not answer")
            try:
                return await self._chased(name, kind, search=search)
            except Unanswered as error:
                return error

    async def _chased(self, name: str, kind: str, *, search: bool) -> Answer:
        """Follows aliases that lead out of an answer; a forwarder may leave that to its client."""
        aliases: list[str] = []
        for _ in range(MAX_ALIASES):
            answer = await self._once(name, kind, search=search)
            aliases += answer.aliases
            if answer.records or answer.looped or not answer.exists or not answer.aliases:
                return replace(answer, aliases=tuple(aliases[:MAX_ALIASES]))
            name, search = answer.name, False
        return Answer(name=name, aliases=tuple(aliases[:MAX_ALIASES]), looped=True)

    async def _once(self, name: str, kind: str, *, search: bool) -> Answer:
        import dns.exception
        import dns.name
        import dns.resolver

        if isinstance(self._resolver, Unanswered):
            raise self._resolver
        try:
            asked = dns.name.from_text(name, None if search else dns.name.root)
        except (dns.exception.DNSException, UnicodeError):
            return Answer(name=name, exists=False)  # no such name can be
        try:
            found = await self._resolver.resolve(
                asked, kind, raise_on_no_answer=False, search=search, lifetime=self._seconds
            )
        except dns.resolver.NXDOMAIN as error:
            self._spoke = True
            return Answer(name=name, aliases=_aliases_of(error), exists=False)
        except dns.exception.Timeout:
            self._silences += 1
            raise Unanswered(f"{self.server} did not answer within {self._seconds:.3g} s") from None
        except dns.resolver.NoNameservers as error:
            self._spoke = True
            if _loops(error):
                return Answer(name=name, looped=True)
            raise Unanswered(f"{self.server}: {_said(error)}") from None
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise Unanswered(f"{self.server}: {_printable(str(error).encode())[:120]}") from None
        self._spoke = True
        return _answer(found)


def _resolver(given: str | None, seconds: float) -> dns.asyncresolver.Resolver | Unanswered:
    import dns.asyncresolver
    import dns.exception

    try:
        found = dns.asyncresolver.Resolver(configure=given is None)
    except (dns.exception.DNSException, OSError):
        return Unanswered("this machine has no DNS server configured")
    if given is not None:
        place = address_and_port(given)
        if place is None:
            return Unanswered(f"{_printable(given.encode())[:60]} is neither address nor address:port")
        found.nameservers, found.port = [place[0]], place[1]
    found.timeout = seconds / 2  # a datagram may be lost once
    found.use_edns(0, 0, PAYLOAD)
    return found


def address_and_port(text: str) -> tuple[str, int] | None:
    """`192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53` or `[2001:db8::53]:5353`."""
    host, port = text, ""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        port = port.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    try:
        number = int(port or "53")
        return (str(ipaddress.ip_address(host)), number) if 0 < number < 65536 else None
    except ValueError:
        return None


def _answer(found: dns.resolver.Answer) -> Answer:
    records = tuple(_text(record) for record in list(found.rrset or ())[:MAX_RECORDS])
    return Answer(
        name=_name(found.canonical_name),
        records=records,
        ttl=found.rrset.ttl if found.rrset is not None else None,
        aliases=_aliases(found.response),
    )


def _text(record: dns.rdata.Rdata) -> str:
    strings = getattr(record, "strings", None)  # of TXT
    if strings is None:
        return _printable(record.to_text().encode())
    return text_of(b"".join(strings))


def text_of(raw: bytes) -> str:
    """A TXT record as text: blanks stay, what no record's grammar knows is an escape; cut where it is too long."""
    text = "\t".join(map(_printable, raw[: MAX_TEXT + 1].split(b"\t")))
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}{CUT}"


def _printable(raw: bytes) -> str:
    """Only ASCII that a terminal shows as it is; the rest as escapes, which no record's grammar knows."""
    return "".join(chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}" for byte in raw)


def _aliases(response: dns.message.QueryMessage) -> tuple[str, ...]:
    chain = response.resolve_chaining().cnames
    return tuple(_name(record.target) for rrset in chain for record in rrset)


def _aliases_of(error: dns.resolver.NXDOMAIN) -> tuple[str, ...]:
    responses = error.kwargs.get("responses") or {}
    return tuple(alias for response in responses.values() for alias in _aliases(response))


def _name(name: dns.name.Name) -> str:
    return _printable(name.to_text(omit_final_dot=True).encode())


def _loops(error: dns.resolver.NoNameservers) -> bool:
    import dns.message

    return any(isinstance(one[3], dns.message.ChainTooLong) for one in error.kwargs.get("errors", ()))


def _said(error: dns.resolver.NoNameservers) -> str:
    """`SERVFAIL`, `REFUSED`, `Connection refused`: what the servers said last."""
    errors = error.kwargs.get("errors") or ((None, None, None, "no answer", None),)
    said = errors[-1][3]
    text = said if isinstance(said, str) else f"{type(said).__name__} {said}"
    return _printable(text.encode())[:120].strip()


def _shown(address: str, port: int) -> str:
    if port == 53:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
