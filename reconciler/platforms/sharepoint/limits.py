"""What SharePoint cannot do, as far as the declaration shows it."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.finding import Finding, Severity
from reconciler.model.settings import Desired, Settings

_Limit = tuple[Severity, str, str, str, str, str]  # severity, rule, field, what, why, fix


def findings(desired: Desired) -> Iterator[Finding]:
    for severity, rule, field, what, why, fix in _limits(desired.settings):
        origin = desired.origin.get(field)
        yield Finding(
            severity=severity,
            rule=rule,
            address=str(desired.address),
            field=field,
            what=what,
            why=why,
            fix=fix,
            where=origin.position if origin else desired.position,
        )


def _limits(settings: Settings) -> Iterator[_Limit]:
    starttls = "SharePoint starts in plain text and switches to TLS by STARTTLS; it has no implicit TLS"
    if settings.get("encryption") == "tls":
        yield Severity.ERROR, "no-implicit-tls", "encryption", "encryption: tls", starttls, "encryption: starttls"
    if settings.get("port") == 465:
        yield Severity.ERROR, "no-implicit-tls", "port", "port: 465 is for implicit TLS", starttls, "port: 587"
    if settings.get("auth") == "oauth2":
        why = "Set-SPWebApplication has no parameter for a token, in any version"
        yield Severity.ERROR, "auth-not-expressible", "auth", "auth: oauth2", why, "auth: basic"
    if settings.get("smtp_certificate") and settings.get("encryption") == "none":
        why = "a client certificate is sent inside TLS only"
        what = "smtp_certificate with encryption: none"
        yield Severity.ERROR, "certificate-without-tls", "smtp_certificate", what, why, "encryption: starttls"
    if settings.get("credential_key") is not None and settings.get("password") is None:
        why = "the key encrypts passwords, so stored ones must be saved again after it"
        what = "credential_key without a password"
        yield Severity.ERROR, "key-without-password", "credential_key", what, why, "declare the password beside it"
    if settings.get("password") is not None and settings.get("credential_key") is None:
        why = "a server without it sends anonymously, and says so in a health report only"
        what = "password without credential_key: nothing ensures that every server of the farm has the key"
        yield Severity.NOTE, "key-not-managed", "password", what, why, "credential_key: {vault: path#key}"
