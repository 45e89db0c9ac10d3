"""Tokens of Microsoft Entra through msal: client secret, certificate, or the identity of this run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from reconciler.errors import TokenAnswer, TokenRefused
from reconciler.model.handshake import OAuth2
from reconciler.model.ports import Opener
from reconciler.model.secret import SecretValue
from reconciler.oauth import certificate, clouds, entra_errors, federated
from reconciler.oauth.grant import Grant, granted

if TYPE_CHECKING:
    from reconciler.oauth.web import Reply, Web

_NOT_A_TENANT = frozenset({"common", "organizations", "consumers"})


def fetch(question: OAuth2, secrets: Opener, web: Web, *, environ: Mapping[str, str], now: float) -> Grant:
    """A token from the wire; `question` is complete. Raises a TokenError or SecretError.

    `now` is in seconds since 1970 (UTC).
    """
    tenant = _tenant(question)
    credential, hidden = _credential(question, secrets, environ=environ, now=now)
    client = _Client(web=web, question=question, hidden=hidden)
    answer = _asked(question, f"https://{question.authority_host}/{tenant}", credential, client)
    if "access_token" not in answer:
        raise entra_errors.refusal(answer, question, hidden)
    return granted(answer, str(question.authority_host))


def _asked(question: OAuth2, authority: str, credential: object, client: _Client) -> Mapping[str, object]:
    import msal
    from msal.exceptions import MsalError
    from requests import RequestException

    known = question.authority_host in clouds.HOSTS
    try:
        application = msal.ConfidentialClientApplication(
            question.client_id,
            client_credential=credential,
            authority=authority,
            http_client=client,
            instance_discovery=None if known else False,  # else msal asks login.microsoftonline.com about our host
            azure_region=False,  # else MSAL_FORCE_REGION sends the secret to another host
        )
        answer = application.acquire_token_for_client([str(question.scope)])
    except (MsalError, RequestException, ValueError, RuntimeError, KeyError, TypeError, AttributeError) as error:
        # its text may quote an answer or a credential
        why = f"msal gave up ({type(error).__name__})"
        fix = "check oauth2.authority_host, oauth2.tenant_id and the credential"
        raise TokenAnswer(f"{question.authority_host} gave no usable answer", why=why, fix=fix) from None
    return answer if isinstance(answer, dict) else {}


def _tenant(question: OAuth2) -> str:
    tenant = question.tenant_id
    if not tenant or tenant.lower() in _NOT_A_TENANT:
        why = "an application gets a token in one tenant only"
        raise TokenRefused(
            f"oauth2.tenant_id: {tenant or 'missing'}", why=why, fix="the id of your tenant, or its domain"
        )
    return tenant


def _credential(
    question: OAuth2, secrets: Opener, *, environ: Mapping[str, str], now: float
) -> tuple[object, tuple[SecretValue, ...]]:
    """What msal takes, and what must be hidden from texts: the first that is declared of the three."""
    if question.federated:
        cloud = clouds.cloud(str(question.authority_host)) or clouds.DEFAULT
        token = federated.assertion(question.federated, cloud.audience, environ)
        return {"client_assertion": token.reveal}, (token,)
    if question.certificate:
        secret = secrets.open(question.certificate)
        password = secrets.open(question.certificate_password) if question.certificate_password else None
        found = certificate.read(question.certificate, secret, password, now=now)
        hidden = (secret, found.key, *([password] if password else []))
        return {"private_key": found.key.reveal(), "public_certificate": found.public}, hidden
    if question.client_secret:
        secret = secrets.open(question.client_secret)
        return secret.reveal(), (secret,)
    fix = "oauth2: {federated: …}, {certificate: {vault: …}} or {client_secret: {vault: …}}"
    raise TokenRefused(f"client {question.client_id} has no credential", fix=fix)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Client:
    """The http_client of msal: sends credentials to no other host, and lets no broken answer through.

    msal would log a whole answer that is not JSON, and forget the code of a refused discovery.
    """

    web: Web
    question: OAuth2
    hidden: tuple[SecretValue, ...]

    def get(self, url: str, params: Mapping[str, str] | None = None, headers: Any = None, **_: object) -> Reply:
        reply = self.web.request("GET", url, params=params, headers=headers)
        if reply.status_code >= 400:
            raise entra_errors.refusal(reply.data, self.question, self.hidden)
        for name in ("issuer", "token_endpoint"):
            self._check_host(name, reply.data.get(name))
        return reply

    def post(self, url: str, params: Any = None, data: Any = None, headers: Any = None, **_: object) -> Reply:
        self._check_host("token_endpoint", url)
        return self.web.request("POST", url, params=params, data=data, headers=headers)

    def close(self) -> None:
        """The owner of `web` closes it."""

    def _check_host(self, name: str, url: object) -> None:
        own = str(self.question.authority_host)
        allowed = clouds.HOSTS if own in clouds.HOSTS else {own}
        parts = urlsplit(url) if isinstance(url, str) else None
        if parts is None or parts.scheme != "https" or parts.netloc.lower() not in allowed:
            why = "credentials go only to the declared host, over https"
            fix = "check oauth2.authority_host and oauth2.tenant_id: the tenant may belong to another cloud"
            raise TokenAnswer(f"{own}: its discovery document names another {name}", why=why, fix=fix)
