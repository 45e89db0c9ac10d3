"""The large relay providers: their hosts, what their user names look like, what their replies mean. Data only.

Providers change their words; then this file changes. `seen` is when the source was last looked up.
"""

from __future__ import annotations

from reconciler.smtp.replies.rows import Provider, row

_SEEN = "2026-11-29"
_ADDRESS = r"[^@\s]+@[^@\s]+\.[^@\s]+"
_LEARN = "https://learn.microsoft.com/exchange"
_SUBMISSION = f"{_LEARN}/clients-and-mobile-in-exchange-online/authenticated-client-smtp-submission"
_GOOGLE = "https://support.google.com/a/answer/3726730"
_SES = "https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html"
_SENDGRID = "https://www.twilio.com/docs/sendgrid/for-developers/sending-email/smtp-errors-and-troubleshooting"
_MAILGUN = "https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/send-smtp"
_POSTMARK = "https://postmarkapp.com/developer/user-guide/send-email-with-smtp"
_BREVO = "https://help.brevo.com/hc/en-us/articles/7959631848850-Create-and-manage-your-SMTP-keys"
_ZOHO = "https://www.zoho.com/mail/help/zoho-smtp.html"
_ZEPTO = "https://www.zoho.com/zeptomail/help/api/smtp-error-codes.html"
_YAHOO = "https://senders.yahooinc.com/smtp-error-codes"
_SMTP2GO = "https://support.smtp2go.com/hc/en-gb/articles/13990494697369-Common-Sending-Errors"

PROVIDERS = (
    Provider(
        name="Exchange Online",
        hosts=("smtp.office365.com", "smtp.office365.us", "smtp.partner.outlook.cn", "*.mail.protection.outlook.com"),
        source=_SUBMISSION,
        seen=_SEEN,
        username=_ADDRESS,
        login="the user name is the mailbox's address (its UPN), user@domain",
    ),
    Provider(
        name="Gmail",
        hosts=("smtp.gmail.com", "smtp-relay.gmail.com", "smtp.googlemail.com"),
        source=_GOOGLE,
        seen=_SEEN,
        username=_ADDRESS,
        login="the user name is the whole address, the password an app password; or use {auth:oauth2}",
        rows=(
            row(
                "rate",
                r"^421.4\.7\.0.*try again later, closing",
                _GOOGLE,
                "Google refuses EHLO with this name so often as here: declare a name of your own domain, {ehlo_name}",
            ),
        ),
    ),
    Provider(
        name="Amazon SES",
        hosts=("*.amazonaws.com", "*.amazonaws.com.cn", "*.amazonses.com"),
        source=_SES,
        seen=_SEEN,
        username=r"[A-Z0-9]{16,128}",
        login="SES has SMTP credentials of its own, made in its console for one region: a user name of 20 capitals and "
        "digits, and not the IAM secret key",
        rows=(
            row(
                "credential",
                r"^535",
                _SES,
                "are these SMTP credentials, made in the console of SES, for this region? An IAM access key is none",
            ),
            row("sender-unverified", r"^554.*not verified", _SES),
            row("rate", r"^454.*throttling|maximum sending rate", _SES),
            row("quota", r"daily message quota", _SES),
            row("account-suspended", r"sending (paused|suspended)|account.*paused", _SES),
            row(
                "sender-not-allowed",
                r"not authorized to perform",
                _SES,
                "the IAM user of these credentials may not ses:SendRawEmail with this sender: see its policy",
            ),
        ),
    ),
    Provider(
        name="SendGrid",
        hosts=("smtp.sendgrid.net", "smtp.eu.sendgrid.net"),
        source=_SENDGRID,
        seen=_SEEN,
        username="apikey",
        login="the user name is the word apikey, and the password the API key",
        rows=(
            row(
                "credential",
                r"^535",
                _SENDGRID,
                "may this API key send mail (Mail Send), and is it a key of this account and region?",
            ),
            row("account-suspended", r"maximum credits", _SENDGRID),
            row("ip-not-allowed", r"ip\b.{0,20}(not|unauthori)", _SENDGRID),
        ),
    ),
    Provider(
        name="Mailgun",
        hosts=("smtp.mailgun.org", "smtp.eu.mailgun.org"),
        source=_MAILGUN,
        seen=_SEEN,
        username=_ADDRESS,
        login="the user name is an SMTP credential of the domain, e.g. postmaster@mg.example.com, in the same region "
        "as the host",
    ),
    Provider(
        name="Postmark",
        hosts=("smtp.postmarkapp.com", "smtp-broadcasts.postmarkapp.com"),
        source=_POSTMARK,
        seen=_SEEN,
        username=r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|PM-\S+",
        login="user name and password are both the server's API token, or an SMTP token's access key and secret",
    ),
    Provider(
        name="Brevo",
        hosts=("smtp-relay.brevo.com", "smtp-relay.sendinblue.com"),
        source=_BREVO,
        seen=_SEEN,
        username=_ADDRESS,
        login="the user name is the SMTP login that the page SMTP & API shows, and the password an SMTP key, not an "
        "API key",
        rows=(row("account-suspended", r"not (yet )?activated", _BREVO),),
    ),
    Provider(
        name="Zoho",
        hosts=(
            "smtp.zoho.com",
            "smtp.zoho.eu",
            "smtp.zoho.in",
            "smtp.zoho.com.au",
            "smtppro.zoho.com",
            "smtppro.zoho.eu",
        ),
        source=_ZOHO,
        seen=_SEEN,
        username=_ADDRESS,
        login="the user name is the whole address; with two-factor authentication the password is an application's own",
        rows=(
            row(
                "sender-not-allowed",
                r"^553.*relaying disallowed",
                _ZOHO,
                "the sender must be the login's address or one of its aliases",
            ),
            row("account-suspended", r"unusual sending activity|5\.4\.6", _ZOHO),
        ),
    ),
    Provider(
        name="ZeptoMail",
        hosts=("smtp.zeptomail.com", "smtp.zeptomail.eu", "smtp.zeptomail.in"),
        source=_ZEPTO,
        seen=_SEEN,
        username="emailapikey",
        login="the user name is the word emailapikey, and the password the token of the Mail Agent",
    ),
    Provider(
        name="Yahoo",
        hosts=("smtp.mail.yahoo.com", "smtp.aol.com", "smtp.att.yahoo.com"),
        source=_YAHOO,
        seen=_SEEN,
        username=_ADDRESS,
        login="the user name is the whole address, the password an app password",
        rows=(row("app-password", r"^535", _YAHOO),),
    ),
    Provider(
        name="SMTP2GO",
        hosts=("mail.smtp2go.com", "mail-us.smtp2go.com", "mail-eu.smtp2go.com", "mail-au.smtp2go.com"),
        source=_SMTP2GO,
        seen=_SEEN,
        rows=(
            row(
                "credential",
                r"^535",
                _SMTP2GO,
                "is it an SMTP user of the page Sending > SMTP Users? The login of the dashboard is another",
            ),
            row("auth-required", r"^550.*relay access denied", _SMTP2GO),
        ),
    ),
)
