"""The access token of an API client: where it comes from, and how long one serves a whole run.

The token URL is what the portal's discovery document says, and only when it lies on the portal's own host, or on the
one that `connection.token_host` names: the client secret is sent there, and files under review say where secrets go.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from reconciler.drivers import per_process
from reconciler.drivers.http import client as http
from reconciler.drivers.http import rate_limit, site
from reconciler.errors import PlatformAnswer, PlatformDenied, TokenBusy, TokenRefused, TokenUnreachable
from reconciler.model.handshake import OAuth2
from reconciler.model.ports import Opener
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Connection
from reconciler.oauth.grant import Grant, Limits, Method

DISCOVERY = "/identity/.well-known/openid-configuration"  # without /v1
UNREACHABLE_TRIES = 3
SPARE = 300.0  # seconds: a token that ends sooner is fetched anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An API client of an organisation; its secret closed."""

    portal: str
    client_id: str
    secret: SecretRef
    connection: Connection

    @property
    def identity(self) -> tuple[str, str, str]:
        return self.portal, self.client_id, f"{self.secret} {self.secret.version}"


def client(connection: Connection) -> Client:
    """Who asks, from connection. Raises PlatformDenied when it has no client_secret."""
    secret = connection.get("client_secret")
    if not isinstance(secret, SecretRef):
        raise PlatformDenied("connection has no client_secret", fix="client_secret: {vault: path#key}")
    portal, client_id = str(connection["portal"]).rstrip("/"), str(connection["client_id"])
    return Client(portal=portal, client_id=client_id, secret=secret, connection=connection)


def token(of: Client, secrets: Opener, *, unlike: SecretValue | None = None) -> SecretValue:
    """One for the whole process until it is about to end; `unlike` is one that the portal has refused."""

    def fetch() -> tuple[SecretValue, float]:
        grant = _granted(of, secrets, _endpoint(of))
        return grant.value, max(grant.expires_in - SPARE, grant.expires_in / 2)

    found: SecretValue = per_process.shared(("odc token", *of.identity)).get(fetch, unlike=unlike)
    return found


def _endpoint(of: Client) -> str:
    reader = http.ReadOnlyHttp(site.site(of.portal, of.connection), [("GET", DISCOVERY)])
    try:
        document = reader.get(DISCOVERY)
    finally:
        reader.close()
    endpoint = document.get("token_endpoint") if isinstance(document, dict) else None
    if not isinstance(endpoint, str):
        raise PlatformAnswer(
            f"{of.portal}{DISCOVERY} names no token_endpoint",
            why="only this document says where to get a token",
            fix="check connection.portal: the address of the ODC portal",
        )
    check(endpoint, of)
    return endpoint


def check(endpoint: str, of: Client) -> None:
    """The client secret goes to the portal's own host, or to the one that the file names.

    Raises PlatformDenied for any other, or one without https.
    """
    try:
        parts, portal = urlsplit(endpoint), urlsplit(of.portal)
        host, login = parts.hostname or "", parts.username or parts.password
    except ValueError:
        host, login = "", None
    declared = of.connection.get("token_host")
    secure = host and (parts.scheme == "https" or (parts.scheme == "http" and site.is_loopback(host)))
    if secure and not login and host in {portal.hostname, declared}:
        return
    raise PlatformDenied(
        f"{of.portal} names a token endpoint at {host or 'no host'}"
        + ("" if secure or not host else ", without https"),
        why="the client secret would be sent there, and that host is not declared",
        fix=f"if it belongs to OutSystems, connection: {{token_host: {host}}}" if secure else None,
    )


def _granted(of: Client, secrets: Opener, endpoint: str) -> Grant:
    """Passing failures are tried again within the deadline of one call."""
    question = OAuth2(
        provider="client_credentials", client_id=of.client_id, token_url=endpoint, client_secret=of.secret
    )
    timeout = of.connection.get("timeout")
    deadline = time.monotonic() + (float(timeout) if isinstance(timeout, int | float) else site.DEFAULT_TIMEOUT)
    for tried, usual in enumerate(http.pauses(deadline), start=1):
        try:
            return _asked(of, question, secrets)
        except (TokenBusy, TokenUnreachable) as error:
            busy = isinstance(error, TokenBusy)
            wait = (error.retry_after if isinstance(error, TokenBusy) else None) or usual
            if (tried >= UNREACHABLE_TRIES and not busy) or time.monotonic() + wait >= deadline:
                raise
            rate_limit.pause(wait, f"{of.portal} has returned no token yet")
    raise TokenUnreachable(f"{of.portal} returned no token in time", fix="try again later, or raise connection.timeout")


def _asked(of: Client, question: OAuth2, secrets: Opener) -> Grant:
    from reconciler.oauth import client_credentials
    from reconciler.oauth.web import Web

    ca_file, proxy = of.connection.get("ca_file"), of.connection.get("proxy")
    try:
        with Web(
            ca_file=None if ca_file is None else str(ca_file),
            proxy=None if proxy is None else str(proxy),
            limits=Limits(),
            declared="connection",
        ) as web:
            return client_credentials.fetch(question, secrets, web, method=Method.POST)
    except TokenRefused as error:
        raise PlatformDenied(
            f"{of.portal} refuses API client {of.client_id} a token: {error.what}",
            why=error.why,
            fix=f"check connection.client_id, and client_secret ({of.secret}): it expires, by default after 90 days",
        ) from None
