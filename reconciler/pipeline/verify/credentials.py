"""What a login needs, opened once for all who need it: a password, or an access token and what it says of itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from reconciler.errors import ReconcilerError, SecretError, TokenRefused
from reconciler.model.handshake import Auth, CheckResult, OAuth2, Relay
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.pipeline.policy import hosts
from reconciler.smtp.catalogue.results import failed, inconclusive

if TYPE_CHECKING:
    from reconciler.model.ports import Opener
    from reconciler.oauth.grant import Token


class Bearer(NamedTuple):
    """An access token, by where it comes from: fetched, or given ad hoc like a password. `host` will be shown it."""

    given: OAuth2 | SecretRef
    host: str


Source = SecretRef | Bearer


class TokenSource(Protocol):
    """`reconciler.oauth.tokens.Tokens`; one for a run."""

    def token(self, oauth2: OAuth2) -> Token: ...


class Credential(NamedTuple):
    """`sanity` is what was found in an access token before anybody is shown it (SMTP304)."""

    secret: SecretValue
    sanity: CheckResult | None = None


def source(relay: Relay) -> Source | None:
    """Where the credential of a relay comes from."""
    if relay.auth is not Auth.OAUTH2:
        return relay.password
    given = relay.oauth2 or relay.password
    return Bearer(given=given, host=hosts.normal(relay.host)) if given else None


def opened(wanted: Source, secrets: Opener, tokens: Callable[[], TokenSource]) -> Credential | ReconcilerError:
    try:
        if isinstance(wanted, SecretRef):
            return Credential(secret=secrets.open(wanted))
        return _token(wanted, secrets, tokens)
    except ReconcilerError as error:
        return error


def unavailable(error: ReconcilerError) -> CheckResult:
    """Why no login could be tried. Only a refusal of the authority is a failure: all else says nothing."""
    reason = f"no login was tried: {error.what}"
    if isinstance(error, SecretError):
        return inconclusive("SMTP302", reason, evidence=error.why, advice=error.fix)
    report = failed if isinstance(error, TokenRefused) else inconclusive
    return report("SMTP304", reason, evidence=error.why, advice=error.fix)


def _token(wanted: Bearer, secrets: Opener, tokens: Callable[[], TokenSource]) -> Credential:
    from reconciler.oauth import claims  # only where a relay logs in with a token
    from reconciler.oauth.grant import Token
    from reconciler.smtp.catalogue import providers

    provider, given = providers.provider(wanted.host), wanted.given
    exchange = provider is not None and provider.exchange
    if isinstance(given, OAuth2):
        found = tokens().token(given)
        return Credential(secret=found.value, sanity=claims.check(found, given, exchange=exchange))
    secret = secrets.open(given)
    found = Token(value=secret, claims=claims.decoded(secret))
    return Credential(secret=secret, sanity=claims.check(found, None, exchange=exchange))
