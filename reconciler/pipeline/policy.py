"""Judges the effective settings, citing where each came from. Pure; returns every finding."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch

from reconciler import platforms
from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import Level
from reconciler.model.landscape import Landscape, Policy
from reconciler.model.plan import Stage
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Origin, Settings
from reconciler.model.source import Position
from reconciler.pipeline import consistency
from reconciler.pipeline.relays import ROUTE

_ENTRA_CREDENTIALS = ("federated", "certificate", "client_secret")
_CREDENTIALS = ("username", "password", "oauth2.client_secret")
# Ports whose encryption is settled by convention (RFC 8314 sections 3 and 7.3, RFC 3207).
_PORTS = {
    465: ("tls", "port 465 is for implicit TLS (RFC 8314): the server starts TLS at once"),
    587: ("starttls", "port 587 starts in clear and changes to TLS with STARTTLS (RFC 6409, RFC 3207)"),
    25: ("starttls", "port 25 starts in clear and changes to TLS with STARTTLS (RFC 3207)"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """A relay or a resource, alike to every rule below."""

    address: str
    settings: Settings
    origin: Mapping[str, Origin]
    position: Position
    stage: Stage

    def where(self, field: str) -> Position:
        found = self.origin.get(field)
        return found.position if found else self.position

    def error(self, rule: str, field: str, what: str, why: str, fix: str) -> Finding:
        return Finding(
            severity=Severity.ERROR,
            rule=rule,
            address=self.address,
            field=field,
            where=self.where(field),
            what=f"{field}: {what}",
            why=why,
            fix=fix,
        )


def findings(landscape: Landscape, today: str) -> tuple[Finding, ...]:
    """`today` is a date, YYYY-MM-DD; it decides which pauses have expired."""
    subjects = tuple(_subjects(landscape))
    found = [
        *(finding for subject in subjects for rule in _RULES for finding in rule(subject)),
        *(finding for subject in subjects for finding in _hosts(subject, landscape.policy)),
        *_two_credentials(subjects),
        *consistency.findings(landscape, today),
        *_platform_limits(landscape),
    ]
    unique = dict.fromkeys(found)  # a fault of a relay is told once, not for each resource that uses it
    by_place = {(finding.where, finding.rule, finding.what): finding for finding in unique}
    return tuple(sorted(by_place.values(), key=lambda f: (f.where is None, f.where, f.what)))


def loopback(host: str) -> bool:
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _subjects(landscape: Landscape) -> Iterator[_Subject]:
    stages = {stage.name: stage for stage in landscape.stages}
    for relay in landscape.relays:
        yield _Subject(
            address=relay.address,
            settings=relay.settings,
            origin=relay.origin,
            position=relay.position,
            stage=stages[relay.environment],
        )
    for desired in landscape.desired:
        if any(field in desired.handshake for field in (*ROUTE, *_CREDENTIALS)):
            yield _Subject(
                address=str(desired.address),
                settings=desired.handshake,
                origin=desired.origin,
                position=desired.position,
                stage=stages[desired.address.environment],
            )


def _required(subject: _Subject) -> Iterator[Finding]:
    for field in ROUTE:
        if subject.settings.get(field) is None:
            yield subject.error(
                "missing-setting",
                field,
                "required, and neither given here nor by a relay",
                "without it nobody can say where mail leaves, and no handshake can prove it",
                f"add {field}, or relay: NAME of a relay that has it",
            )


def _credentials(subject: _Subject) -> Iterator[Finding]:
    settings = subject.settings
    auth = settings.get("auth")
    if auth == "basic":
        for field in ("username", "password"):
            if settings.get(field) is None:
                yield subject.error(
                    "missing-setting",
                    field,
                    "required by auth: basic",
                    "basic authentication sends a user name and a password",
                    "username: no-reply@example.com"
                    if field == "username"
                    else "password: {vault: mail/prod/submission#password}",
                )
    if auth == "none":
        for field in ("username", "password"):
            if settings.get(field) is not None:
                yield subject.error(
                    "auth-contradiction",
                    field,
                    "given, but auth is none",
                    "with auth: none nobody logs in, so the credential would never be used",
                    "auth: basic, or leave it out",
                )
    if auth == "oauth2":
        yield from _oauth2(subject)


def _oauth2(subject: _Subject) -> Iterator[Finding]:
    provider = subject.settings.get("oauth2.provider")
    needed = {
        "entra": ("username", "oauth2.tenant_id", "oauth2.client_id"),
        "client_credentials": ("username", "oauth2.token_url", "oauth2.client_id", "oauth2.client_secret"),
    }.get(str(provider), ("oauth2.provider",))
    if provider == "entra" and all(subject.settings.get(f"oauth2.{kind}") is None for kind in _ENTRA_CREDENTIALS):
        needed = (*needed, "oauth2.client_secret")
    for field in needed:
        if subject.settings.get(field) is None:
            yield subject.error(
                "missing-setting",
                field,
                f"required by auth: oauth2{f' with provider {provider}' if provider else ''}",
                "without it no token can be fetched",
                f"add {field} to the relay",
            )


def _port(subject: _Subject) -> Iterator[Finding]:
    port, encryption = subject.settings.get("port"), subject.settings.get("encryption")
    if not isinstance(port, int) or port not in _PORTS or encryption is None:
        return
    fits, why = _PORTS[port]
    allowed = {fits} if port == 465 else {fits, "none"}
    if encryption not in allowed:
        yield subject.error(
            "port-encryption",
            "encryption",
            f"{encryption} does not go with port {port}",
            f"{why}; port is declared in {subject.where('port')}",
            f"encryption: {fits}, or port: {'587' if port == 465 else '465'}",
        )


def _sender(subject: _Subject) -> Iterator[Finding]:
    for field in ("sender.address", "verify.recipient"):
        address = subject.settings.get(field)
        local, at, domain = str(address or "").rpartition("@")
        if address is not None and not (at and local and "." in domain.strip(".") and " " not in str(address)):
            yield subject.error(
                "address-without-domain",
                field,
                f"{address} is not an address with a domain",
                "relays refuse or rewrite a sender without a full domain (RFC 5321 section 2.3.5)",
                f"{field.replace('.', ': {')}: no-reply@example.com}}",
            )
    level = subject.settings.get("verify.level")
    if level in ("envelope", "message"):
        for field in ("sender.address", "verify.recipient"):
            if subject.settings.get(field) is None:
                yield subject.error(
                    "missing-setting",
                    field,
                    f"required by verify.level: {level}",
                    "MAIL FROM and RCPT TO need an address each",
                    f"{field.replace('.', ': {')}: postmaster@example.com}}",
                )


def _protected(subject: _Subject) -> Iterator[Finding]:
    if not subject.stage.protected:
        return
    settings = subject.settings
    if settings.get("encryption") == "none" and settings.get("password") is not None:
        yield subject.error(
            "protected-plaintext",
            "encryption",
            "none with a password, in a protected environment",
            "everybody on the way could read the password",
            "encryption: starttls",
        )
    level = settings.get("verify.level")
    if isinstance(level, str) and Level(level).rank < Level.AUTH.rank:
        yield subject.error(
            "protected-level",
            "verify.level",
            f"{level} is below auth, in a protected environment",
            "a change to production must be proven by a login",
            "verify: {level: auth}",
        )


def _hosts(subject: _Subject, policy: Policy) -> Iterator[Finding]:
    host = subject.settings.get("host")
    if not isinstance(host, str):
        return
    if policy.relay_hosts and not _matches(host, policy.relay_hosts):
        yield subject.error(
            "relay-host",
            "host",
            f"{host} is not among policy.relay_hosts",
            "the list in reconciler.yaml names the relays that may carry mail and get credentials",
            f"use one of {', '.join(policy.relay_hosts)}, or have the list changed",
        )
    secret = subject.settings.get("password") is not None
    clear = subject.settings.get("encryption") == "none"
    if clear and secret and not subject.stage.protected and not plaintext_allowed(host, policy):
        yield subject.error(
            "plaintext-password",
            "encryption",
            f"none would send the password to {host} in clear",
            "everybody on the way could read it",
            "encryption: starttls, or have the host added to policy.plaintext_hosts in reconciler.yaml",
        )


def plaintext_allowed(host: str, policy: Policy) -> bool:
    """Whether a password may go to this host without TLS: loopback, or named in policy.plaintext_hosts."""
    return loopback(host) or _matches(host, policy.plaintext_hosts)


def _matches(host: str, globs: Iterable[str]) -> bool:
    plain = host.rstrip(".").lower()
    return any(fnmatch(plain, glob.lower()) for glob in globs)


def _two_credentials(subjects: Sequence[_Subject]) -> Iterator[Finding]:
    first: dict[tuple[object, object, object], tuple[_Subject, SecretRef]] = {}
    for subject in subjects:
        password = subject.settings.get("password")
        if not isinstance(password, SecretRef) or subject.settings.get("username") is None:
            continue
        user = tuple(subject.settings.get(field) for field in ("host", "port", "username"))
        other, ref = first.setdefault((user[0], user[1], user[2]), (subject, password))
        if ref != password:
            yield subject.error(
                "two-credentials",
                "password",
                f"a second credential for {user[2]} at {user[0]}:{user[1]}",
                f"one of the two must be wrong, and trying both could lock the account; the other is {ref} in "
                f"{other.where('password')}",
                f"password: {{vault: {ref}}} in both places" if ref.key else "use one reference in both places",
            )


def _platform_limits(landscape: Landscape) -> Iterator[Finding]:
    connections = {target.unit: target.connection for target in landscape.targets}
    for desired in landscape.desired:
        platform = platforms.load(desired.kind)
        if platform is not None:
            yield from platform.findings(desired, connections[desired.address.unit])


_RULES: tuple[Callable[[_Subject], Iterator[Finding]], ...] = (_required, _credentials, _port, _sender, _protected)
