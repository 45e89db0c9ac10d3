"""What servers answer to AUTH, by their words. Data only; the first row that fits counts."""

from __future__ import annotations

from reconciler.smtp.replies.rows import row

_CYRUS = "Postfix: smtpd_sasl_glue.c; Dovecot; Cyrus SASL"
_PUBLIC = "public threads of administrators"

ROWS = (
    row(
        "line-too-long",
        r"^500.(5\.5\.6|.*too long)",
        "RFC 4954 section 6 (500 5.5.6); Dovecot's submission server: roundcube/roundcubemail issue 8623",
    ),
    row(
        "mechanism",
        r"^432.4\.7\.12",
        "RFC 4954 section 6",
        "the server has no secret for this mechanism yet: the user must log in once with PLAIN, or reset the "
        "password at the relay",
    ),
    row("client-certificate", r"client certificate|required ssl certificate", "nginx: ngx_mail_ssl_module; Postfix"),
    row("password-expired", r"password (has |is )?expired|expired password", _PUBLIC),
    row(
        "account-locked",
        r"\b(account|user|login)\b.{0,40}\b(locked|blocked)\b|too many (failed|invalid|incorrect|bad|wrong)\b",
        _PUBLIC,
    ),
    row(
        "rate",
        r"too many (login|authentication) attempts|(login|auth\w*) (rate|limit)",
        "support.google.com/a/answer/3726730",
        "the provider limits logins: try later, and find what else logs in with this account so often; nothing is "
        "said of the credential",
    ),
    row(
        "login-service-down",
        r"(connection lost to|lost connection to|cannot connect to|can't connect to|unable to (reach|connect to)) "
        r"(the )?auth\w*"
        r"|auth\w*( service| server| backend)?( is)? (temporarily |currently )?(unavailable|not available|down)"
        r"|temporary (internal |server )*(authentication |login )?(failure|error|problem)|internal (server )?error",
        _CYRUS,
    ),
    row(
        "app-password",
        r"application-specific password|\bapp(lication)?[ -]?(specific[ -])?password",
        "public threads of administrators (support.google.com/mail/?p=InvalidSecondFactor)",
    ),
    row("auth-code", r"authori[sz]ation code|授权码", "service.mail.qq.com, help.mail.163.com"),
    row(
        "ip-not-allowed",
        r"(unauthori[sz]ed|not allowed|not authori[sz]ed|blocked|denied).{0,30}\bip\b"
        r"|\bip\b.{0,40}(not allowed|not authori[sz]ed|unauthori[sz]ed|not permitted|blocked|denied|not in)",
        "help.brevo.com: blocking unknown IP addresses; twilio.com/docs/sendgrid",
    ),
    row(
        "account-suspended",
        r"maximum credits|credits? (exceeded|expired|blocked)|\b(suspended|outgoing blocked|sender address blocked)\b"
        r"|not (yet )?activated|trial (has )?expired",
        "twilio.com/docs/sendgrid; zoho.com/zeptomail; help.brevo.com",
    ),
    row("login-off", r"no permission|authentication not (allowed|enabled)|logins? (is|are) (off|disabled)", _PUBLIC),
    row("account-disabled", r"^525|\b(account|user|mailbox)\b.{0,30}\b(disabled|inactive|closed)\b", "RFC 5248"),
    row(
        "login-off",
        r"web browser",
        "public threads of administrators (support.google.com/mail/answer/78754)",
        "Google finds this login suspicious: have the account's owner confirm it in a browser, or change to "
        "{auth:oauth2}",
    ),
    row(
        "tls-required",
        r"^(538|523)|(tls|ssl|encrypt\w*|secure (connection|channel)).{0,30}(required|needed|first|must)"
        r"|(requires?|needs?|must|issue).{0,30}(tls|ssl|encrypt|secure connection)",
        "RFC 4954 section 6 (538 5.7.11), RFC 5248 section 2.4 (523 5.7.10)",
        "the server accepts this login only over an encrypted connection: {encryption:starttls} (587) or tls (465). "
        "Inside TLS already? Then something in front of the server terminates TLS, and must tell it",
    ),
    row(
        "mechanism",
        r"^534",
        "RFC 4954 section 6",
        "the mechanism is weaker than the server's policy allows for this user; the password was not checked. Have "
        "the relay allow PLAIN inside TLS, or change to {auth:oauth2} where it is offered",
    ),
    row(
        "credential",
        r"(invalid|incorrect|bad|wrong|unknown).{0,20}(login|user|password|credential|authentication|auth)"
        r"|auth\w*.{0,20}(fail|unsuccessful|invalid|reject|denied|incorrect)|badcredentials|not accepted"
        r"|credentials? .{0,20}(invalid|incorrect|wrong|not)|login .{0,20}(fail|denied|incorrect|invalid)"
        r"|(username|password).{0,30}(invalid|incorrect|wrong|mismatch|not)|access denied",
        _CYRUS,
    ),
)

BY_CODE = (
    row(
        "login-service-down",
        r"^454.4\.7\.0",
        "measured with Postfix and Dovecot",
    ),
    row(
        "mechanism",
        r"^50[02]",
        "RFC 5321 section 4.2.4, RFC 4954 section 4",
        "this server does not know AUTH, although something offered it after EHLO: is a proxy or a firewall in "
        "between changing SMTP, or does this listener take no logins? The credential was not checked",
    ),
    row(
        "mechanism",
        r"^503",
        "RFC 4954 section 4, RFC 5321 section 4.2.4",
        "AUTH comes at the wrong time for this server: logins are off at this listener, or it considers the connection "
        "logged in already (by address or certificate: then {auth:none}). The credential was not checked",
    ),
    row(
        "mechanism",
        r"^504",
        "RFC 4954 section 4",
        "the server refuses a mechanism that it offered: is this the submission port? The credential was not checked",
    ),
    row(
        "relay-broken",
        r"^334",
        "RFC 4954 section 4; PLAIN: RFC 4616 section 2, OAUTHBEARER: RFC 7628 section 3.2.3",
        "the server keeps asking where the mechanism is finished: it, or a proxy in front of it, does not "
        "follow the mechanism. Have the operator check its login service; this says nothing about the credential",
    ),
    row("auth-required", r"^530", "RFC 4954 section 6", "the relay wants a login, or STARTTLS before it"),
    row(
        "busy",
        r"^4",
        "RFC 3463",
        "the server asks us to try later; this says nothing about the credential",
    ),
    row("credential", r"^535", "RFC 4954 section 6"),
)
