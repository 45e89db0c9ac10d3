"""How the settings of a mail server are spelt in Odoo's rows, there and back, by version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.errors import PlatformRefused
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.secret import SecretValue
from reconciler.model.settings import Settings, Value
from reconciler.platforms.openspp.records import Row, Server

NAMES: Mapping[str, str] = {
    "host": "smtp_host",
    "port": "smtp_port",
    "encryption": "smtp_encryption",
    "auth": "smtp_authentication",
    "username": "smtp_user",
    "password": "smtp_pass",
    "name": "name",
    "priority": "sequence",
    "from_filter": "from_filter",
    "active": "active",
    "max_email_size": "max_email_size",  # since 18
    "smtp_debug": "smtp_debug",
}
# what `null` means where Odoo knows no empty value: its own default
DEFAULTS: Settings = {
    "port": 25,
    "encryption": "none",
    "auth": "none",
    "priority": 10,
    "active": True,
    "smtp_debug": False,
}
# Odoo's OAuth modules by the host they are for; both insist on the plain "starttls"
OAUTH_HOSTS = {"gmail.com": "gmail", "googlemail.com": "gmail", "office365.com": "outlook", "outlook.com": "outlook"}
OAUTH = frozenset(OAUTH_HOSTS.values())
# set as soon as a person has connected the account; the tokens themselves are not asked for
_CONSENT = {"gmail": "google_gmail_access_token_expiration", "outlook": "microsoft_outlook_access_token_expiration"}
_ENCRYPTIONS = {"starttls": "starttls", "ssl": "tls", "starttls_strict": "starttls", "ssl_strict": "tls"}
# the first that the version knows
_UNVERIFIED = ", certificate not verified"
_WRITTEN = {
    "none": ("none",),
    "starttls": ("starttls_strict", "starttls"),
    "tls": ("ssl_strict", "ssl"),
    "starttls" + _UNVERIFIED: ("starttls",),  # never declared, but what a restore puts back
    "tls" + _UNVERIFIED: ("ssl",),
}
_SECRET = frozenset({"password"})


def asked(server: Server) -> list[str]:
    """The fields of a row that `settings` needs; never the password."""
    names = [name for field, name in NAMES.items() if field not in _SECRET and name in server.fields]
    flags = [flag for name in NAMES.values() if name in server.fields and (flag := server.flag(name))]
    also = ("owner_user_id", "mail_template_ids", "active_mailing_ids", *_CONSENT.values())
    return [*names, *flags, "write_date", *(name for name in also if name in server.fields)]


def settings(server: Server, row: Row) -> Settings:
    """A row as a declaration would say it. Odoo's three ways to say nothing (False, None, '') become None."""
    found: dict[str, Value] = {field: row[name] for field, name in NAMES.items() if name in row}
    for field in ("name", "host", "username"):
        found[field] = found[field] or None
    found["host"] = str(found["host"]).lower() if found["host"] else None
    found["from_filter"] = normal_filter(found["from_filter"] or ())
    found["auth"] = _auth(row)
    found["encryption"] = _encryption(server, row)
    if "max_email_size" in found:
        found["max_email_size"] = normal_size(found["max_email_size"])
    return found


def filters(row: Row) -> tuple[str, ...]:
    found = normal_filter(row["from_filter"] or ())
    return tuple(map(str, found)) if isinstance(found, tuple) else ()


def normal_filter(value: Value) -> Value:
    entries = value if isinstance(value, tuple) else str(value).split(",")
    return tuple(_lower_domain(entry) for entry in (str(entry).strip() for entry in entries) if entry) or None


def normal_size(value: Value) -> Value:
    """Megabytes; 0 stands for the default of the whole database."""
    if isinstance(value, int | float) and value:
        return int(value) if value == int(value) else value
    return None


def oauth_kind(host: Value) -> str | None:
    name = str(host).strip().lower()
    return next((kind for end, kind in OAUTH_HOSTS.items() if name == end or name.endswith("." + end)), None)


def caveats(server: Server, row: Row, address: str, *, allow_neutralized: bool = False) -> Iterator[Finding]:
    """What the settings alone would hide."""
    encryption = _encryption(server, row)
    if encryption in ("starttls", "tls") and not str(row["smtp_encryption"]).endswith("_strict"):
        why = f"Odoo {server.told} does not verify it" + (" for Gmail and Outlook" if _strict(server) else "")
        yield Finding(
            severity=Severity.WARNING,
            rule="certificate-not-verified",
            what=f"{encryption} without verifying the relay's certificate",
            why=why,
            fix="upgrade to Odoo 19, or use a relay inside the same network",
            address=address,
            field="encryption",
        )
    vendor = str(row["smtp_authentication"])
    if vendor in _CONSENT and not row.get(_CONSENT[vendor]):
        yield Finding(
            severity=Severity.WARNING,
            rule="needs-authorization",
            holds=Holds.UNTIL_DONE_BY_HAND,
            what=f"the account of {row['smtp_user'] or 'this mail server'} is not connected yet",
            why="the login of Gmail and Outlook needs a person's consent, which no API can give",
            fix=f"in Odoo: Settings, Outgoing Mail Servers, “{row['name']}”, Connect your account",
            address=address,
            field="auth",
        )
    if "max_email_size" not in server.fields:
        yield Finding(
            severity=Severity.ERROR,
            rule="not-in-this-version",
            what=f"Odoo {server.told} has no max_email_size",
            why="it came with Odoo 18",
            fix="leave it out",
            address=address,
            field="max_email_size",
        )
    if server.neutralized and not allow_neutralized and not row["active"]:
        yield Finding(
            severity=Severity.ERROR,
            rule="neutralized",
            what="this database is neutralized; its mail servers stay inactive",
            why="a copy of production must not send mail to real people",
            fix="active: false here, or connection: {allow_neutralized: true}",
            address=address,
            field="active",
        )
    for field, name in NAMES.items():
        if is_fixed(server, row, name):
            secret = field in _SECRET  # nobody sees whether it differs, and a relay brings it along
            yield Finding(
                severity=Severity.NOTE if secret else Severity.ERROR,
                rule="mail-environment",
                what=f"{field} comes from the configuration file of the Odoo server"
                + ("; ours is for the handshake only" if secret else ""),
                why="the module mail_environment silently discards what is written to it",
                fix="change it in that file" + ("" if secret else ", or leave it out here"),
                address=address,
                field=field,
            )


def is_fixed(server: Server, row: Row, name: str) -> bool:
    """Whether the configuration file decides this field of a record (the module mail_environment)."""
    flag = server.flag(name) if name in server.fields else None
    return flag is not None and row.get(flag) is False


def values(server: Server, after: Mapping[str, Value | SecretValue], current: Settings) -> dict[str, Any]:
    """The row to write for changed settings; `current` decides where one setting depends on another.

    Raises PlatformRefused for a login that this Odoo does not have.
    """
    written = {NAMES[field]: _written(field, value) for field, value in after.items()}
    merged = {**current, **after}
    if "auth" in after:
        written |= _login(server, merged)
    if ("auth" in after or "encryption" in after) and (encryption := str(merged.get("encryption"))) in _WRITTEN:
        written["smtp_encryption"] = _encryption_for(server, encryption, oauth=merged.get("auth") == "oauth2")
    if written.get("max_email_size") == 0 and "max_email_size" not in server.fields:
        del written["max_email_size"]  # cleared where there is none
    for name, value in written.items():
        _check(server, name, value)
    return written


def _written(field: str, value: Value | SecretValue) -> Any:
    if value is None:
        return {**DEFAULTS, "max_email_size": 0}.get(field, False)  # False empties a text
    return ",".join(map(str, value)) if isinstance(value, tuple) else value


def _login(server: Server, merged: Mapping[str, Value | SecretValue]) -> dict[str, Any]:
    auth = merged.get("auth")
    if auth == "oauth2":
        host = merged.get("host")
        if (kind := None if isinstance(host, SecretValue) else oauth_kind(host)) is None:
            raise PlatformRefused("Odoo has oauth2 for Gmail and Outlook only", fix="another host, or another auth")
        if kind not in server.choices("smtp_authentication"):
            module = {"gmail": "google_gmail", "outlook": "microsoft_outlook"}[kind]
            raise PlatformRefused(f"the Odoo module {module} is not installed", fix=f"install {module}")
        return {"smtp_authentication": kind, "smtp_pass": False}
    if auth in ("none", None):
        return {"smtp_authentication": "login", "smtp_user": False, "smtp_pass": False}
    return {"smtp_authentication": "login"} if auth == "basic" else {}


def _encryption_for(server: Server, encryption: str, *, oauth: bool) -> str:
    choices = server.choices("smtp_encryption")
    if oauth and encryption == "starttls":
        return "starttls"
    return next(name for name in _WRITTEN[encryption] if name in choices)


def _check(server: Server, name: str, value: Any) -> None:
    if name not in server.fields:
        raise PlatformRefused(f"Odoo {server.told} has no {name}", fix="leave it out")
    choices = server.choices(name)
    if choices and value not in choices:
        raise PlatformRefused(f"{name}: Odoo {server.told} knows no {value!r}", fix=f"one of {', '.join(choices)}")


def _auth(row: Row) -> str:
    kind = str(row["smtp_authentication"])
    if kind == "login":
        return "basic" if row["smtp_user"] else "none"
    return "oauth2" if kind in OAUTH else kind


def _encryption(server: Server, row: Row) -> str:
    """On 19 the plain variants are a value of their own, so that a plan shows the way to the verified one."""
    name = str(row["smtp_encryption"])
    plain = name in ("starttls", "ssl") and _strict(server) and row["smtp_authentication"] not in OAUTH
    return _ENCRYPTIONS.get(name, name) + (_UNVERIFIED if plain else "")


def _strict(server: Server) -> bool:
    return "starttls_strict" in server.choices("smtp_encryption")


def _lower_domain(entry: str) -> str:
    local, at, domain = entry.rpartition("@")
    return local + at + domain.lower()
