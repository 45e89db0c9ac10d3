"""Rows of the catalogue for what is worked out of the applications' own mail clients, and not tried. Data only."""

from __future__ import annotations

from reconciler.model.handshake import Check, CheckSeverity, Level
from reconciler.model.text.message import worded

_WARN, _FAIL = CheckSeverity.WARN, CheckSeverity.FAIL

PREDICTED = (
    Check(
        id="SMTP320",
        level=Level.TLS,
        severity=_FAIL,
        title="The application's own mail client can send here",
        proves="predicted from what the session saw, and from what the client is known to do (docs/clients.md); where "
        "nobody has run the client, it only warns",
        advice="see docs/clients.md for what this client needs",
    ),
    Check(
        id="SMTP321",
        level=Level.TLS,
        severity=_WARN,
        title="The application does not send without its login",
        proves="predicted: its client finds a login that it takes, and does not go on without one",
        advice="have the relay offer a mechanism that the client takes, inside TLS",
    ),
    Check(
        id="SMTP322",
        level=Level.TLS,
        severity=_WARN,
        title="The application does not send in clear",
        proves="predicted: its client uses TLS here where the files ask for it, and shows no password without",
        advice=worded("use port 465 with {encryption:tls}, or have the relay offer STARTTLS always"),
    ),
    Check(
        id="SMTP323",
        level=Level.TLS,
        severity=_WARN,
        title="No mail of the application costs a refused login",
        proves="predicted: the first mechanism that its client tries is the one that is let in",
        advice="have the relay offer only mechanisms that it can check",
    ),
    Check(
        id="SMTP324",
        level=Level.TLS,
        severity=_WARN,
        title="The application waits long enough",
        proves="predicted: no mail that the relay has taken is reported as failed, and sent again",
        advice="have the relay answer sooner, or raise the application's time-out",
    ),
    Check(
        id="SMTP325",
        level=Level.TLS,
        severity=_WARN,
        title="The application reaches another address where one is down",
        proves="predicted: of a name with several addresses its client gets to one that answers",
        advice="let every address of the name answer, or take it out of DNS",
    ),
)
