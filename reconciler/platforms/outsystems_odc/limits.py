"""What ODC cannot do, or what its documentation warns of, as far as the files show it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.model.finding import Finding, Severity
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Connection, Desired
from reconciler.platforms.outsystems_odc.keys import APPS, CHOICES, OF_APPS, OF_STAGE, Key, keys
from reconciler.platforms.outsystems_odc.settings import NO_CREDENTIAL

GATEWAY = "secure-gateway"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """One thing to say about a setting."""

    rule: str
    field: str | None
    what: str
    why: str
    fix: str
    severity: Severity = Severity.ERROR


def findings(desired: Desired, connection: Connection) -> Iterator[Finding]:
    said = (*_unmapped(desired, connection), *_words(desired, connection), *_of_protected(desired))
    said += (*_of_app(desired, connection),) if desired.address.resource.collection == APPS else (*_of_stage(desired),)
    for one in said:
        origin = desired.origin.get(one.field or "")
        yield Finding(
            severity=one.severity,
            rule=one.rule,
            what=one.what,
            why=one.why,
            fix=one.fix,
            address=str(desired.address),
            field=one.field,
            where=origin.position if origin else desired.position,
        )


def _of_protected(desired: Desired) -> Iterator[_Said]:
    stage = desired.address.environment
    if desired.protected and desired.settings.get("test_list.active") is True:
        yield _Said(
            rule="protected-test-list",
            field="test_list.active",
            what=f"test_list: active, and {stage} is protected",
            why="mail would reach the test list instead of its recipients",
            fix="test_list: {active: false}, or leave it out",
        )


def _unmapped(desired: Desired, connection: Connection) -> Iterator[_Said]:
    """One for all settings of a resource: one run of discover mends them all."""
    known = keys(connection)
    missing = [field for field in desired.settings if field in OF_STAGE | OF_APPS and field not in known]
    if missing:
        yield _Said(
            rule="unmapped",
            field=None,
            what=f"{', '.join(missing)}: connection.keys names no key for {'it' if len(missing) == 1 else 'them'}",
            why="the keys differ between installations and are not published; a guess could change something else",
            fix=f"reconciler discover {desired.address.unit}, then put what it prints under connection.keys",
        )
    twice: dict[str, str] = {}
    for setting, key in known.items():
        if key.key in twice and setting in desired.settings:
            yield _Said(
                rule="key-not-unique",
                field=setting,
                what=f"{key.key} is the key of {twice[key.key]} and of {setting}",
                why="they would overwrite each other",
                fix=f"reconciler discover {desired.address.unit} lists the keys; use one per setting",
            )
        twice.setdefault(key.key, setting)


def _words(desired: Desired, connection: Connection) -> Iterator[_Said]:
    for setting, key in keys(connection).items():
        value = desired.settings.get(setting)
        if value is not None and not isinstance(value, SecretRef) and _unsaid(key, str(value)):
            known = ", ".join(key.values) or "none"
            yield _Said(
                rule="value-not-mapped",
                field=setting,
                what=f"{setting}: {value} is not mapped in connection.keys.{setting}.values",
                why=f"the installation's words are not published; mapped: {known}",
                fix=f"reconciler discover {desired.address.unit} shows the word it has now; values: {{{value}: WORD}}",
            )
        if setting in desired.settings and value is None and setting in CHOICES:
            yield _Said(
                rule="not-clearable",
                field=setting,
                what=f"{setting}: null cannot be set in ODC",
                why="a choice in the portal always has a value",
                fix=f"{setting}: {next(iter(key.values), 'basic')}",
            )


def _unsaid(key: Key, value: str) -> bool:
    return (bool(key.values) or key.setting in CHOICES) and value not in key.values


def _of_stage(desired: Desired) -> Iterator[_Said]:
    settings, handshake = desired.settings, desired.handshake
    if settings.get("port") == 25:
        yield _Said(
            rule="port-25",
            field="port",
            what="port: 25 is not accepted by ODC",
            why='OutSystems: "SMTP port 25 isn\'t supported"',
            fix="port: 587",
        )
    if settings.get("host") == GATEWAY and handshake.get("verify.from", "here") == "here":
        yield _Said(
            rule="private-gateway",
            field="host",
            what=f"host: {GATEWAY} is a private gateway, reachable inside ODC only",
            why="a handshake from here cannot reach it, so apply would not write",
            fix="verify: {from: nowhere}, and test the relay behind the gateway with reconciler verify",
        )
    if credential := sorted(field for field in NO_CREDENTIAL if handshake.get(field) is not None):
        yield _Said(
            rule="oauth2-credential",
            field=credential[0],
            what=f"{', '.join(credential)}: ODC cannot log in this way",
            why="for OAuth 2.0 it takes a token URL, a client id, a client secret and scopes",
            fix="oauth2: {client_secret: {vault: path#key}}",
        )
    if handshake.get("auth") == "oauth2" and handshake.get("oauth2.provider") and not settings.get("oauth2.token_url"):
        yield _Said(
            rule="oauth2-token-url",
            field="oauth2.provider",
            what="oauth2.token_url: missing, and ODC needs it",
            why="it can use any token server, and derives none from the provider",
            fix="oauth2: {token_url: https://login.example.com/oauth2/token}",
        )


def _of_app(desired: Desired, connection: Connection) -> Iterator[_Said]:
    settings = desired.settings
    if connection.get("experimental") is not True:
        yield _Said(
            rule="experimental",
            field=None,
            what="apps: the test list is behind connection.experimental",
            why="OutSystems documents the API of application configurations, but not that the test list is in it",
            fix="connection: {experimental: true}, after reading docs/platforms/outsystems-odc.md",
        )
    if settings.get("test_list.active") is True and settings.get("test_list.addresses", ()) is None:
        yield _Said(
            rule="test-list-empty",
            field="test_list.addresses",
            what="test_list: active, but without an address",
            why="it is not documented what ODC then does with mail",
            fix="test_list: {active: true, addresses: [qa@example.com]}",
        )
    if settings.get("test_list.active") is False:
        yield _Said(
            rule="test-list-inactive",
            field="test_list.active",
            severity=Severity.WARNING,
            what="test_list: inactive does not mean that mail goes to its real recipients",
            why='OutSystems: an inactive list "uses the email list in ODC Studio"',
            fix="check the emails of this app in ODC Studio",
        )
