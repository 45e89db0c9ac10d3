"""Replies of large providers that tell by themselves whose they are, whatever the host is called. Data only."""

from __future__ import annotations

from reconciler.smtp.replies.rows import row

_LEARN = "https://learn.microsoft.com/exchange"
_SUBMISSION = f"{_LEARN}/clients-and-mobile-in-exchange-online/authenticated-client-smtp-submission"
_NDR = f"{_LEARN}/troubleshoot/email-delivery/ndr/non-delivery-reports-in-exchange-online"
_THREADS = "public threads of administrators"
_GOOGLE_RELAY = "https://support.google.com/a/answer/6140680"
_GOOGLE = "https://support.google.com/a/answer/3726730"
_SES = "https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html"
_BREVO = (
    "https://help.brevo.com/hc/en-us/articles/5740111683858-Authorize-and-block-IP-addresses-for-API-and-SMTP-security"
)

ROWS = (
    row(
        "login-off",
        r"^535.5\.7\.139.*SmtpClientAuthentication is disabled for the Tenant",
        _SUBMISSION,
        "SMTP AUTH is off for the tenant, OAuth2 included: "
        "Set-TransportConfig -SmtpClientAuthenticationDisabled $false, or for this mailbox "
        "Set-CASMailbox -Identity <mailbox> -SmtpClientAuthenticationDisabled $false",
    ),
    row(
        "login-off",
        r"^535.5\.7\.139.*SmtpClientAuthentication is disabled for the Mailbox",
        _SUBMISSION,
        "allow it for this mailbox: Set-CASMailbox -Identity <mailbox> -SmtpClientAuthenticationDisabled $false",
    ),
    row("account-locked", r"^535.5\.7\.139.*user is locked", _SUBMISSION),
    row("password-expired", r"^535.5\.7\.139.*password (has |is )?expired", _SUBMISSION),
    row("credential", r"^535.5\.7\.139.*credentials were incorrect", _SUBMISSION),
    row(
        "login-off",
        r"^535.5\.7\.139.*(security defaults|did not meet the criteria)",
        _THREADS,
        "security defaults, Conditional Access or an authentication policy blocks Basic authentication: "
        "change to {auth:oauth2}",
    ),
    row(
        "login-off",
        r"^535.5\.7\.139",
        _THREADS,
        "the organisation's policy refuses this login: see the sign-in log of Entra; {auth:oauth2} is what it accepts",
    ),
    row(
        "credential",
        r"^535.5\.7\.3\b",
        _THREADS,
        "Exchange Online says no more than this; look, in this order, at: username is the mailbox; the token's scope "
        "is https://outlook.office365.com/.default; New-ServicePrincipal was given the object id of the Enterprise "
        "application, not that of the App registration; Add-MailboxPermission gave it FullAccess; with {auth:basic}, "
        "the password",
    ),
    row(
        "login-off",
        r"^55[04].5\.7\.30\b.*(basic|authentication is not supported)",
        "Exchange Team Blog, 2026-01-27, v3.0 of 2026-01-29",
        "Exchange Online has ended Basic authentication for this tenant: change to {auth:oauth2}",
    ),
    row(
        "auth-required",
        r"^530.5\.7\.57\b",
        "public logs of Postfix in front of Exchange Online",
        "the server treats us as not logged in: AUTH was skipped or failed silently; "
        "is SMTP AUTH enabled for the mailbox?",
    ),
    row(
        "mechanism",
        r"^504.5\.7\.4\b",
        _THREADS,
        "the mechanism is not offered here: is this the submission port, with STARTTLS before AUTH?",
    ),
    row(
        "sender-not-allowed",
        r"SendAsDenied|\bSendAs\b|^550.5\.7\.60\b",
        "public logs of IIS in front of Exchange Online",
        "the mailbox that logs in may not send as this sender: Add-RecipientPermission -AccessRights SendAs, or use "
        "the mailbox's own address. Exchange Online refuses it only after DATA",
    ),
    row(
        "rate",
        r"^432.4\.3\.2\b",
        _SUBMISSION,
        "Exchange Online allows 3 concurrent connections per mailbox: try later, and see what else uses it",
    ),
    row("account-suspended", r"5\.1\.8\b.*bad outbound sender", _NDR),
    row("quota", r"SubmissionQuotaExceeded", _NDR),
    row(
        "ip-not-allowed",
        r"5\.7\.64\b.*TenantAttribution|TenantAttribution",
        _NDR,
        "no connector of the tenant knows this address or certificate: add the address that this machine leaves with "
        "to the inbound connector of type OnPremises, or log in on port 587",
    ),
    row(
        "tls-required",
        r"^421.4\.7\.66\b",
        _SUBMISSION,
        "Exchange Online refuses TLS 1.0 and 1.1: offer TLS 1.2",
    ),
    row("busy", r"^451.4\.7\.500\b", _NDR),
    row(
        "app-password",
        r"^534.5\.7\.9.*application-specific password",
        "public threads of administrators (support.google.com/mail/?p=InvalidSecondFactor)",
        "Google does not accept the account's password here: store an app password, or change to {auth:oauth2}",
    ),
    row(
        "credential",
        r"^535.5\.7\.8.*(BadCredentials|support\.google\.com)",
        _GOOGLE,
        "Google takes an app password (with 2-step verification) or {auth:oauth2}, not the account's own password",
    ),
    row(
        "rate",
        r"^454.4\.7\.0.*too many login attempts",
        _GOOGLE,
        "this is Google's limit on logins: try later, and find what else logs in with this account so often",
    ),
    row(
        "ip-not-allowed",
        r"invalid credentials for relay|mail relay denied|IP not in whitelist for RCPT domain",
        _GOOGLE_RELAY,
        "register the address that this machine leaves with in the SMTP relay settings of Google Workspace, or log in "
        "with a user of the domain",
    ),
    row("sender-unverified", r"failed the check in region", _SES),
    row(
        "ip-not-allowed",
        r"^525.5\.7\.1\b.*ip",
        _BREVO,
        "authorise the address that this machine leaves with, in the provider's security settings",
        to="AUTH",
    ),
)
