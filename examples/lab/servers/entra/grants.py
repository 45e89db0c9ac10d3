"""What the stand-in of Entra grants: its clients, how they prove themselves, the token, refusals with AADSTS codes."""

from __future__ import annotations

import base64
import hashlib
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

EXCHANGE = "https://outlook.office365.com"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
Key = rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """A federated credential: whose identity tokens stand for the client."""

    key: rsa.RSAPublicKey
    issuer: str
    subject: str
    audience: str = "api://AzureADTokenExchange"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A registered application. `mailbox` is the preferred_username of its tokens, for Dovecot."""

    id: str
    secret: str | None = None
    certificates: tuple[x509.Certificate, ...] = ()
    trust: Trust | None = None
    roles: tuple[str, ...] = ("SMTP.SendAsApp",)
    mailbox: str = "app@lab.test"


class Refused(Exception):
    """An error answer: `code` is the AADSTS number."""

    def __init__(self, status: int, error: str, code: int, text: str) -> None:
        super().__init__(text)
        self.status, self.error, self.code, self.text = status, error, code, text


@dataclass(slots=True, kw_only=True)
class Tenant:
    """Grants tokens to its clients. `lifetime` and `extra` change what is granted; `opaque` tokens are no JWT."""

    id: str
    key: Key
    kid: str
    clients: Mapping[str, Client]
    lifetime: int = 3599
    extra: dict[str, Any] = field(default_factory=dict)
    opaque: bool = False
    granted: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def grant(self, form: Mapping[str, str], *, base: str) -> dict[str, Any]:
        """The answer of the v2.0 token endpoint. Raises Refused."""
        if form.get("grant_type") != "client_credentials":
            raise Refused(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        client = self.clients.get(form.get("client_id", ""))
        if client is None:
            text = f"Application with identifier '{form.get('client_id')}' was not found in the directory 'Lab'."
            raise Refused(400, "unauthorized_client", 700016, text)
        self._check_credential(client, form, f"{base}/{self.id}/oauth2/v2.0/token")
        scope = form.get("scope", "")
        if not scope.endswith("/.default"):
            text = "Client credential flows must have a scope value with /.default suffixed to the resource identifier."
            raise Refused(400, "invalid_scope", 1002012, f"The provided value for scope {scope} is not valid. {text}")
        token = self.token(client, scope.removesuffix("/.default"), issuer=f"{base}/{self.id}/v2.0")
        return {
            "token_type": "Bearer",
            "expires_in": self.lifetime,
            "ext_expires_in": self.lifetime,
            "access_token": token,
        }

    def token(self, client: Client, audience: str, *, issuer: str) -> str:
        now = int(time.time())
        claims = {
            "aud": audience,
            "iss": issuer,
            "iat": now,
            "nbf": now - 5,
            "exp": now + self.lifetime,
            "appid": client.id,
            "idtyp": "app",
            "roles": list(client.roles),
            "tid": self.id,
            "sub": "service-principal-object-id",
            "jti": uuid.uuid4().hex,
            "preferred_username": client.mailbox,
        }
        found = {name: value for name, value in (claims | self.extra).items() if value is not None}
        token = jwt.encode(found, self.key, algorithm="RS256", headers={"kid": self.kid})
        token = uuid.uuid4().hex * 2 if self.opaque else token
        self.granted.append(token)
        return token

    def _check_credential(self, client: Client, form: Mapping[str, str], endpoint: str) -> None:
        if "client_assertion" in form:
            if form.get("client_assertion_type") != JWT_BEARER:
                raise Refused(400, "invalid_request", 90023, "The client_assertion_type is not supported.")
            self._check_assertion(client, form["client_assertion"], endpoint)
        elif client.secret is None or form.get("client_secret") != client.secret:
            text = (
                "Invalid client secret provided. Ensure the secret being sent is the value, not the client secret ID."
            )
            raise Refused(401, "invalid_client", 7000215, text)

    def _check_assertion(self, client: Client, assertion: str, endpoint: str) -> None:
        try:
            header = jwt.get_unverified_header(assertion)
        except jwt.PyJWTError:
            raise Refused(401, "invalid_client", 50027, "JWT token is invalid or malformed.") from None
        if "x5t" not in header and "x5t#S256" not in header:
            return _check_federated(client, assertion)
        certificate = next((one for one in client.certificates if _is_named(one, header)), None)
        if certificate is None:
            text = "Client assertion contains an invalid signature. [Reason - The key was not found.]"
            raise Refused(401, "invalid_client", 700027, text)
        public = certificate.public_key()
        assert isinstance(public, rsa.RSAPublicKey)
        try:
            claims = jwt.decode(
                assertion,
                public,
                algorithms=["RS256", "PS256"],
                audience=endpoint,
                options={"require": ["exp", "jti", "iss", "sub"]},
            )
        except jwt.ExpiredSignatureError:
            raise Refused(
                401, "invalid_client", 700024, "Client assertion is not within its valid time range."
            ) from None
        except jwt.PyJWTError as error:
            raise Refused(401, "invalid_client", 700027, f"Client assertion failed validation: {error}") from None
        if claims["jti"] in self.seen or not claims["iss"] == claims["sub"] == client.id:
            raise Refused(401, "invalid_client", 700027, "Client assertion was used before, or is of another client.")
        self.seen.add(claims["jti"])
        return None


def _check_federated(client: Client, assertion: str) -> None:
    trust = client.trust
    if trust is None:
        raise Refused(401, "invalid_client", 700213, "No matching federated identity record found.")
    try:
        claims = jwt.decode(assertion, trust.key, algorithms=["RS256"], audience=trust.audience, issuer=trust.issuer)
    except jwt.InvalidAudienceError:
        raise Refused(
            401, "invalid_client", 700212, "No matching federated identity record found for audience."
        ) from None
    except jwt.PyJWTError:
        raise Refused(
            401, "invalid_client", 700211, "No matching federated identity record found for issuer."
        ) from None
    if claims.get("sub") != trust.subject:
        raise Refused(401, "invalid_client", 700213, "No matching federated identity record found for subject.")


def _is_named(certificate: x509.Certificate, header: Mapping[str, str]) -> bool:
    """Whether the header names it. msal keeps the padding of base64, which JWS takes off."""
    der = certificate.public_bytes(serialization.Encoding.DER)
    sha1, sha256 = hashlib.sha1(der).digest(), certificate.fingerprint(hashes.SHA256())
    wanted = {"x5t": sha1, "x5t#S256": sha256}
    return any(header.get(name, "").rstrip("=") == base64url(digest) for name, digest in wanted.items())


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
