"""What NetBrain cannot do, or what its help does not tell, as far as the files show it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from reconciler.drivers.http import site
from reconciler.model.finding import Finding, Severity
from reconciler.model.settings import Desired, Settings, Value
from reconciler.platforms.netbrain.settings import typed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """One thing to say about a setting."""

    rule: str
    field: str
    what: str
    why: str
    fix: str
    severity: Severity = Severity.ERROR


def findings(desired: Desired, on_page: Collection[str]) -> Iterator[Finding]:
    """`on_page` are the settings that the page map knows."""
    for one in (*_unmapped(desired.settings, on_page), *_form(desired), *_oauth2(desired)):
        yield Finding(
            severity=one.severity,
            rule=one.rule,
            what=one.what,
            why=one.why,
            fix=one.fix,
            address=str(desired.address),
            field=one.field,
            where=desired.place(one.field),
        )


def _unmapped(settings: Settings, on_page: Collection[str]) -> Iterator[_Said]:
    """The help of R12.3 names no field of the SMTP login, and none of the certificate."""
    wanted = typed(settings)
    missing = [field for field in wanted if field not in on_page]
    if wanted.get("login") is False:  # off, as it is without a box to tick
        missing = [field for field in missing if field != "login"]
    if missing:
        them = "it" if len(missing) == 1 else "them"
        yield _Said(
            rule="not-on-page",
            field="auth" if missing[0] in ("login", "mode") else missing[0],
            what=f"{', '.join(missing)}: the page map has no control for {them}",
            why="what no label leads to can be neither read nor written; NetBrain's help does not name every label",
            fix=f"copy the shipped map, add {them} as your page has {them}, and name the file in connection.page_map",
        )


def _form(desired: Desired) -> Iterator[_Said]:
    settings = desired.settings
    host = settings.get("host")
    if isinstance(host, str) and not _is_address(host) and not site.is_loopback(host):  # a lab's
        yield _Said(
            rule="host-name",
            field="host",
            severity=Severity.NOTE,
            what=f"host: {host} is a name, and NetBrain's help asks for an IP address",
            why="whether it accepts a name is not documented; Test before Save tells",
            fix="host: the relay's address, where the name is refused",
        )
    for field in ("host", "sender.address"):
        if field in settings and settings[field] is None and settings.get("enabled", True):
            yield _Said(
                rule="mandatory",
                field=field,
                what=f"{field}: null, but the page requires it",
                why="NetBrain cannot send without it",
                fix=f"give {field} a value, or leave it out",
            )


def _oauth2(desired: Desired) -> Iterator[_Said]:
    handshake = desired.handshake
    if handshake.get("auth") != "oauth2":
        return
    if handshake.get("oauth2.provider") not in (None, "entra"):
        yield _Said(
            rule="oauth2-provider",
            field="oauth2.provider",
            what="oauth2: NetBrain knows Microsoft 365 only",
            why="its page asks for an authority host and a tenant, not for a token URL",
            fix="oauth2: {provider: entra, tenant_id: …}, or another auth",
        )
    if handshake.get("oauth2.federated") is not None:
        yield _Said(
            rule="oauth2-credential",
            field="oauth2.federated",
            what="oauth2.federated: NetBrain has no such login",
            why="its page asks for a client secret or a certificate",
            fix="oauth2: {client_secret: {vault: path#key}}",
        )


def _is_address(host: Value) -> bool:
    try:
        ip_address(str(host))
    except ValueError:
        return False
    return True
