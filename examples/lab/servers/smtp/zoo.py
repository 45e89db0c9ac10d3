"""The faults that a relay, or somebody before it, can have; each with the check that must find it. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lab.servers.smtp.faults import Close, Endless, Expect, Raw, Script, Send, Sleep, StartTls

USER, PASSWORD, TOKEN = "shop", "correct horse", "eyJhbGciOiJub25lIn0.c2VjcmV0.dG9rZW4"

HELLO: Script = (Send("220 relay.lab ESMTP"), Expect("EHLO"))
OFFERED: Script = (*HELLO, Send("250-relay.lab", "250 STARTTLS"))
GO: Script = (*OFFERED, Expect("STARTTLS"), Send("220 go ahead"))
SECURED: Script = (*GO, StartTls(), Expect("EHLO"))
ASKED: Script = (*SECURED, Send("250-relay.lab", "250 AUTH PLAIN"), Expect("AUTH"))
LOGGED_IN: Script = (*ASKED, Send("235 welcome"))
FROM: Script = (*LOGGED_IN, Expect("MAIL"))
TO: Script = (*FROM, Send("250 sender ok"), Expect("RCPT"))
SENT: Script = (*TO, Send("250 recipient ok"), Expect("RSET"))
DATA: Script = (*TO, Send("250 recipient ok"), Expect("DATA"))
LETTER: Script = (*DATA, Send("354 go ahead"), *(Expect() for _ in range(14)))  # a line each, the dot included
BEARER: Script = (*SECURED, Send("250-relay.lab", "250 AUTH OAUTHBEARER XOAUTH2"), Expect("AUTH OAUTHBEARER"))
XBEARER: Script = (*SECURED, Send("250-relay.lab", "250 AUTH XOAUTH2"), Expect("AUTH XOAUTH2"))
# {"status":"401","schemes":"bearer","scope":"mail"}
REASON = Send("334 eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIiwic2NvcGUiOiJtYWlsIn0=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`logins` is how many AUTH commands the server may see; `settings` replace settings of the relay.

    `later` is what connections after the first one meet; `checks` are severities by id. With auth: oauth2 the
    credential is TOKEN.
    """

    script: Script
    later: Script | None = None
    checks: Mapping[str, str] = field(default_factory=dict)
    check: str
    status: str = "fail"
    certificate: str = "good"
    logins: int = 0
    settings: Mapping[str, str] = field(default_factory=dict)


def _before_login() -> dict[str, Fault]:
    return {
        "silent": Fault(script=(Sleep(5),), check="SMTP101", status="inconclusive"),
        "hangs up": Fault(script=(Close(),), check="SMTP101"),
        "banner 554": Fault(script=(Send("554 5.7.1 blocked"),), check="SMTP102"),
        "banner 421": Fault(script=(Send("421 4.3.2 too many"),), check="SMTP102", status="inconclusive"),
        "banner 250": Fault(script=(Send("250 hello"),), check="SMTP101"),
        "banner of another protocol": Fault(script=(Send("SSH-2.0-OpenSSH_9.6"),), check="SMTP101"),
        "banner without end": Fault(script=(Endless("220-welcome"),), check="SMTP101"),
        "line without end": Fault(script=(Raw(b"220 " + b"x" * 20_000),), check="SMTP101"),
        "early talker": Fault(script=(Send("220 relay.lab", "250-relay.lab", "250 AUTH PLAIN"),), check="SMTP104"),
        "EHLO refused": Fault(script=(*HELLO, Send("502 no EHLO"), Expect("HELO"), Send("502 no")), check="SMTP103"),
        "EHLO put off": Fault(script=(*HELLO, Send("421 4.3.2 busy")), check="SMTP103", status="inconclusive"),
        "EHLO unanswered": Fault(script=HELLO, check="SMTP103", status="inconclusive"),
        "EHLO without end": Fault(script=(*HELLO, Endless("250-X-MORE")), check="SMTP103"),
        "EHLO malformed": Fault(script=(*HELLO, Send("250-relay.lab", "220 HELP")), check="SMTP103"),
        "reply too many": Fault(script=(*HELLO, Send("250-relay.lab", "250 STARTTLS", "220 go")), check="SMTP104"),
    }


def _before_tls() -> dict[str, Fault]:
    stripped = (*HELLO, Send("250-relay.lab", "250-SIZE 10485760", "250 AUTH PLAIN LOGIN"))
    injected = (*OFFERED, Expect("STARTTLS"), Send("220 go ahead", "250-relay.lab", "250 AUTH PLAIN"), StartTls())
    garbage = (*OFFERED, Expect("STARTTLS"), Raw(b"220 go ahead\r\n\x00\x01garbage"), StartTls())
    offered_in_clear = (
        *HELLO,
        Send("250-relay.lab", "250-AUTH PLAIN", "250 STARTTLS"),
        *LOGGED_IN[len(OFFERED) :],
    )
    return {
        "STARTTLS stripped": Fault(script=stripped, check="SMTP200"),
        "STARTTLS 454": Fault(script=(*OFFERED, Expect("STARTTLS"), Send("454 4.7.0 no TLS now")), check="SMTP201"),
        "STARTTLS 501": Fault(script=(*OFFERED, Expect("STARTTLS"), Send("501 5.5.4 no")), check="SMTP201"),
        "STARTTLS 421": Fault(
            script=(*OFFERED, Expect("STARTTLS"), Send("421 4.3.2 busy")), check="SMTP201", status="inconclusive"
        ),
        "STARTTLS unanswered": Fault(script=(*OFFERED, Expect("STARTTLS")), check="SMTP201", status="inconclusive"),
        "injected reply": Fault(script=injected, check="SMTP202"),
        "injected bytes": Fault(script=garbage, check="SMTP202"),
        "injected late": Fault(script=(*GO, Sleep(0.1), Send("250 injected")), check="SMTP202"),
        "no TLS": Fault(script=(*GO, Expect(), Raw(b"\x00" * 64)), check="SMTP203"),
        "TLS unanswered": Fault(script=(*GO, Sleep(5)), check="SMTP203", status="inconclusive"),
        "TLS cut off": Fault(script=(*GO, Close()), check="SMTP203"),
        "wrong name": Fault(script=SECURED, check="SMTP205", certificate="wrong_name"),
        "unknown CA": Fault(script=SECURED, check="SMTP204", certificate="unknown_ca"),
        "expired": Fault(script=SECURED, check="SMTP206", certificate="expired"),
        "five days left": Fault(script=LOGGED_IN, check="SMTP206", certificate="five_days", logins=1),
        "STARTTLS hangs up": Fault(script=(*OFFERED, Expect("STARTTLS"), Close()), check="SMTP201"),
        "STARTTLS malformed": Fault(script=(*OFFERED, Expect("STARTTLS"), Send("go")), check="SMTP201"),
        "self-signed": Fault(script=SECURED, check="SMTP204", certificate="self_signed"),
        "not yet valid": Fault(script=SECURED, check="SMTP206", certificate="not_yet"),
        "weak key": Fault(script=SECURED, check="SMTP207", certificate="weak_key"),
        "old protocol": Fault(script=SECURED, check="SMTP208", certificate="old_protocol"),
        "no forward secrecy": Fault(script=SECURED, check="SMTP209", certificate="no_secrecy"),
        "cipher without AEAD": Fault(script=LOGGED_IN, check="SMTP209", status="warn", certificate="cbc", logins=1),
        "AUTH before TLS": Fault(script=offered_in_clear, check="SMTP212", status="warn", logins=1),
        "wrong name on a TLS port": Fault(
            script=(StartTls(),), check="SMTP205", certificate="wrong_name", settings={"encryption": "tls"}
        ),
        "banner 554 on a TLS port": Fault(
            script=(StartTls(), Send("554 5.7.1 blocked")), check="SMTP102", settings={"encryption": "tls"}
        ),
        "EHLO in TLS refused": Fault(script=(*SECURED, Send("550 5.7.1 no")), check="SMTP103"),
        "EHLO in TLS hangs up": Fault(script=(*SECURED, Close()), check="SMTP103", status="inconclusive"),
        "clear text on a TLS port": Fault(script=HELLO, check="SMTP203", settings={"encryption": "tls"}),
        "silence on a TLS port": Fault(
            script=(Sleep(5),), check="SMTP203", status="inconclusive", settings={"encryption": "tls"}
        ),
    }


def _at_login() -> dict[str, Fault]:
    def unclear(*answer: Send | Sleep | Close) -> Fault:
        return Fault(script=(*ASKED, *answer), check="SMTP303", status="inconclusive", logins=1)

    def refused(answer: str) -> Fault:
        return Fault(script=(*ASKED, Send(answer)), check="SMTP302", logins=1)

    cram = (*SECURED, Send("250-relay.lab", "250 AUTH CRAM-MD5"), Expect("AUTH CRAM-MD5"))
    login = (*SECURED, Send("250-relay.lab", "250 AUTH LOGIN"), Expect("AUTH LOGIN"))
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
        "AUTH 454 wrong password": Fault(
            script=(*ASKED, Send("454 4.7.0 invalid username or password")), check="SMTP302", logins=1
        ),
        "AUTH 535 login service": unclear(
            Send("535 5.7.8 Error: authentication failed: Connection lost to authentication server")
        ),
        "AUTH 432": unclear(Send("432 4.3.2 concurrent connections limit exceeded")),
        "AUTH 451": unclear(Send("451 4.3.0 later")),
        "AUTH 421": unclear(Send("421 4.3.0 closing"), Close()),
        "AUTH unanswered": unclear(Sleep(5)),
        "AUTH hangs up": unclear(Close()),
        "AUTH 535 5.7.3": refused("535 5.7.3 Authentication unsuccessful [X.EURPRD01.PROD.OUTLOOK.COM]"),
        "AUTH 535 5.7.139": refused(
            "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."
        ),
        "AUTH 550 5.7.30": refused("550 5.7.30 Basic authentication is not supported for Client Submission."),
        "AUTH 530": refused("530 5.7.57 Client not authenticated to send mail"),
        "tokens only": Fault(script=(*SECURED, Send("250-relay.lab", "250 AUTH XOAUTH2 OAUTHBEARER")), check="SMTP300"),
        "passwords only": Fault(
            script=(*SECURED, Send("250-relay.lab", "250 AUTH PLAIN")), check="SMTP300", settings=_OAUTH2
        ),
        "CRAM-MD5 535": Fault(
            script=(*cram, Send("334 PDEyM0ByZWxheS5sYWI+"), Expect(), Send("535 5.7.8 wrong")),
            check="SMTP302",
            logins=1,
        ),
        "CRAM-MD5 challenge": Fault(script=(*cram, Send("334 not base64!")), check="SMTP302", logins=1),
        "LOGIN asks a third time": Fault(
            script=(*login, Send("334 VQ=="), Expect(), Send("334 UA=="), Expect(), Send("334 Pz8=")),
            check="SMTP302",
            logins=1,
        ),
        "OAUTHBEARER refused": Fault(
            script=(*BEARER, REASON, Expect("AQ=="), Send("535 5.7.8 no")),
            check="SMTP302",
            logins=1,
            settings=_OAUTH2,
        ),
        "XOAUTH2 refused": Fault(
            script=(*XBEARER, REASON, Expect("\r"), Send("535 5.7.8 no")),
            check="SMTP302",
            logins=1,
            settings=_OAUTH2,
        ),
        "XOAUTH2 refused without a reason": Fault(
            script=(*XBEARER, Send("334 ?"), Expect("\r"), Send("535 5.7.8 no")),
            check="SMTP302",
            logins=1,
            settings=_OAUTH2,
        ),
        "XOAUTH2 454": Fault(
            script=(*XBEARER, Send("454 4.7.0 later")),
            check="SMTP303",
            status="inconclusive",
            logins=1,
            settings=_OAUTH2,
        ),
        "second reply to AUTH": Fault(script=(*ASKED, Send("235 welcome", "250 ok")), check="SMTP104", logins=1),
    }


def _at_envelope() -> dict[str, Fault]:
    def fault(
        script: Script, answer: Send | Sleep | Close, check: str, status: str = "fail", *, level: str = "envelope"
    ) -> Fault:
        return Fault(script=(*script, answer), check=check, status=status, logins=1, settings={"level": level})

    return {
        "MAIL 530": fault(FROM, Send("530 5.7.57 client not authenticated"), "SMTP400"),
        "MAIL 451": fault(FROM, Send("451 4.7.1 later"), "SMTP400", "inconclusive"),
        "MAIL hangs up": fault(FROM, Close(), "SMTP400", "inconclusive"),
        "RCPT 553": fault(TO, Send("553 5.7.1 sender not owned by user"), "SMTP401"),
        "RCPT 451": fault(TO, Send("451 4.7.1 greylisted"), "SMTP401", "inconclusive"),
        "RCPT 454 relay": fault(TO, Send("454 4.7.1 <to@example.com>: Relay access denied"), "SMTP401"),
        "MAIL 450 domain": fault(
            FROM, Send("450 4.1.8 <from@example.com>: Sender address rejected: Domain not found"), "SMTP400"
        ),
        "MAIL 451 not allowed": fault(FROM, Send("451 4.0.0 not allowed"), "SMTP400"),
        "RCPT unanswered": fault(TO, Sleep(5), "SMTP401", "inconclusive"),
        "RCPT 554": fault(TO, Send("554 5.7.1 Relay access denied"), "SMTP401"),
        "no SMTPUTF8": Fault(
            script=(*SENT, Send("250 ok")),
            check="SMTP404",
            status="warn",
            logins=1,
            settings={"level": "envelope", "sender": "jürgen@example.com"},
        ),
        "DATA 554": fault(DATA, Send("554 5.7.1 no"), "SMTP500", level="message"),
        "DATA 451": fault(DATA, Send("451 4.7.1 later"), "SMTP500", "inconclusive", level="message"),
        "message 554": fault(LETTER, Send("554 5.2.252 SendAsDenied"), "SMTP500", level="message"),
        "message 452": fault(LETTER, Send("452 4.3.1 full"), "SMTP500", "inconclusive", level="message"),
        "message unanswered": fault(LETTER, Sleep(5), "SMTP500", "inconclusive", level="message"),
        "RSET 500": fault(SENT, Send("500 what?"), "SMTP401", "warn"),
    }


def _controls() -> dict[str, Fault]:
    """What a relay must refuse and does not: opt-in, most of it on a second connection without a login."""
    bare = (*SECURED, Send("250-relay.lab", "250 AUTH PLAIN"), Expect("MAIL"))
    once = (Send("250 ok"), Expect("RCPT"), Send("250 ok"))
    accepted = (*bare, *once, Expect("RSET"), Send("250 ok"))
    anybody = (*bare, *once, Expect("RCPT"), Send("250 ok"), Expect("RSET"), Send("250 ok"))
    after = (*SENT, Send("250 ok"))
    obeys = (*OFFERED, Expect("STARTTLS"), Expect("NOOP"), Send("220 go"), StartTls(), Send("250 2.0.0 NOOP ok"))
    return {
        "command injection": Fault(script=LOGGED_IN, later=obeys, check="SMTP213", logins=1),
        "mail without a login": Fault(script=LOGGED_IN, later=anybody, check="SMTP305", logins=1),
        "open relay": Fault(script=LOGGED_IN, later=accepted, check="SMTP403", logins=1),
        "sender of somebody else": Fault(
            script=(*after, *2 * (Expect("MAIL"), *once, Expect("RSET"), Send("250 ok"))),
            check="SMTP402",
            logins=1,
            settings={"level": "envelope"},
        ),
        "DATA refused": Fault(
            script=(
                *after,
                *(Expect("MAIL"), Send("250 ok"), Expect("RCPT"), Send("250 ok"), Expect("DATA"), Send("554 5.7.1 no")),
            ),
            check="SMTP405",
            logins=1,
            settings={"level": "envelope"},
        ),
    }


_OAUTH2 = {"auth": "oauth2"}
CONTROLS = {name: replace(fault, checks={fault.check: "fail"}) for name, fault in _controls().items()}
ZOO = {**_before_login(), **_before_tls(), **_at_login(), **_at_envelope()}
