"""What servers answer before a login and after it, by their words. Data only; the first row that fits counts.

What is said of the machine comes before what is said of mail: a block list is told at MAIL and RCPT too.
"""

from __future__ import annotations

from reconciler.smtp.replies.rows import row

_POSTFIX = "Postfix: smtpd_check.c"
_EXIM = "Exim specification, chapter 43; cPanel's defaults"
_LISTS = "bounce corpora and providers' postmaster pages"
_MAIL = "MAIL RCPT DATA"

ROWS = (
    row("greylisted", r"gr[ae]y[ -]?list", "Postgrey, milter-greylist, rspamd, Exim"),
    row(
        "client-certificate",
        r"client certificate|required ssl certificate|certificate (is )?required|no ssl certificate",
        "Postfix: smtpd_tls_req_ccert; nginx: ngx_mail_ssl_module",
    ),
    row(
        "sandbox",
        r"sandbox|authori[sz]ed recipients?|while your account is pending",
        "documentation of Mailgun, Postmark",
    ),
    row(
        "tls-required",
        r"must issue (a )?starttls|(tls|ssl|encrypt\w*|secure (connection|channel)) (is )?(required|needed)"
        r"|requires? (tls|ssl|starttls|encrypt|a secure)|senders to use tls|starttls (command )?first",
        "RFC 3207 section 4; OpenSMTPD, Haraka, msmtpd",
        "use {encryption:starttls}, or tls: the relay takes mail inside TLS only",
    ),
    row(
        "auth-required",
        r"authenticat(ion|e) (is )?(required|needed|first)|please authenticate|must (first )?authenticate"
        r"|\bauth (is )?(required|first)|not (been )?(authenticated|logged in)|login (is )?(required|first)"
        r"|smtp auth\w* (is )?required|turn on smtp auth",
        "RFC 4954 section 6; Exchange, SMTP2GO, Haraka",
    ),
    row(
        "spf-dmarc",
        r"\b(spf|dmarc)\b|\bdkim\b(?!-sig)|unauthenticated (e-?mail|mail|sender)|sender policy framework"
        r"|not permitted by the domain owner",
        "support.google.com/a/answer/3726730; senders.yahooinc.com; postmaster.gmx.net",
    ),
    row(
        "ptr",
        r"reverse (dns|host\w*|lookup|record|path)|\br-?dns\b|\bptr\b|cannot find your (reverse )?hostname"
        r"|no (valid )?reverse|servers without a valid",
        "Postfix: reject_unknown_client_hostname; postmaster pages of Comcast, GoDaddy, Rackspace",
    ),
    row(
        "ehlo-name",
        r"\b(helo|ehlo)\b.{0,40}(reject|invalid|required|denied|not |argument|bad|refused|resolve|need|must)"
        r"|need fully-qualified hostname|(bad|invalid|forged|unresolvable) (helo|ehlo)|requires domain address",
        "Postfix: reject_invalid_helo_hostname; Exim: helo_verify; Exchange",
    ),
    row("sender-syntax", r"sender address rejected: need fully-qualified", "Postfix: reject_non_fqdn_sender"),
    row("sender-not-allowed", r"relaying disallowed as", "zoho.com/mail/help"),
    row(
        "relay-denied",
        r"relay(ing)?( access)?( is| has been)? (denied|not (permitted|allowed)|disallowed|prohibited|refused)"
        r"|\b(unable|not (permitted|allowed)|not going) to relay|cannot relay|rcpthosts|we (do not|don't) relay"
        r"|(mail|smtp) relay denied|credentials for relay|not a (valid|permitted) relay",
        "Postfix: reject_unauth_destination; Exim; Exchange; qmail",
        "the relay accepts mail only from logins or known addresses: log in, or have this machine's address allowed",
    ),
    row(
        "sender-unverified",
        r"(sender|from|domain|address|identit\w+)\b.{0,60}\b(not |un|isn't )(been |yet )?(verified|validated|confirmed)"
        r"|(not (been )?verified|unverified).{0,40}(sender|domain|from|address)|failed the check in region"
        r"|not authori[sz]ed to send from|not allowed to send from|unregistered domain|verified sender|sender identity",
        "docs.aws.amazon.com/ses; twilio.com/docs/sendgrid; support.smtp2go.com; emailit.com/docs",
    ),
    row(
        "sender-domain",
        r"domain of sender|sender address rejected: domain|unroutable sender|unroutable address.{0,20}sender"
        r"|(sender|from|mail from|rfc.?5321)\b.{0,40}\bdomain\b.{0,40}(not exist|not found|invalid"
        r"|not resolve|no mx|unresolv)"
        r"|unresolvable.{0,30}\bfrom\b|sender domain (must|does|not)|domain is invalid|sender verif\w+ failed",
        "Postfix: reject_unknown_sender_domain; sendmail; Exim: sender verify; Yahoo",
    ),
    row(
        "account-suspended",
        r"\b(your|sender'?s?) (account|domain|smtp)\b.{0,50}(suspended|disabled|blocked|paused|deactivated)"
        r"|sending\b.{0,60}\b(paused|suspended|disabled)|outgoing blocked|sender address blocked|bad outbound sender"
        r"|tenant has exceeded|account is (under review|not allowed to send|not (yet )?activated)"
        r"|account subject to review",
        "documentation of SES, Zoho, Brevo, Exchange Online",
    ),
    row(
        "sender-not-allowed",
        r"(not|n't) (owned by|own)\b|send-?as-?denied|not allowed to send as|must match|cannot send as"
        r"|(sender|from)\b.{0,60}\b(not (allowed|permitted|authori[sz]ed)|mismatch)|restricted to sending"
        r"|(sender|from) address (rejected|refused|denied)(?!: (user|unverified))|not match.{0,40}(login|account|auth)"
        r"|(sender|from)\b.{0,30}\b(rejected|must (equal|be))|not authori[sz]ed to perform",
        "Postfix: reject_sender_login_mismatch; documentation of Exchange, Gandi, OVH, Emailit",
    ),
    row(
        "rate",
        r"too many (concurrent |smtp |open |simultaneous )*(connections?|sessions?|errors)|rate limit",
        "Postfix: smtpd_client_connection_count_limit; postmaster pages of Comcast, GoDaddy, Rackspace, IONOS",
    ),
    row(  # by a table of the relay's own, or because nothing there permits it: no list has said a thing
        "ip-not-allowed",
        r"client host rejected: access denied",
        "Postfix: smtpd_client_restrictions = reject, and check_client_access",
    ),
    row(
        "ip-blocked",
        r"\d+\.\d+\.\d+\.\d+\W{0,2} (is )?blocked|block(ed)? using|block(ed)?[ -]?list"
        r"|black[ -]?list|\brbl\b|dnsbl|spamhaus|spamcop|barracuda|\bsorbs\b"
        r"|cloudmark|invaluement|banned (sending )?ip|messages from\b.{0,60}(weren'?t sent|deferred|rejected)"
        r"|\b(ip|ip address|netblock|client host|your host)\b.{0,60}\b(blocked|banned|rejected|refused|denied"
        r"|listed|reputation)"
        r"|(connection|connections)\b.{0,20}(refused|rejected|not accepted|will not be accepted|not allowed)"
        r"|\breputation\b|dynamic.{0,20}(ip|address|host)|open relay|no access from|generic (ptr|rdns)",
        _LISTS,
    ),
    row(
        "ip-not-allowed",
        r"(unauthori[sz]ed|not authori[sz]ed).{0,30}\bip\b|\bip\b.{0,40}(not (allowed|authori[sz]ed|permitted)"
        r"|not in)|not authori[sz]ed to (send|connect|use)|may not connect|access (is )?restricted to",
        "support.google.com/a/answer/3726730; Exim",
    ),
    row("virus", r"virus|malware|infected|eicar|phishing|trojan", _LISTS),
    row(
        "format",
        r"headers? (too|size)|header size|duplicate header|8[ -]?bit|rfc.?(5322|2822|822)|not rfc compliant"
        r"|(invalid|missing|malformed|multiple|blank|no|empty|improper).{0,20}(headers?\b|from:|date:|message-id)"
        r"|subject is mandatory|bare (lf|cr|newline)|nested mime|headers are not|illegal attachment",
        _LISTS,
        to="DATA MAIL RCPT",
    ),
    row(
        "too-big",
        r"\b(message|mail|e-?mail|content)\b.{0,20}\bsize\b|size.{0,20}(exceed|limit)|too (big|large|long)\b"
        r"|message length exceed|line (limit|too long|length)|attachment size|exceed\w* .{0,20}maximum (message )?size",
        "RFC 1870; Postfix: message_size_limit; Gmail, SES",
    ),
    row(
        "too-many-recipients",
        r"too many recipients(?!.{0,30}(hour|day|minute))|maximum (number of )?recipients"
        r"|recipients? limit (reached|exceeded)",
        "RFC 3463; Gmail, GoDaddy",
    ),
    row(
        "quota",
        r"(sending|submission|daily|hourly|monthly|message|relay)\b.{0,30}\b(quota|limit)\b|maximum credits"
        r"|exceeded.{0,50}\b(emails?|messages?|sending|recipient)\b.{0,30}\b(per|limit|day|hour|quota)|max emails? per"
        r"|quota of (e-?mails|messages)|quotaexceeded|limit.{0,20}(reached|exceeded)",
        _EXIM,
        to=_MAIL,
    ),
    row(
        "rate",
        r"too (many|much|frequent|fast|quickly)|rate[ -]?limit|rate that|throttl|frequency limited|\btoo often\b"
        r"|unusual (rate|sending)|concurrent|(this|per|each) (hour|minute|second|connection|session)"
        r"|excessive|slow down",
        _LISTS,
    ),
    row(
        "mailbox-full",
        r"(mailbox|inbox|account|user|recipient)\b.{0,40}\b(full|quota|storage|space)\b|over ?quota"
        r"|quota (is )?exceeded"
        r"|exceed\w* (the |its |their )?(storage|quota)|out of (storage|space)|\bquota\b",
        "RFC 3463; Gmail, Dovecot, Exim",
    ),
    row(
        "recipient-suspended",
        r"(mailbox|account|recipient|user|address|\w+@\S+)\b.{0,60}\b(disabled|suspended|inactive|deactivated"
        r"|discontinued"
        r"|no longer|not active|closed|terminated)\b|disabled recipient|hangup",
        _LISTS,
    ),
    row(
        "recipient-domain",
        r"recipient address rejected: domain|(host|domain)( name)? (unknown|not found|does not exist|invalid)"
        r"|^55\d[ -][\w.-]+ does not exist|no such domain|bad destination system|unrout\w+|null mx"
        r"|does not accept (mail|e-?mail)|no mx|domain failure|cannot resolve|domain isn'?t in",
        "Postfix: reject_unknown_recipient_domain; Exim; RFC 7505",
    ),
    row(
        "recipient-unknown",
        r"user(name)? (is )?(unknown|not found|does ?n[o']t exist|rejected)|unknown (user|recipient|mailbox"
        r"|address|account|or)"
        r"|no such (user|mailbox|recipient|address|person|account|local)|no mailbox|address (unknown|rejected: user)"
        r"|(mailbox|recipient|address|user|account)\b.{0,80}(not (found|known|exist|recogni)|unknown|unavailable"
        r"|does ?n[o']t (exist|have)|invalid|not available)|invalid (recipient|mailbox|address)|lookup success but no",
        "RFC 5321 section 4.2.3; Postfix, Exim, sendmail, Exchange, Gmail",
    ),
    row(
        "recipient-policy",
        r"(recipient|rcpt)\b.{0,40}(rejected|denied|restricted|policy)|access denied|delivery restricted"
        r"|restricted by policy"
        r"|not (authori[sz]ed|allowed|permitted) to (send|deliver) to|rejected by (the )?(recipient|destination)",
        "Exchange; Postfix: check_recipient_access; Zoho",
        to="RCPT",
    ),
    row("loop", r"\bloop(ing)?\b|hops?\b|hop count", "RFC 3463; Gmail, qmail"),
    row(
        "content",
        r"spam|\bjunk\b|unsolicited|bulk mail|suspicious|complaint|objectionable|\bcontent\b|attachment|\burl\b|\bdbl\b"
        r"|polic(y|ies)|violat|message (was |has been |is )?(rejected|blocked|refused|not (accepted|allowed|delivered))"
        r"|mail (was |is )?(rejected|rejete)|rejected (due|by|for|as)|not accepted",
        _LISTS,
    ),
    row(
        "relay-full",
        r"insufficient (system )?(storage|resources)|no space|out of memory|disk full|system full",
        "RFC 5321 section 4.2.3 (452)",
    ),
    row(
        "busy",
        r"temporar|try (again|later)|later\b|busy|overload|service (is )?(not |un)available"
        r"|internal (server )?error|maintenance"
        r"|local (error|problem)|local processing|timeout|timed out|expired|resources|could not be queued"
        r"|closing (transmission|connection)",
        "RFC 5321 section 4.2.3",
    ),
    row(
        "sender-not-allowed",
        r"\bnot (allowed|permitted|authori[sz]ed)\b|refused|denied",
        "go-smtp and servers built on it",
        to="MAIL",
    ),
    row("recipient-policy", r"\bnot (allowed|permitted)\b", "go-smtp and servers built on it", to="RCPT"),
    row(
        "syntax",
        r"syntax|unrecogni[sz]ed|bad sequence|not implemented|unknown command|invalid (argument|parameter)|protocol",
        "RFC 5321 section 4.2.4",
    ),
)

BY_CODE = (
    row("auth-required", r"^530", "RFC 4954 section 6", "the relay wants a login, or STARTTLS before it"),
    row("recipient-suspended", r"^525", "RFC 5248 section 2.4", to="RCPT DATA"),
    row("recipient-unknown", r"^551", "RFC 5321 section 4.2.3", to="RCPT"),
    row("too-big", r"^552.(?!5\.2)", "RFC 5321 section 4.2.3", to="MAIL"),
    row("busy", r"^4(21|32|50|51|52|54)", "RFC 5321 section 4.2.3"),
)
