"""What Odoo cannot do with the settings of a mail server, as a declaration alone shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from reconciler.model.finding import Severity
from reconciler.model.settings import Settings, Value
from reconciler.platforms.openspp.settings import oauth_kind

# severity, rule, field, what, fix
Limit: TypeAlias = tuple[Severity, str, str, str, str]


def limits(settings: Settings) -> Iterator[Limit]:
    auth, username, password = (settings.get(field) for field in ("auth", "username", "password"))
    error = Severity.ERROR
    if auth == "basic" and not username:
        yield error, "username-missing", "username", "auth: basic without a username", "username: …, or auth: none"
    if auth == "none" and (username or password):
        field = "username" if username else "password"
        yield error, "login-without-auth", field, f"auth: none with a {field}", "auth: basic, or leave it out"
    if auth == "oauth2":
        yield from _oauth_limits(settings)
    if isinstance(entries := settings.get("from_filter"), tuple) and not all(map(_is_filter, entries)):
        what = "an entry is empty, or contains a comma or a space"
        yield error, "from-filter", "from_filter", what, "one domain or address per entry"
    if settings.get("name") == "" or str(settings.get("name", "-")).isspace():
        yield error, "name-empty", "name", "an empty name", "leave it out to use the resource's key"
    if settings.get("smtp_debug") is True:
        what = "smtp_debug writes whole SMTP sessions, passwords included, to Odoo's log"
        yield Severity.WARNING, "logs-credentials", "smtp_debug", what, "smtp_debug: false once you have seen enough"


def of_parameters(settings: Settings) -> Iterator[Limit]:
    if settings.get("base_url") is not None and settings.get("base_url_frozen") is not True:
        yield (
            Severity.WARNING,
            "base-url-not-frozen",
            "base_url",
            "Odoo overwrites base_url at the next web login of a System user",
            "base_url_frozen: true",
        )


def _oauth_limits(settings: Settings) -> Iterator[Limit]:
    error = Severity.ERROR
    yield (
        Severity.NOTE,
        "needs-consent",
        "auth",
        "Odoo's own Gmail or Outlook login needs a person's consent, once; reconciler sets up the rest",
        "in Odoo: Settings, Outgoing Mail Servers, this server, Connect your account",
    )
    if settings.get("password"):
        what = "Odoo takes no password beside oauth2"
        yield error, "oauth2-password", "password", what, "leave it out, or auth: basic"
    if settings.get("encryption", "starttls") != "starttls":
        yield (
            error,
            "oauth2-encryption",
            "encryption",
            "in Odoo, oauth2 works with starttls only",
            "encryption: starttls",
        )
    if not settings.get("username"):
        yield error, "username-missing", "username", "oauth2 without a username", "username: the account's address"
    if (host := settings.get("host")) and oauth_kind(host) is None:
        what = f"Odoo has oauth2 for Gmail and Outlook only, not for {host}"
        yield error, "oauth2-host", "host", what, "host: smtp.gmail.com or smtp.office365.com, or another auth"


def _is_filter(entry: Value) -> bool:
    return isinstance(entry, str) and bool(entry.strip()) and not any(sign in entry.strip() for sign in ", \t")
