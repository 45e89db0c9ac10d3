"""The client credentials grant of any OAuth 2.0 server: RFC 6749, section 4.4."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from reconciler.errors import TokenAnswer, TokenBusy, TokenError, TokenRefused
from reconciler.model.handshake import OAuth2
from reconciler.model.ports import Opener
from reconciler.model.secret import SecretValue
from reconciler.oauth.grant import Grant, Method, granted
from reconciler.secrets.redact import Redactor

if TYPE_CHECKING:
    from reconciler.oauth.web import Reply, Web

_SECRET = "check oauth2.client_id, and the secret that oauth2.client_secret points at"  # noqa: S105  # an advice
# RFC 6749, 5.2: what it means, what to do
MEANING = {
    "invalid_client": ("unknown client, or wrong secret", _SECRET),
    "invalid_scope": ("it does not grant this scope", "check oauth2.scope"),
    "unauthorized_client": ("this client may not use the client credentials grant", "allow it at the token server"),
    "unsupported_grant_type": ("it has no client credentials grant", "check oauth2.token_url"),
    "invalid_request": ("it does not understand the request", "check oauth2.token_url and oauth2.scope"),
    "invalid_grant": ("it refuses the grant", _SECRET),
}


def fetch(question: OAuth2, secrets: Opener, web: Web, *, method: Method) -> Grant:
    """A token from the wire. Raises a TokenError or SecretError."""
    if not question.token_url or not question.client_secret:
        missing = "oauth2.client_secret" if question.token_url else "oauth2.token_url"
        raise TokenRefused(f"{missing} is missing", why="provider client_credentials needs it")
    secret = secrets.open(question.client_secret)
    reply = _asked(question, secret, web, Method.BASIC if method is Method.AUTO else method)
    if method is Method.AUTO and _knows_no_basic(reply):
        reply = _asked(question, secret, web, Method.POST)
    if reply.status_code != 200:
        raise _refusal(reply, question, secret)
    return granted(reply.data, _host(question))


def _asked(question: OAuth2, secret: SecretValue, web: Web, method: Method) -> Reply:
    data = {"grant_type": "client_credentials"} | ({"scope": question.scope} if question.scope else {})
    headers = {"Accept": "application/json"}
    if method is Method.POST:
        data |= {"client_id": question.client_id, "client_secret": secret.reveal()}
    else:
        # both are form-encoded before they are joined: a colon in the id would else begin the secret
        pair = f"{quote_plus(question.client_id)}:{quote_plus(secret.reveal())}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    return web.request("POST", str(question.token_url), data=data, headers=headers)


def _knows_no_basic(reply: Reply) -> bool:
    """A server that knows Basic answers a wrong secret with 401 and the challenge Basic (RFC 6749, 5.2)."""
    if reply.status_code == 401:
        return "basic" not in reply.headers.get("www-authenticate", "").lower()
    return reply.status_code == 400 and reply.data.get("error") in ("invalid_client", "invalid_request")


def _refusal(reply: Reply, question: OAuth2, secret: SecretValue) -> TokenError:
    error, host = reply.data.get("error"), _host(question)
    if not isinstance(error, str) or not re.fullmatch(r"[\x20-\x7e]{1,60}", error):
        fix = "check oauth2.token_url"
        return TokenAnswer(
            f"{host} answered {reply.status_code} without a reason", why="RFC 6749 requires one", fix=fix
        )
    redactor = Redactor()
    redactor.add(secret)
    if error in ("temporarily_unavailable", "server_error"):
        return TokenBusy(f"{host} cannot issue a token now ({error})", fix="run it again later")
    meaning, fix = MEANING.get(error, (redactor.redacted(error), _SECRET))
    words = " ".join(str(reply.data.get("error_description") or "").split())
    text = "".join(letter for letter in redactor.redacted(words) if letter.isprintable())[:200]
    why = f"{redactor.redacted(error)}: {text}" if text else redactor.redacted(error)
    return TokenRefused(f"{host} refused a token for client {question.client_id}: {meaning}", why=why, fix=fix)


def _host(question: OAuth2) -> str:
    return str(question.token_url).split("/")[2]
