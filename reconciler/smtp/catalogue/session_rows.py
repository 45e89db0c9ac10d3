"""Rows of the catalogue up to a session that is safe: what is declared, the connection, TLS. Data only."""

from __future__ import annotations

from reconciler.model.handshake import Check, CheckSeverity, Level
from reconciler.model.text.message import worded

_OFF, _INFO, _WARN, _FAIL = CheckSeverity.OFF, CheckSeverity.INFO, CheckSeverity.WARN, CheckSeverity.FAIL

STATIC = (
    Check(
        id="SMTP001",
        level=Level.STATIC,
        severity=_WARN,
        title="Port and encryption match",
        proves="465 means implicit TLS, 587 STARTTLS, and no login on port 25; encryption none where no policy "
        "allows it fails",
        advice=worded("use port 465 with {encryption:tls}, or port 587 with {encryption:starttls} (RFC 8314)"),
    ),
    Check(
        id="SMTP002",
        level=Level.STATIC,
        severity=_WARN,
        title="The provider accepts this kind of login, and will keep accepting it",
        proves="auth: basic has not ended at this provider and is not about to; each date has its source",
        advice=worded("change to {auth:oauth2}"),
    ),
    Check(
        id="SMTP010",
        level=Level.STATIC,
        severity=_FAIL,
        title="The host's name resolves",
        proves="the name has addresses, public ones where those are expected",
        advice="check the host name, and the resolver",
        side_effects="DNS queries",
    ),
    Check(
        id="SMTP011",
        level=Level.STATIC,
        severity=_INFO,
        title="IPv4 and IPv6 both answer where both are published",
        proves="clients that prefer IPv6 reach the relay as well as those that prefer IPv4",
        advice="open the port for both families, or remove the record that leads nowhere",
        side_effects="DNS queries",
    ),
    Check(
        id="SMTP020",
        level=Level.STATIC,
        severity=_WARN,
        title="SPF of the sender's domain names the relay",
        proves="there is one record, it needs at most 10 lookups, and mail from this relay passes",
        advice="publish one SPF record that includes the relay",
        side_effects="DNS queries",
    ),
    Check(
        id="SMTP021",
        level=Level.STATIC,
        severity=_WARN,
        title="The DKIM keys of the sender's domain are published",
        proves="each selector of verify.dkim_selectors resolves to a key that is strong enough",
        advice="publish the key that the relay signs with",
        side_effects="DNS queries",
    ),
    Check(
        id="SMTP022",
        level=Level.STATIC,
        severity=_WARN,
        title="DMARC of the sender's domain is valid and aligned",
        proves="there is a policy, and SPF or DKIM of this mail aligns with the domain in From",
        advice="publish a DMARC record; let SPF or DKIM use the sender's own domain",
        side_effects="DNS queries",
    ),
    Check(
        id="SMTP023",
        level=Level.STATIC,
        severity=_INFO,
        title="MTA-STS and DANE of the domain",
        proves="what other servers may rely on when they deliver to the domain; submission does not depend on it",
        advice="none is needed for submission",
        side_effects="DNS queries",
    ),
)

CONNECT = (
    Check(
        id="SMTP100",
        level=Level.CONNECT,
        severity=_FAIL,
        title="The host accepts a TCP connection",
        proves="one of its addresses answers in time, directly or through verify.via; a name outside ASCII is one name",
        advice="check host and port, and that no firewall blocks this machine",
        side_effects="one connection, and a line in the relay's log",
    ),
    Check(
        id="SMTP101",
        level=Level.CONNECT,
        severity=_FAIL,
        title="The banner comes in time and is well formed",
        proves="an SMTP server is there and responding",
        advice="is this an SMTP port, and is the server healthy?",
    ),
    Check(
        id="SMTP102",
        level=Level.CONNECT,
        severity=_FAIL,
        title="The banner does not turn us away (554, 421)",
        proves="this machine's address is not blocked; 421 is inconclusive",
        advice="ask the relay's owner whether this address may connect",
    ),
    Check(
        id="SMTP103",
        level=Level.CONNECT,
        severity=_FAIL,
        title="EHLO is accepted, its reply well formed and bounded",
        proves="the relay speaks ESMTP and accepts our name",
        advice=worded("the relay must speak ESMTP; it may also refuse this name: see {ehlo_name}"),
    ),
    Check(
        id="SMTP104",
        level=Level.CONNECT,
        severity=_FAIL,
        title="The server does not speak out of turn",
        proves="every reply answers the command before it: no early talker, no second answer, nobody in between",
        advice="do not trust this path: look for a proxy or a middlebox between here and the relay",
    ),
    Check(
        id="SMTP105",
        level=Level.CONNECT,
        severity=_WARN,
        title="All addresses of the name answer alike",
        proves="each address greets, does TLS with a certificate for the name, and offers the same logins",
        advice="applications reach one address or the other: mend the one that differs, or take it out of DNS",
        side_effects="one connection without credentials to each other address, 7 at most; once per listener and run",
    ),
)

TLS = (
    Check(
        id="SMTP200",
        level=Level.TLS,
        severity=_FAIL,
        title="STARTTLS is offered",
        proves="nobody stripped it; without it nothing more is sent",
        advice=worded(
            "have STARTTLS enabled on this listener, or use port 465 with {encryption:tls}; {encryption:none} is for a "
            "relay that deliberately has no TLS"
        ),
    ),
    Check(
        id="SMTP201",
        level=Level.TLS,
        severity=_FAIL,
        title="STARTTLS is answered with 220",
        proves="the relay can start TLS",
        advice="see the relay's log: its certificate or key?",
    ),
    Check(
        id="SMTP202",
        level=Level.TLS,
        severity=_FAIL,
        title="Nothing arrives between 220 and TLS (response injection)",
        proves="nobody injects cleartext replies that would be trusted inside TLS",
        advice="do not use this path; tell the owners of the network and the relay",
    ),
    Check(
        id="SMTP203",
        level=Level.TLS,
        severity=_FAIL,
        title="The TLS handshake completes",
        proves="both sides agree on TLS",
        advice="see the relay's log for the reason on its side",
        side_effects="after a failure, one more connection without credentials, to find the reason",
    ),
    Check(
        id="SMTP204",
        level=Level.TLS,
        severity=_FAIL,
        title="The certificate's issuer is trusted",
        proves="the chain ends at a CA of this system, or of ca_file alone; where strict clients refuse it, it warns",
        advice=worded(
            "name the file with the issuing CA in {ca_file}; have the relay send its intermediate certificates"
        ),
    ),
    Check(
        id="SMTP205",
        level=Level.TLS,
        severity=_FAIL,
        title="The certificate is for this host",
        proves="the certificate names the declared host, which is also the SNI",
        advice="use a host name that the certificate names, or have it reissued for this one",
    ),
    Check(
        id="SMTP206",
        level=Level.TLS,
        severity=_FAIL,
        title="The certificate is valid today and for 30 days",
        proves="it has started and not expired; less than a third of its lifetime and 30 days left warn, less than a "
        "sixth and 7 days fail, and mail goes on as long as it is valid",
        advice="renew the certificate on the relay",
    ),
    Check(
        id="SMTP207",
        level=Level.TLS,
        severity=_FAIL,
        title="The certificate's key and signature are strong",
        proves="RSA of 2048 bits or more, or an approved curve; signed with SHA-256 or better",
        advice="renew the certificate with a key of RSA 3072 or P-256 and a SHA-256 signature",
    ),
    Check(
        id="SMTP208",
        level=Level.TLS,
        severity=_FAIL,
        title="TLS 1.2 or later",
        proves="the relay does not need a version that RFC 8997 forbids",
        advice="the relay must offer TLS 1.2 or, better, TLS 1.3",
    ),
    Check(
        id="SMTP209",
        level=Level.TLS,
        severity=_WARN,
        title="A forward-secret AEAD cipher",
        proves="a key stolen later does not decrypt what is recorded today",
        advice="have the relay prefer ECDHE with AES-GCM or ChaCha20",
    ),
    Check(
        id="SMTP210",
        level=Level.TLS,
        severity=_FAIL,
        title="The certificate's key is one of the pinned ones",
        proves="the SHA-256 of the SubjectPublicKeyInfo is in pins",
        advice="if the relay's key was changed on purpose, add its pin to pins",
    ),
    Check(
        id="SMTP211",
        level=Level.TLS,
        severity=_INFO,
        title="The extensions are read again inside TLS",
        proves="nothing said in clear text is trusted (RFC 3207 section 4.2)",
        advice="none is needed",
    ),
    Check(
        id="SMTP212",
        level=Level.TLS,
        severity=_WARN,
        title="No login is offered before TLS",
        proves="a careless client cannot send its password in clear; mechanisms that do not show it count for nothing",
        advice="have the relay offer AUTH inside TLS only (Postfix: smtpd_tls_auth_only = yes)",
    ),
    Check(
        id="SMTP213",
        level=Level.TLS,
        severity=_OFF,
        title="Commands sent before TLS are not executed inside it",
        proves="the server has no STARTTLS command injection (CVE-2011-0411 and its family)",
        advice="update the relay's software",
        side_effects="one more connection without credentials, with one NOOP in the same packet as STARTTLS",
    ),
)
