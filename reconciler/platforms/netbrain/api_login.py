"""The token of NetBrain's REST API: for user name and password, or for an OAuth client (recommended from R12 on)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.drivers.http import client as http
from reconciler.drivers.http import site
from reconciler.errors import PlatformDenied, PlatformError, TokenRefused
from reconciler.model.handshake import OAuth2
from reconciler.model.ports import Opener
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Connection, Tree
from reconciler.oauth.grant import Limits, Method

SESSION = "/ServicesAPI/API/V1/Session"
TOKEN = "/ServicesAPI/auth/oauth2/token"  # noqa: S105  # an address
CALLS = (("POST", SESSION), ("DELETE", SESSION))


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """`session`: it belongs to a session, which has to be ended."""

    value: SecretValue
    session: bool


def token(connection: Connection, declared: Mapping[str, Tree], secrets: Opener) -> Token:
    """Raises PlatformError, SecretError, TokenError."""
    url = str(declared.get("url", connection["url"]))
    if isinstance(secret := declared.get("client_secret"), SecretRef):
        return Token(value=_granted(url, connection, str(declared["client_id"]), secret, secrets), session=False)
    return Token(value=_session(url, connection, secrets), session=True)


def leave(reader: http.ReadOnlyHttp, of: Token) -> None:
    """Ends the session; what fails here fails nobody."""
    if of.session:
        try:
            reader.request("DELETE", SESSION)
        except PlatformError:
            return


def _session(url: str, connection: Connection, secrets: Opener) -> SecretValue:
    password = connection.get("password")
    if not isinstance(password, SecretRef) or connection.get("username") is None:
        raise PlatformDenied(
            "connection has no login for NetBrain's audit log",
            why="a console worked by hand needs none, but its REST API does",
            fix="connection: {audit_log: {client_id: …, client_secret: {vault: path#key}}}",
        )
    reader = http.ReadOnlyHttp(site.site(url, connection), CALLS)
    body = {"username": str(connection["username"]), "password": secrets.open(password)}
    try:
        found = reader.request("POST", SESSION, body, accept=(400, 401, 403)).json()
    finally:
        reader.close()
    value = found.get("token") if isinstance(found, dict) else None
    if not isinstance(value, str):
        said = found.get("statusDescription") if isinstance(found, dict) else None
        raise PlatformDenied(
            f"NetBrain's REST API gave no token: {said or 'the answer holds none'}",
            why="from R12 on, users that sign in for a token are disabled unless somebody allows them",
            fix="connection: {audit_log: {client_id: …, client_secret: {vault: path#key}}}",
        )
    return SecretValue(value)


def _granted(url: str, connection: Connection, client_id: str, secret: SecretRef, secrets: Opener) -> SecretValue:
    from reconciler.oauth import client_credentials
    from reconciler.oauth.web import Web

    question = OAuth2(
        provider="client_credentials",
        client_id=client_id,
        token_url=f"{url.rstrip('/')}{TOKEN}",
        client_secret=secret,
    )
    ca_file, proxy = (connection.get(key) for key in ("ca_file", "proxy"))
    try:
        with Web(
            ca_file=None if ca_file is None else str(ca_file),
            proxy=None if proxy is None else str(proxy),
            limits=Limits(),
            declared="connection",
        ) as web:
            return client_credentials.fetch(question, secrets, web, method=Method.POST).value
    except TokenRefused as error:
        raise PlatformDenied(
            f"NetBrain gives OAuth client {client_id} no token: {error.what}",
            why=error.why,
            fix=f"System Management > Open API > OAuth Client Manager; its secret ({secret}) expires after some days",
        ) from None
