"""Rows of the catalogue for what happens in a session: login, envelope, message, pace. Data only."""

from __future__ import annotations

from reconciler.model.handshake import Check, CheckSeverity, Level
from reconciler.model.text.message import worded

_OFF, _INFO, _WARN, _FAIL = CheckSeverity.OFF, CheckSeverity.INFO, CheckSeverity.WARN, CheckSeverity.FAIL

AUTH = (
    Check(
        id="SMTP300",
        level=Level.AUTH,
        severity=_FAIL,
        title="A known login mechanism is offered",
        proves="PLAIN, LOGIN or CRAM-MD5 for auth: basic, OAUTHBEARER or XOAUTH2 for auth: oauth2; of these one that "
        "the mail client of each application takes, where it is known",
        advice="allow this kind of login on this listener, or choose another port or auth",
    ),
    Check(
        id="SMTP301",
        level=Level.AUTH,
        severity=_FAIL,
        title="The credential is sent only where it is safe",
        proves="no AUTH without verified TLS, unless encryption: none is declared and the host is allowed",
        advice=worded("use {encryption:starttls} or tls; an exception for this host {excepted}"),
    ),
    Check(
        id="SMTP302",
        level=Level.AUTH,
        severity=_FAIL,
        title="The login succeeds at the first attempt",
        proves="username and credential are right; there is never a second attempt",
        advice="compare username and credential with the relay; may this user log in by SMTP?",
        side_effects="one login; a failed one counts towards account lockout, and Dovecot slows down its address",
    ),
    Check(
        id="SMTP303",
        level=Level.AUTH,
        severity=_FAIL,
        title="The server can answer the login",
        proves="454, 421, 432, 451 and silence are inconclusive: they say nothing about the credential",
        advice="try again later",
    ),
    Check(
        id="SMTP304",
        level=Level.AUTH,
        severity=_FAIL,
        title="The access token is meant for this use",
        proves="audience, tenant, role SMTP.SendAsApp and at least five minutes left, checked before the token is sent",
        advice="grant the application SMTP.SendAsApp with admin consent, and check scope and tenant_id",
        side_effects="a token is fetched from the authority",
    ),
    Check(
        id="SMTP305",
        level=Level.AUTH,
        severity=_OFF,
        title="Mail without a login is refused",
        proves="the relay requires the login: it refuses MAIL and RCPT on a connection without AUTH, except for "
        "recipients of its own",
        advice="have the relay require authentication on this listener",
        side_effects="one more connection without credentials, with MAIL, RCPT and RSET; once per sender, host and run",
    ),
    Check(
        id="SMTP306",
        level=Level.AUTH,
        severity=_WARN,
        title="The access token fits a line of AUTH",
        proves="a client that sends the token in one line, as Python's smtplib does, is not refused for its length; "
        "this handshake waits for 334 with a long one",
        advice="have the token made shorter (fewer roles and groups), or the relay's limit raised",
    ),
    Check(
        id="SMTP310",
        level=Level.AUTH,
        severity=_INFO,
        title="The login is made as the application makes it",
        proves="with the mechanism, and in the form, of the application's own mail client; what of it cannot be proven "
        "from here is said, and UNVERIFIED where nobody has looked",
        advice="see docs/handshake.md: as the platform would",
    ),
)

# worked out of what the applications' own mail clients are known to do, and not tried
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

_FLOW = "an aborted transaction: after 100 of them Postfix delays new mail by 1 s each, until one is delivered"
ENVELOPE = (
    Check(
        id="SMTP400",
        level=Level.ENVELOPE,
        severity=_FAIL,
        title="MAIL FROM the configured sender is accepted",
        proves="the sender may send; many servers decide only at RCPT",
        advice="may this login send as this address?",
    ),
    Check(
        id="SMTP401",
        level=Level.ENVELOPE,
        severity=_FAIL,
        title="RCPT TO the configured recipient is accepted",
        proves="mail from this sender to verify.recipient would be accepted; RSET follows, nothing is sent",
        advice="may this login send as this address, and to this recipient?",
        side_effects=_FLOW,
    ),
    Check(
        id="SMTP402",
        level=Level.ENVELOPE,
        severity=_OFF,
        title="A sender that the login does not own is refused",
        proves="the relay does not let this login send as somebody else; where it may as all of its domain, it says so",
        advice="bind senders to logins (Postfix: reject_sender_login_mismatch)",
        side_effects=_FLOW,
    ),
    Check(
        id="SMTP403",
        level=Level.ENVELOPE,
        severity=_OFF,
        title="The relay is not open",
        proves="without a login, mail from example.com to example.net is refused; never DATA",
        advice="close the relay, or take this machine's address off its list of trusted clients",
        side_effects="one more connection without credentials, with MAIL, RCPT and RSET; once per host and run",
    ),
    Check(
        id="SMTP404",
        level=Level.ENVELOPE,
        severity=_WARN,
        title="The extensions that the mail needs are offered",
        proves="SMTPUTF8 where an address needs it, SIZE of verify.size at least; reports 8BITMIME, PIPELINING and "
        "ENHANCEDSTATUSCODES",
        advice="use addresses in ASCII, or have the relay offer SMTPUTF8",
    ),
    Check(
        id="SMTP405",
        level=Level.ENVELOPE,
        severity=_OFF,
        title="DATA is accepted, then aborted",
        proves="no policy at DATA refuses sender or recipient; nothing is sent",
        advice="see the relay's log for the policy that refuses",
        side_effects="a 'lost connection after DATA' in the relay's log; once per login, sender, host and run",
    ),
)

MESSAGE = (
    Check(
        id="SMTP500",
        level=Level.MESSAGE,
        severity=_FAIL,
        title="A real message is accepted",
        proves="the relay accepts a message for verify.recipient and names its queue id",
        advice="see the relay's log; may this login send as this address?",
        side_effects="one real message to verify.recipient, and to nobody else",
    ),
    Check(
        id="SMTP501",
        level=Level.MESSAGE,
        severity=_FAIL,
        title="The platform's own test succeeds",
        proves="the platform itself reaches the relay with what was written",
        advice="see the platform's log; verify.platform_test: false skips it",
        side_effects="what the platform's test does; after apply only",
    ),
    Check(
        id="SMTP900",
        level=Level.STATIC,
        severity=_INFO,
        title="The handshake is quick",
        proves="all steps together take less than 10 s",
        advice="look at the slowest step: a name server, a reverse lookup, a penalty for wrong passwords?",
    ),
)
