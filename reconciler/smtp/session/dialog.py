"""The steps of a handshake up to TLS on an open connection, each from its command to its checks.

What follows has its own files: login.py, envelope.py, controls.py.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import NoReturn

from reconciler.model.handshake import CheckResult, Encryption, Level, Relay
from reconciler.model.text.message import worded
from reconciler.smtp.catalogue.results import failed, inconclusive, informed, passed, warned
from reconciler.smtp.protocol import own_name, strangers
from reconciler.smtp.protocol.reply import Malformed, Reply, capabilities
from reconciler.smtp.protocol.wire import Lost, Unsolicited, Wire
from reconciler.smtp.record.log import Log, Stop, Timeouts
from reconciler.smtp.session import refused
from reconciler.smtp.session.budget import loopback
from reconciler.smtp.tls import context as tls

_COMMAND = 509  # RFC 5321, section 4.5.3.1.4: 512 octets, of which a blank and the line end are three
_READABLE = frozenset({"PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"})  # what shows the credential to whoever listens
_NO_EHLO = (500, 502, 504)  # a server older than RFC 1869 (RFC 5321, section 3.2)
_DELIVERY = (25, 587)  # TLS never begins with the first byte there
_RECORDS = (b"", b"\x14", b"\x15", b"\x16", b"\x17")  # what TLS begins with (RFC 8446, section 5.1), or nothing


Answer = Callable[[Reply], bytes]


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Dialog:
    """One SMTP session. A method that returns has passed its checks; Stop ends the session."""

    relay: Relay
    wire: Wire
    log: Log
    timeouts: Timeouts
    offered: Mapping[str, frozenset[str]] = field(default_factory=dict)
    ahead: list[str] = field(default_factory=list)  # verbs that were sent with the command before, not answered yet
    left: bool = False  # QUIT was asked for
    clients: tuple[str | None, ...] = ()  # of the applications that this session is for; None: no one's in particular
    first: bytes = b""  # line of the banner

    async def opened(self, context: ssl.SSLContext | None) -> None:
        """Up to the point where a login could follow; without a context, as far as it goes without TLS."""
        if self.relay.encryption is Encryption.TLS:
            if context is None:  # there is no banner before TLS
                self.log.broken = True
                self.log.proven.append((Level.CONNECT, "connected; what the relay says comes inside TLS: level tls"))
                return
            await self.secure(context)
        await self.banner()
        hello = await self.ehlo()
        if self.relay.encryption is Encryption.NONE:
            offered = ", though STARTTLS is offered" if "STARTTLS" in self.offered else ""
            if offered and self.relay.level.rank >= Level.AUTH.rank and not loopback(self.relay.host):
                advice = worded("use {encryption:starttls}: without it anyone on the way can read the mail")
                self.log.add(warned("SMTP200", "STARTTLS is offered, and not used", advice=advice))
            self.log.proven.append((Level.CONNECT, f"no encryption{offered}"))
        if self.relay.encryption is Encryption.STARTTLS and context is not None:
            await self.starttls(hello)
            await self.secure(context)
            await self.ehlo_again(hello)

    async def banner(self) -> None:
        """220 is expected (RFC 5321, section 4.3.1), on one line or several."""
        clear = self.relay.encryption is not Encryption.TLS
        hint = partial(strangers.no_banner, clear=clear)
        try:
            with self.log.step("banner", Level.CONNECT, "SMTP101", self.timeouts.banner, hint):
                reply = await self.reply()
        except Stop:
            # into a port that is declared for STARTTLS no TLS is sent: servers log it as an attack
            at_once = self.relay.encryption is Encryption.NONE and self.relay.port not in _DELIVERY
            self.log.curious = at_once and self.log.silent
            raise
        self.first = self.log.greeting = reply.lines[0]
        said = self.log.evidence.reply(reply)
        if reply.code >= 400:
            found = refused.meaning(reply, "CONNECT", self.relay)
            self.log.add(refused.turned_away(reply, found, said=said))
        if reply.code != 220:
            self.log.add(failed("SMTP101", f"the banner is {reply.code}, not 220", evidence=said))
        self.log.add(passed("SMTP101", "banner 220", said))

    async def ehlo(self, name: str = "EHLO") -> Reply:
        """What was offered before is forgotten: it may have come from somebody in between (RFC 3207)."""
        inside = name != "EHLO"
        hint = strangers.closed_inside if inside else None
        with self.log.step(name, Level.CONNECT, "SMTP103", self.timeouts.ehlo, hint):
            reply = await self.ask("EHLO", self._own_name())
        said = self.log.evidence.reply(reply)
        if reply.code != 250:
            found = refused.meaning(reply, "EHLO", self.relay)
            named = found is not None and found.cause.name == "ehlo-name"
            if reply.code in _NO_EHLO and not inside and not named and await self._helo(said):
                return reply
            stranger = strangers.advice(self.first)  # 220 is the beginning of FTP too
            self.log.add(refused.hello(reply, found, said=said, stranger=stranger))
        self.offered = capabilities(reply)
        self._keep(reply)
        self.log.add(passed("SMTP103", "EHLO is accepted", said))
        return reply

    def _keep(self, hello: Reply) -> None:
        """As it came, for what other clients would make of it."""
        if self.wire.secured is None:
            self.log.before = hello.lines
        else:
            self.log.inside = hello.lines

    async def _helo(self, said: str) -> bool:
        """As clients do where EHLO is unknown (RFC 5321, section 3.2): mail without TLS, login and extensions."""
        if not await self.try_command(f"HELO {self._own_name().decode()}", self.timeouts.ehlo):
            return False
        self.offered = {}
        advice = "mail may pass; have EHLO enabled there (RFC 1869) for TLS and logins"
        self.log.add(warned("SMTP103", "HELO only: no TLS, no login", evidence=said, advice=advice))
        return True

    async def starttls(self, hello: Reply) -> None:
        """RFC 3207, section 4: nothing may come between 220 and the TLS handshake."""
        if "STARTTLS" not in self.offered:
            reason = "STARTTLS is not offered: the relay, or something in between, removed it"
            self.log.add(failed("SMTP200", reason, evidence=self.log.evidence.reply(hello)))
        self.log.add(passed("SMTP200", "STARTTLS is offered"))
        self.log.add(self._login_in_clear())
        with self.log.step("STARTTLS", Level.TLS, "SMTP201", self.timeouts.ehlo):
            reply = await self.ask("STARTTLS")
            await self.wire.settle()
        if reply.code != 220:
            reason, said = f"STARTTLS is refused ({reply.code})", self.log.evidence.reply(reply)
            if reply.code == 421:  # 454 is a lasting fault of its certificate or key nearly always
                self.log.add(inconclusive("SMTP201", f"the server is busy ({reply.code})", evidence=said))
            self.log.add(
                failed("SMTP201", reason, evidence=said, advice="see the relay's log: its certificate or key?")
            )
        self.log.add(passed("SMTP201", "STARTTLS is answered 220"))
        if injected := self.wire.pending:
            reason = "data arrived after 220 and before TLS: someone between here and the relay injects replies"
            advice = "do not use this path; tell the owners of the network and the relay"
            self.log.add(failed("SMTP202", reason, evidence=self.log.evidence.raw(injected), advice=advice))
        self.log.add(passed("SMTP202", "nothing arrived between 220 and TLS"))

    async def secure(self, context: ssl.SSLContext) -> None:
        """TLS, and what it proves. Raises Stop for a failure, RuntimeError where no TLS session stands after all."""
        if self.relay.encryption is Encryption.TLS:  # STARTTLS has looked already
            await self.wire.settle()
        if early := self.wire.pending:
            self._in_clear(early)
        hint = strangers.no_tls if self.relay.encryption is Encryption.TLS else None
        with self.log.step("TLS", Level.TLS, "SMTP203", self.timeouts.tls, hint):
            try:
                self.log.last = "the TLS handshake"
                await self.wire.start_tls(context, tls.name(self.relay.host))
            except TimeoutError:
                raise
            except (OSError, UnicodeError, ValueError) as error:
                self.log.broken = True
                first = self.wire.answered
                if first and first[:4].decode("ascii", "replace").isprintable():
                    self._in_clear(first)  # a banner, say, which OpenSSL calls a wrong version
                self.log.curious = isinstance(error, ssl.SSLError | ConnectionError) and first[:1] in _RECORDS
                from reconciler.smtp.record import diagnosis

                self.log.refusal = diagnosis.refusal(error)
                self.log.add(diagnosis.of(error, tls.name(self.relay.host), self.relay.ca_file))
        if (secured := self.wire.secured) is None:
            raise RuntimeError("start_tls returned without a TLS session")
        if self.log.transcript is not None:
            self.log.tell(f"TLS started: {secured.version()}, {(secured.cipher() or ('unknown cipher',))[0]}, verified")
            self.log.tell(f"certificate: {tls.described(secured)}")
        for result in tls.session(secured, self.relay.pins):
            # mail leaves as long as the certificate is valid, however soon it ends
            (self.log.keep if result.id == "SMTP206" else self.log.add)(result)
        self.log.certificate = tls.shown(secured)
        self.log.proven.append((Level.TLS, f"{self.relay.encryption}, {secured.version()}"))

    async def ehlo_again(self, before: Reply) -> None:
        """RFC 3207, section 4.2; what was offered in clear counts for nothing."""
        inside = await self.ehlo("EHLO again")
        shown = b"before TLS: %b\ninside TLS: %b" % (_offers(before.lines), _offers(inside.lines))
        self.log.add(passed("SMTP211", "the extensions were read again inside TLS", self.log.evidence.text(shown)))

    async def silence(self) -> None:
        """After the last step nothing may be left over: a second reply to AUTH would make the first one doubtful."""
        if self.log.broken:
            return  # what comes late is the answer that was waited for
        if self.ahead:
            await self.quit()
        else:
            await self.wire.settle()
        if late := self.wire.pending:
            self.log.fail(
                failed("SMTP104", "the server sent more than one reply", evidence=self.log.evidence.raw(late))
            )

    async def quit(self) -> None:
        """Once, and without an error where it is not answered."""
        if not self.left:
            self.left = True
            await self.try_command("QUIT")

    async def try_command(self, verb: str, seconds: float | None = None) -> bool:
        """QUIT, or RSET after a refusal: proves nothing; tells whether it was answered."""
        last = self.log.last
        try:
            with self.log.patience.within(self.timeouts.quit if seconds is None else seconds):
                return (await self.ask(verb)).code < 400
        except (Unsolicited, Lost, Malformed, TimeoutError):
            return False
        finally:
            self.log.last = last

    async def dialogue(self, verb: str, first: bytes, *answers: Answer, one_line: bool = False) -> Reply:
        """A command whose 334 replies are questions; an answer may depend on its question.

        What does not fit on the line of the command waits for a first question, which is empty (RFC 4954, section 4);
        not so with `one_line`, as some clients do.
        """
        fits = one_line or len(verb) + len(first) <= _COMMAND
        reply = await self.ask(verb, first if fits else b"")
        for answer in answers if fits else (lambda _: first, *answers):
            if reply.code != 334:
                break
            self.wire.send(answer(reply))
            if self.log.transcript is not None:
                self.log.transcript.answer(inside=self.wire.secured is not None)
            reply = await self.reply()
        return reply

    async def ask(self, verb: str, argument: bytes = b"", *, then: Sequence[str] = ()) -> Reply:
        """The reply to one command; those in `then` go with it in one packet (RFC 2920), and are asked for next."""
        self.log.last = verb
        if self.ahead:
            self.ahead.remove(verb)
            return await self.reply()
        line = f"{verb} ".encode() + argument if argument else verb.encode()
        self.wire.send(b"\r\n".join((line, *(another.encode() for another in then))) if then else line)
        self.ahead += then
        if self.log.transcript is not None:
            inside = self.wire.secured is not None
            self.log.transcript.command(verb, argument, inside=inside)
            for another in then:
                self.log.transcript.command(another, b"", inside=inside)
        return await self.reply()

    async def reply(self) -> Reply:
        found = await self.wire.reply()
        if self.log.transcript is not None:
            self.log.transcript.reply(found, inside=self.wire.secured is not None)
        return found

    def _in_clear(self, first: bytes) -> NoReturn:
        said = self.log.evidence.raw(first)
        if self.relay.encryption is Encryption.TLS:
            stranger = strangers.advice(first)
            self.log.curious = self.log.in_clear = stranger is None
            advice = stranger or strangers.PLAIN
            self.log.fail(failed("SMTP203", "the server answers in clear text", evidence=said, advice=advice))
        reason = "clear text arrived after 220, where TLS was due"
        self.log.fail(failed("SMTP202", reason, evidence=said, advice=strangers.NEITHER))

    def _login_in_clear(self) -> CheckResult:
        offered = self.offered.get("AUTH", frozenset())
        if not offered & _READABLE:
            unseen = ", but those that do not show the password" if offered else ""
            return passed("SMTP212", f"no login is offered before TLS{unseen}")
        shown = self.log.evidence.text(f"AUTH {' '.join(sorted(offered))}".encode())
        if refused.hosted(self.relay.host):  # nobody here could change it
            return informed("SMTP212", "a login is offered before TLS; this handshake makes none there", shown)
        return failed("SMTP212", "a login is offered before TLS", evidence=shown)

    def _own_name(self) -> bytes:
        if self.relay.ehlo_name is None and any(self.clients):
            from reconciler.smtp.session import as_client

            if (name := as_client.ehlo_name(self.clients)) is not None:
                self.log.named_as_client = True
                return name.encode()
        # never getfqdn(): it asks the name server for each connection
        return own_name.spoken(self.relay.ehlo_name, socket.gethostname(), self.wire.local).encode()


@lru_cache(maxsize=256)
def _offers(hello: tuple[bytes, ...]) -> bytes:
    return b", ".join([line[4:] for line in hello[1:]]) or b"nothing"
