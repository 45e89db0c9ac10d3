"""The dialogue line by line, as swaks shows it. Made of what is meant, not of bytes: no credential gets into it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reconciler.smtp.protocol.reply import Reply
from reconciler.smtp.record.evidence import HIDDEN, Evidence

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """` -> ` and `<-  ` in clear, ` ~> ` and `<~  ` inside TLS, `=== ` what happens around, `*** ` what went wrong."""

    tell: Tell
    evidence: Evidence

    def command(self, verb: str, argument: bytes, *, inside: bool) -> None:
        if verb.startswith("AUTH") and argument:
            self.answer(verb, inside=inside)
        else:
            self._line(_ARROWS[inside][0], verb.encode() + (b" " + argument if argument else b""))

    def answer(self, before: str = "", *, inside: bool) -> None:
        """Part of a login."""
        self.tell(_ARROWS[inside][0] + f"{before} {HIDDEN}".lstrip())

    def message(self, text: str, *, inside: bool) -> None:
        for line in (*text.split("\r\n"), "."):
            self._line(_ARROWS[inside][0], line.encode())

    def reply(self, reply: Reply, *, inside: bool) -> None:
        for line in reply.lines:
            self._line(_ARROWS[inside][1], line)

    def event(self, text: str) -> None:
        self._line("=== ", text.encode())

    def trouble(self, text: str) -> None:
        self._line("*** ", text.encode())

    def _line(self, sign: str, data: bytes) -> None:
        self.tell(sign + self.evidence.text(data))


_ARROWS = {False: (" -> ", "<-  "), True: (" ~> ", "<~  ")}
