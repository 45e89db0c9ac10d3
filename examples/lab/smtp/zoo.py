"""The faults that a relay, or somebody before it, can have; each with the check that must find it. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.smtp.faults import Close, Endless, Expect, Raw, Script, Send, Sleep, StartTls

USER, PASSWORD = "shop", "correct horse"

HELLO: Script = (Send("220 relay.lab ESMTP"), Expect("EHLO"))
OFFERED: Script = (*HELLO, Send("250-relay.lab", "250 STARTTLS"))
GO: Script = (*OFFERED, Expect("STARTTLS"), Send("220 go ahead"))
SECURED: Script = (*GO, StartTls(), Expect("EHLO"))
ASKED: Script = (*SECURED, Send("250-relay.lab", "250 AUTH PLAIN"), Expect("AUTH"))
LOGGED_IN: Script = (*ASKED, Send("235 welcome"))
FROM: Script = (*LOGGED_IN, Expect("MAIL"))
TO: Script = (*FROM, Send("250 sender ok"), Expect("RCPT"))
SENT: Script = (*TO, Send("250 recipient ok"), Expect("RSET"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`logins` is how many AUTH commands the server may see; `settings` replace settings of the relay."""

    script: Script
    check: str
    status: str = "fail"
    certificate: str = "good"
    logins: int = 0
    settings: Mapping[str, str] = field(default_factory=dict)


def _before_login() -> dict[str, Fault]:
    return {
        "silent": Fault(script=(Sleep(5),), check="SMTP101"),
        "hangs up": Fault(script=(Close(),), check="SMTP101"),
        "banner 554": Fault(script=(Send("554 5.7.1 blocked"),), check="SMTP102"),
        "banner 421": Fault(script=(Send("421 4.3.2 too many"),), check="SMTP102", status="inconclusive"),
        "banner 250": Fault(script=(Send("250 hello"),), check="SMTP101"),
        "banner of another protocol": Fault(script=(Send("SSH-2.0-OpenSSH_9.6"),), check="SMTP101"),
        "banner without end": Fault(script=(Endless("220-welcome"),), check="SMTP101"),
        "line without end": Fault(script=(Raw(b"220 " + b"x" * 20_000),), check="SMTP101"),
        "early talker": Fault(script=(Send("220 relay.lab", "250-relay.lab", "250 AUTH PLAIN"),), check="SMTP104"),
        "EHLO refused": Fault(script=(*HELLO, Send("502 5.5.2 no EHLO here")), check="SMTP103"),
        "EHLO put off": Fault(script=(*HELLO, Send("421 4.3.2 busy")), check="SMTP103", status="inconclusive"),
        "EHLO unanswered": Fault(script=HELLO, check="SMTP103"),
        "EHLO without end": Fault(script=(*HELLO, Endless("250-X-MORE")), check="SMTP103"),
        "EHLO malformed": Fault(script=(*HELLO, Send("250-relay.lab", "220 HELP")), check="SMTP103"),
        "reply too many": Fault(script=(*HELLO, Send("250-relay.lab", "250 STARTTLS", "220 go")), check="SMTP104"),
    }


def _before_tls() -> dict[str, Fault]:
    stripped = (*HELLO, Send("250-relay.lab", "250-SIZE 10485760", "250 AUTH PLAIN LOGIN"))
    injected = (*OFFERED, Expect("STARTTLS"), Send("220 go ahead", "250-relay.lab", "250 AUTH PLAIN"), StartTls())
    garbage = (*OFFERED, Expect("STARTTLS"), Raw(b"220 go ahead\r\n\x00\x01garbage"), StartTls())
    return {
        "STARTTLS stripped": Fault(script=stripped, check="SMTP200"),
        "STARTTLS 454": Fault(script=(*OFFERED, Expect("STARTTLS"), Send("454 4.7.0 no TLS now")), check="SMTP201"),
        "STARTTLS 501": Fault(script=(*OFFERED, Expect("STARTTLS"), Send("501 5.5.4 no")), check="SMTP201"),
        "STARTTLS unanswered": Fault(script=(*OFFERED, Expect("STARTTLS")), check="SMTP201"),
        "injected reply": Fault(script=injected, check="SMTP202"),
        "injected bytes": Fault(script=garbage, check="SMTP202"),
        "injected late": Fault(script=(*GO, Sleep(0.1), Send("250 injected")), check="SMTP203"),
        "no TLS": Fault(script=(*GO, Expect(), Raw(b"\x00" * 64)), check="SMTP203"),
        "TLS unanswered": Fault(script=(*GO, Sleep(5)), check="SMTP203"),
        "TLS cut off": Fault(script=(*GO, Close()), check="SMTP203"),
        "wrong name": Fault(script=SECURED, check="SMTP205", certificate="wrong_name"),
        "unknown CA": Fault(script=SECURED, check="SMTP204", certificate="unknown_ca"),
        "expired": Fault(script=SECURED, check="SMTP206", certificate="expired"),
        "five days left": Fault(script=SECURED, check="SMTP206", certificate="five_days"),
        "EHLO in TLS refused": Fault(script=(*SECURED, Send("550 5.7.1 no")), check="SMTP103"),
        "clear text on a TLS port": Fault(script=HELLO, check="SMTP203", settings={"encryption": "tls"}),
        "silence on a TLS port": Fault(script=(), check="SMTP203", settings={"encryption": "tls"}),
    }


def _at_login() -> dict[str, Fault]:
    def unclear(*answer: Send | Sleep | Close) -> Fault:
        return Fault(script=(*ASKED, *answer), check="SMTP303", status="inconclusive", logins=1)

    no_auth = (*SECURED, Send("250-relay.lab", "250 SIZE 10"))
    only_windows = (*SECURED, Send("250-relay.lab", "250 AUTH NTLM GSSAPI"))
    asks_again = Fault(script=(*ASKED, Send("334 ")), check="SMTP302", logins=1)
    return {
        "no AUTH": Fault(script=no_auth, check="SMTP300"),
        "unknown mechanism": Fault(script=only_windows, check="SMTP300"),
        "AUTH 535": Fault(script=(*ASKED, Send("535 5.7.8 wrong")), check="SMTP302", logins=1),
        "AUTH 504": Fault(script=(*ASKED, Send("504 5.7.4 unknown type")), check="SMTP302", logins=1),
        "AUTH malformed": Fault(script=(*ASKED, Send("what?")), check="SMTP302", logins=1),
        "AUTH asks again": asks_again,
        "AUTH 454": unclear(Send("454 4.7.0 lost connection to authentication server")),
        "AUTH 432": unclear(Send("432 4.3.2 concurrent connections limit exceeded")),
        "AUTH 451": unclear(Send("451 4.3.0 later")),
        "AUTH 421": unclear(Send("421 4.3.0 closing"), Close()),
        "AUTH unanswered": unclear(Sleep(5)),
        "AUTH hangs up": unclear(Close()),
        "second reply to AUTH": Fault(script=(*ASKED, Send("235 welcome", "250 ok")), check="SMTP104", logins=1),
    }


def _at_envelope() -> dict[str, Fault]:
    def fault(script: Script, answer: Send | Sleep | Close, check: str, status: str = "fail") -> Fault:
        return Fault(script=(*script, answer), check=check, status=status, logins=1, settings={"level": "envelope"})

    return {
        "MAIL 530": fault(FROM, Send("530 5.7.57 client not authenticated"), "SMTP400"),
        "MAIL 451": fault(FROM, Send("451 4.7.1 later"), "SMTP400", "inconclusive"),
        "MAIL hangs up": fault(FROM, Close(), "SMTP400", "inconclusive"),
        "RCPT 553": fault(TO, Send("553 5.7.1 sender not owned by user"), "SMTP401"),
        "RCPT 451": fault(TO, Send("451 4.7.1 greylisted"), "SMTP401", "inconclusive"),
        "RCPT unanswered": fault(TO, Sleep(5), "SMTP401", "inconclusive"),
        "RSET 500": fault(SENT, Send("500 what?"), "SMTP401", "warn"),
    }


ZOO = {**_before_login(), **_before_tls(), **_at_login(), **_at_envelope()}
