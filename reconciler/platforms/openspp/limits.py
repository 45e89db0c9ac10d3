"""What Odoo cannot do with the settings of a mail server, as a declaration alone shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from reconciler.model.finding import Finding, Severity
from reconciler.model.settings import Desired, Settings, Value
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
    yield from _filters("from_filter", settings.get("from_filter"))
    if settings.get("name") == "" or str(settings.get("name", "-")).isspace():
        yield error, "name-empty", "name", "an empty name", "leave it out to use the resource's key"
    if settings.get("smtp_debug") is True:
        what = "smtp_debug writes whole SMTP sessions, passwords included, to Odoo's log"
        yield Severity.WARNING, "logs-credentials", "smtp_debug", what, "smtp_debug: false once you have seen enough"


def of_parameters(settings: Settings) -> Iterator[Limit]:
    yield from _filters("fallback_from_filter", settings.get("fallback_from_filter"))
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


def _filters(field: str, entries: Value) -> Iterator[Limit]:
    for entry in entries if isinstance(entries, tuple) else ():
        text = str(entry).strip()
        if not text or any(sign in text for sign in ", \t"):
            what = "an entry is empty, or contains a comma or a space"
            yield Severity.ERROR, "from-filter", field, what, "one domain or address per entry"
        elif (right := _matching(text)) != text:
            what = f"Odoo never matches {text}: it compares whole addresses and whole domains"
            fix = f"{field}: [{right}]" if right else "one domain or address per entry"
            yield Severity.ERROR, "from-filter", field, what, fix


def _matching(entry: str) -> str:
    """What is most likely meant: Odoo's filters know no wildcard, no subdomains, and no domain with an @ before it."""
    local, at, domain = entry.rpartition("@")
    domain = domain.removeprefix("*").strip(".")
    return f"{local}@{domain}" if at and local.strip("*") else domain


def together(declared: Sequence[Desired]) -> Iterator[Finding]:
    """What contradicts itself among all that is declared for one Odoo."""
    yield from _companies(one for one in declared if one.address.resource.collection == "alias_domains")
    servers = {one.address.resource.key for one in declared if one.address.resource.collection == "mail_servers"}
    for one in declared:
        named = one.settings.get("mass_mailing_server")
        if one.address.resource.collection == "parameters" and named is not None and named not in servers:
            known = ", ".join(sorted(map(str, servers))) or "none"
            why = f"mailings would have no mail server; declared here: {known}"
            what = f"mass_mailing_server: no mail_servers.{named} is declared"
            yield _finding(one, "unknown-mail-server", "mass_mailing_server", what, why, "name one of mail_servers")


def _companies(domains: Iterable[Desired]) -> Iterator[Finding]:
    first: dict[Value, Desired] = {}
    for one in domains:
        companies = one.settings.get("companies")
        for company in companies if isinstance(companies, tuple) else ():
            other = first.setdefault(company, one)
            if other is not one:
                what = f"companies: {company} is in {other.address.resource.key} too"
                why = f"a company sends from one email domain, so each apply would move it; first at {other.position}"
                yield _finding(one, "company-in-two-domains", "companies", what, why, "name it in one of the two")


def _finding(one: Desired, rule: str, field: str, what: str, why: str, fix: str) -> Finding:
    where = one.place(field)
    return Finding(
        severity=Severity.ERROR,
        rule=rule,
        address=str(one.address),
        field=field,
        where=where,
        what=what,
        why=why,
        fix=fix,
    )
