"""What OutSystems 11 cannot do, or what its documentation warns of, as far as the files show it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from reconciler.drivers.http import site
from reconciler.model.finding import Finding, Severity
from reconciler.model.settings import Connection, Desired, Settings
from reconciler.model.source import Position
from reconciler.platforms.outsystems_o11 import releases
from reconciler.platforms.outsystems_o11.settings import ADDRESSES, DEFAULTS, NO_CREDENTIAL, OAUTH2, SSL

OWN_DOMAIN = ".outsystemsenterprise.com"
PORTS = (25, 465, 587)
WARNING = Severity.WARNING


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing to say about a setting."""

    rule: str
    field: str
    what: str
    why: str
    fix: str
    severity: Severity = Severity.ERROR


def findings(desired: Desired, connection: Connection, on_page: Collection[str]) -> Iterator[Finding]:
    """`on_page` are the settings that the page map knows."""
    release = connection.get("version")
    said = (*_declared(desired), *_unmapped(desired, connection, on_page), *_port(desired.settings))
    said += tuple(of_release(str(release), desired.settings)) if release is not None else ()
    for one in said:
        written = "encryption" if one.field == SSL and SSL not in desired.origin else one.field
        yield finding(one, str(desired.address), desired.place(written))


def finding(said: Said, address: str, where: Position | None = None) -> Finding:
    return Finding(
        severity=said.severity,
        rule=said.rule,
        what=said.what,
        why=said.why,
        fix=said.fix,
        address=address,
        field=said.field,
        where=where,
    )


def of_release(release: str, settings: Settings) -> Iterator[Said]:
    """What the release notes say of these settings."""
    for gate in releases.gates(release, settings):
        upgrade = ".".join(map(str, gate.until))
        yield Said(
            rule=gate.rule,
            field=gate.field,
            severity=gate.severity,
            what=f"{gate.what}; this is {release}",
            why=f"OutSystems: {gate.note}",
            fix=f"upgrade the Platform Server to {upgrade} or later",
        )


def _declared(desired: Desired) -> Iterator[Said]:
    settings, handshake = desired.settings, desired.handshake
    sender = settings.get("sender.address")
    if isinstance(sender, str) and sender.lower().endswith(OWN_DOMAIN):
        yield Said(
            rule="sender-of-outsystems",
            field="sender.address",
            severity=WARNING,
            what=f"sender.address: {sender} is in OutSystems' own domain",
            why="OutSystems uses DMARC there: mail servers may reject your mail as spoofed",
            fix="sender: {address: an address of your own domain}",
        )
    yield from (_mandatory(field) for field in ("host", "sender.address", "sender.name") if _cleared(settings, field))
    if credential := sorted(field for field in NO_CREDENTIAL if handshake.get(field) is not None):
        yield Said(
            rule="oauth2-credential",
            field=credential[0],
            what=f"{', '.join(credential)}: OutSystems 11 has no such login",
            why="its page asks for a tenant, a client id and a client secret",
            fix="oauth2: {client_secret: {vault: path#key}}",
        )
    if handshake.get("auth") == "oauth2" and handshake.get("oauth2.provider") not in (None, "entra"):
        yield Said(
            rule="oauth2-provider",
            field="oauth2.provider",
            what="oauth2: OutSystems 11 knows Exchange Online only",
            why="its page asks for a tenant, not for a token URL",
            fix="oauth2: {provider: entra, tenant_id: …}, or another auth",
        )
    yield from _test_list(desired)


def _test_list(desired: Desired) -> Iterator[Said]:
    settings = desired.settings
    if settings.get("test_list.active") is not True:
        return
    if desired.protected:
        yield Said(
            rule="protected-test-list",
            field="test_list.active",
            what=f"test_list: active, and {desired.address.environment} is protected",
            why="all mail of the environment, CC and BCC too, would reach the test list instead of its recipients",
            fix="test_list: {active: false}, or leave it out",
        )
    if settings.get(ADDRESSES, ()) is None:
        yield Said(
            rule="test-list-empty",
            field=ADDRESSES,
            what="test_list: active, but without an address",
            why="all mail of the environment would go nowhere",
            fix="test_list: {active: true, addresses: [qa@example.com]}",
        )


def _port(settings: Settings) -> Iterator[Said]:
    port = settings.get("port")
    if port == DEFAULTS["port"]:
        what, why, fix = "port: 25 may be throttled", "OutSystems recommends 587", "port: 587"
    elif port == PORTS[1]:
        what, why, fix = "port: 465 is outdated, says OutSystems", "587 should be used if possible", "port: 587"
    elif port is not None and port not in PORTS and not site.is_loopback(str(settings.get("host"))):  # a lab's
        what, why = f"port: {port} is not supported by OutSystems", "it documents 25, 465 and 587"
        fix = "port: 587, or try it with a mail of an application"
    else:
        return
    yield Said(rule=f"port-{port}", field="port", severity=WARNING, what=what, why=why, fix=fix)


def _unmapped(desired: Desired, connection: Connection, on_page: Collection[str]) -> Iterator[Said]:
    """One for all of them; fields of Exchange Online that a release does not have are told by its gate."""
    known = set(on_page) | {"auth", SSL}
    if "auth" not in on_page and connection.get("page_map") is None:
        known |= OAUTH2
    missing = [field for field in desired.settings if field not in known]
    if missing:
        them = "it" if len(missing) == 1 else "them"
        yield Said(
            rule="not-on-page",
            field=missing[0],
            what=f"{', '.join(missing)}: the page map has no control for {them}",
            why="what no label leads to can be neither read nor written",
            fix=f"add {them} to the page map that connection.page_map names, or leave {them} out here",
        )


def _cleared(settings: Settings, field: str) -> bool:
    return field in settings and settings[field] is None


def _mandatory(field: str) -> Said:
    return Said(
        rule="mandatory",
        field=field,
        what=f"{field}: null, but the page requires it",
        why="Service Center saves nothing while a mandatory field is empty",
        fix=f"give {field} a value, or leave it out",
    )
