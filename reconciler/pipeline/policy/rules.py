"""The rules on the effective settings of one relay or resource, and the one that compares them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches

from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import ZONE, CheckSeverity, Level, Policy
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Settings
from reconciler.oauth import clouds
from reconciler.pipeline.policy import hosts
from reconciler.pipeline.policy.subjects import Subject
from reconciler.smtp.catalogue import providers
from reconciler.smtp.catalogue.checks import CATALOGUE

# Ports whose encryption is settled by convention (RFC 8314 sections 3 and 7.3, RFC 3207).
_PORTS = {
    465: ("tls", "port 465 is for implicit TLS (RFC 8314): TLS starts with the first byte"),
    587: ("starttls", "port 587 starts in clear text and upgrades to TLS with STARTTLS (RFC 6409, RFC 3207)"),
    25: ("starttls", "port 25 starts in clear text and upgrades to TLS with STARTTLS (RFC 3207)"),
}


def findings(subject: Subject, policy: Policy) -> Iterator[Finding]:
    yield from _unused_login(subject)
    yield from _port(subject)
    yield from _addresses(subject)
    yield from _clear(subject, policy)
    yield from _level(subject)
    yield from _scope(subject)
    yield from _lowered(subject)
    yield from _host(subject, policy)
    yield from _recipient(subject, policy)
    yield from _checks(subject)


def _unused_login(subject: Subject) -> Iterator[Finding]:
    given = [field for field in ("username", "password") if subject.settings.get(field) is not None]
    if subject.settings.get("auth") != "none" or not given:
        return
    names = " and ".join(given)
    relay = next((origin.through for field in given if (origin := subject.origin.get(field))), "")
    cleared = " and ".join(f"{field}: null" for field in given)
    if subject.here("auth") and relay != "here":
        what, fix = f"auth: none, but {relay} brings {names}", f"another relay, or {cleared} beside it"
    else:
        what, fix = (
            f"{names}: given, but auth is none",
            f"auth: basic, or leave {'it' if len(given) == 1 else 'them'} out",
        )
    why = "with auth: none there is no login, so the credential would never be used"
    yield subject.error("auth-contradiction", "auth", what, why, fix, subject.where(*given, "auth"))


def _port(subject: Subject) -> Iterator[Finding]:
    port, encryption = subject.settings.get("port"), subject.settings.get("encryption")
    if not isinstance(port, int) or port not in _PORTS or encryption is None:
        return
    fits, why = _PORTS[port]
    if encryption in ({fits} if port == 465 else {fits, "none"}):
        return
    where = subject.where("encryption", "port")
    named, other = ("encryption", "port") if where == subject.where("encryption") else ("port", "encryption")
    yield subject.error(
        "port-encryption",
        named,
        f"encryption: {encryption} cannot be combined with port {port}",
        f"{why}; {other} is declared in {subject.where(other)}",
        f"encryption: {fits}, or port: {'587' if port == 465 else '465'}",
        where,
    )


def _addresses(subject: Subject) -> Iterator[Finding]:
    for field, why, example in (
        (
            "sender.address",
            "relays refuse or rewrite a sender without a full domain (RFC 5321 section 2.3.5)",
            "sender: {address: no-reply@example.com}",
        ),
        (
            "verify.recipient",
            "a relay refuses a recipient without a full domain (RFC 5321 section 2.3.5)",
            "verify: {recipient: postmaster@example.com}",
        ),
    ):
        address = subject.settings.get(field)
        if address is not None and "." not in str(address).rpartition("@")[2].strip("."):
            what = f"{field}: {address} has no full domain"
            yield subject.error("address-without-domain", field, what, why, example)


def _clear(subject: Subject, policy: Policy) -> Iterator[Finding]:
    """A credential over a connection that everybody on the way can read."""
    settings = subject.settings
    if settings.get("encryption") != "none":
        return
    secret = {"basic": "password", "oauth2": "token"}.get(str(settings.get("auth")))
    where, host = subject.where("encryption", "auth"), str(settings.get("host"))
    if secret is None:
        yield from _mail_in_clear(subject, policy, host)
        return
    why = "anyone on the network path could read it"
    if subject.stage.protected:
        what = f"encryption: none with a {secret}, and {subject.stage.name} is protected"
        yield subject.error("protected-plaintext", "encryption", what, why, "encryption: starttls", where)
    elif not hosts.plaintext_allowed(host, policy):
        what = f"encryption: none would send the {secret} to {host} in clear text"
        fix = "encryption: starttls, or have the host added to policy.plaintext_hosts in reconciler.yaml"
        yield subject.error("plaintext-password", "encryption", what, why, fix, where)


def _mail_in_clear(subject: Subject, policy: Policy, host: str) -> Iterator[Finding]:
    """Without a login, mail itself can be read on the way: no apply writes that where nobody has allowed it."""
    settings = subject.settings
    lowered = settings.get("verify.checks.SMTP001") in ("off", "info", "warn")
    here = settings.get("verify.from", "here") == "here"
    own = subject.relay is None or any(map(subject.here, ("host", "encryption", "auth")))  # else its relay is told of
    if not (here and own) or lowered or settings.get("host") is None or hosts.plaintext_allowed(host, policy):
        return
    told = subject.error(
        "plaintext-mail",
        "encryption",
        f"encryption: none would send mail to {host} in clear text, and apply refuses that (SMTP001)",
        "anyone on the network path could read it",
        f"policy: {{plaintext_hosts: [{host}]}} in reconciler.yaml, where that is meant; or encryption: starttls",
    )
    yield replace(told, severity=Severity.WARNING)


def _level(subject: Subject) -> Iterator[Finding]:
    level = subject.settings.get("verify.level")
    if subject.stage.protected and isinstance(level, str) and Level(level).rank < Level.AUTH.rank:
        yield subject.error(
            "protected-level",
            "verify.level",
            f"verify.level: {level} is below auth, and {subject.stage.name} is protected",
            "a change to a protected environment must be proven by a login",
            "verify: {level: auth}",
        )


def _scope(subject: Subject) -> Iterator[Finding]:
    """A warning: what our table of clouds does not know may exist. The handshake looks at the token (SMTP304)."""
    scope, host = subject.settings.get("oauth2.scope"), str(subject.settings.get("host"))
    provider = providers.provider(host)
    if subject.settings.get("auth") != "oauth2" or not isinstance(scope, str) or not (provider and provider.exchange):
        return
    if not any(clouds.is_exchange(word.removesuffix("/.default")) for word in scope.split()):
        right = next((cloud.scope for cloud in clouds.CLOUDS if cloud.smtp_host == hosts.normal(host)), None)
        found = subject.error(
            "oauth2-scope",
            "oauth2.scope",
            f"oauth2.scope: {scope} is not a scope for {provider.name}",
            f"{host} accepts tokens for {provider.name} only; SMTP304 would stop any other",
            f"oauth2: {{scope: {right or clouds.DEFAULT.scope}}}",
        )
        yield replace(found, severity=Severity.WARNING)


def _lowered(subject: Subject) -> Iterator[Finding]:
    """A check that ends the handshake when it fails: behind it nothing is proven, whatever it counts as."""
    if not subject.stage.protected:
        return
    for field, check in subject.checks:
        row, wanted = CATALOGUE.get(check), subject.settings[field]
        if row is None or row.severity is not CheckSeverity.FAIL or row.level is Level.STATIC or wanted == row.severity:
            continue
        yield subject.error(
            "protected-check",
            field,
            f"verify.checks: {row.id}: {wanted} is lower than fail, and {subject.stage.name} is protected",
            "a change to a protected environment must be proven by a login, which fails if this check does",
            f"remove {row.id}; for a relay out of reach from here, verify: {{from: platform}} or nowhere",
            subject.key(field),
        )


def _host(subject: Subject, policy: Policy) -> Iterator[Finding]:
    host = subject.settings.get("host")
    if isinstance(host, str) and policy.relay_hosts and not hosts.matches(host, policy.relay_hosts):
        yield subject.error(
            "relay-host",
            "host",
            f"host: {host} is not among policy.relay_hosts",
            "the list in reconciler.yaml names the relays that mail and credentials may go to",
            f"use one of {', '.join(policy.relay_hosts)}, or propose a change to the list",
        )


def _recipient(subject: Subject, policy: Policy) -> Iterator[Finding]:
    recipient = subject.settings.get("verify.recipient")
    if isinstance(recipient, str) and policy.recipients and not hosts.is_recipient(recipient, policy):
        yield subject.error(
            "recipient",
            "verify.recipient",
            f"verify.recipient: {recipient} is not among policy.recipients",
            "the list in reconciler.yaml names the mailboxes that test mail may go to, so that none reaches a customer",
            f"use one of {', '.join(policy.recipients)}, or propose a change to the list",
        )


def _checks(subject: Subject) -> Iterator[Finding]:
    for field, check in subject.checks:
        if check not in CATALOGUE:
            close = get_close_matches(check, CATALOGUE, n=10)
            near = sorted(close, key=lambda one: sorted(one) != sorted(check))  # two digits changed places
            yield subject.error(
                "unknown-check",
                field,
                f"verify.checks: unknown check {check}",
                "the severity of a check that does not exist would silently change nothing",
                f"did you mean {near[0]}? reconciler checks lists them" if near else "reconciler checks lists them",
                subject.key(field),
            )


def two_credentials(subjects: Sequence[Subject]) -> Iterator[Finding]:
    first: dict[tuple[object, ...], tuple[Subject, SecretRef]] = {}
    for subject in subjects:
        settings = subject.settings
        password, username, host = (settings.get(field) for field in ("password", "username", "host"))
        if not isinstance(password, SecretRef) or username is None or not isinstance(host, str):
            continue
        user = (*_server(host, settings), username)
        other, ref = first.setdefault(user, (subject, password))
        if ref != password:
            yield subject.error(
                "two-credentials",
                "password",
                f"password: {_named(password)} is a second credential of {username} at {host}",
                f"only one of them can be right, and trying both could lock the account; the other is {_named(ref)} in "
                f"{other.where('password')}",
                "use one reference in both places",
                subject.where("password", "username", "host"),
            )


def _server(host: str, settings: Settings) -> tuple[object, ...]:
    """Behind each port of loopback, and each way there, is another machine: published ports, tunnels.

    What is behind the same name in another zone, and what its stores hold, nobody knows here.
    """
    own = (settings.get("port"), settings.get("verify.via")) if hosts.loopback(host) else ()
    return hosts.normal(host), settings.get(ZONE), *own


def _named(ref: SecretRef) -> str:
    return f"{ref} version {ref.version}" if ref.version else str(ref)
