"""Every way Entra and msal say no, in our words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from msal.exceptions import MsalServiceError
from support.entra_clients import Vault, ref, told

from reconciler.errors import TokenAnswer, TokenBusy, TokenRefused
from reconciler.model.handshake import OAuth2
from reconciler.model.secret import SecretValue
from reconciler.oauth import clouds, entra, entra_errors
from reconciler.oauth.web import Reply

QUESTION = OAuth2(provider="entra", client_id="app", tenant_id="example.com", client_secret=ref("secret"))
SECRET = "c4nary+secret"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJjNG5hcnkifQ.c2lnbmF0dXJl"


def refusal(**answer: object) -> Any:
    return entra_errors.refusal(answer, clouds.complete(QUESTION), [SecretValue(SECRET)])


@pytest.mark.parametrize("code", entra_errors.MEANING)
def test_known_code_says_what_to_do(code: int) -> None:
    error = refusal(error="invalid_client", error_codes=[code], correlation_id="0c5e7a40-1111-2222-3333-444455556666")
    assert isinstance(error, TokenRefused)
    assert error.why == f"AADSTS{code}, correlation id 0c5e7a40-1111-2222-3333-444455556666"
    assert error.fix


def test_code_is_found_in_the_text_too() -> None:
    assert "AADSTS90002" in refusal(error="invalid_tenant", error_description="AADSTS90002: no tenant").why


def test_unknown_code_shows_the_first_sentence_without_secrets() -> None:
    text = f"AADSTS12345: no {SECRET} c4nary%2Bsecret {JWT}\x1b[31m Trace ID: 1 Correlation ID: 2"
    error = refusal(error="odd", error_codes=[12345], error_description=text)
    assert error.what.endswith("refused a token for client app: odd: AADSTS12345: no *** *** ***[31m")
    assert "c4nary" not in told(error)
    assert error.fix == "look it up: https://login.microsoftonline.com/error?code=12345"


@pytest.mark.parametrize("answer", [{"error_codes": [90033]}, {"error": "temporarily_unavailable"}])
def test_passing_failure_is_busy(answer: dict[str, Any]) -> None:
    assert isinstance(refusal(**answer), TokenBusy)


@pytest.mark.parametrize("answer", [{}, {"error": 7, "error_codes": "x", "error_description": None}])
def test_answer_without_a_reason_is_refused_too(answer: dict[str, Any]) -> None:
    assert isinstance(refusal(**answer), TokenRefused)


def test_correlation_id_that_is_none_is_not_shown() -> None:
    assert "evil" not in told(refusal(error_codes=[700016], correlation_id="evil\nid of somebody"))


@dataclass
class Wire:
    """Stands for Web: Microsoft's own hosts, from which no test fetches anything."""

    host: str
    issuer: str = ""
    failure: Exception | None = None
    asked: list[str] = field(default_factory=list)

    def request(self, verb: str, url: str, **_: object) -> Reply:
        self.asked.append(url)
        if verb == "POST":
            if self.failure:
                raise self.failure
            return reply({"access_token": "opaque", "token_type": "Bearer", "expires_in": 3599})
        base = f"https://{self.host}/example.com"
        document = {"authorization_endpoint": f"{base}/oauth2/v2.0/authorize", "issuer": self.issuer or f"{base}/v2.0"}
        return reply(document | {"token_endpoint": f"{base}/oauth2/v2.0/token"})


def reply(data: Mapping[str, object]) -> Reply:
    return Reply(status_code=200, headers={}, text=json.dumps(data), data=data)


def fetch(wire: Wire, question: OAuth2 = QUESTION) -> str:
    vault = Vault(values={ref("secret"): SECRET})
    grant = entra.fetch(clouds.complete(question), vault, wire, environ={}, now=0)  # type: ignore[arg-type]
    return grant.value.reveal()


@pytest.mark.parametrize("host", sorted(clouds.HOSTS))
def test_hosts_of_microsoft_are_asked_for_tenant_and_token_only(host: str) -> None:
    question = OAuth2(**{**_fields(QUESTION), "authority_host": host, "scope": "https://outlook.example/.default"})
    wire = Wire(host)
    assert fetch(wire, question) == "opaque"
    base = f"https://{host}/example.com"
    assert wire.asked == [f"{base}/v2.0/.well-known/openid-configuration", f"{base}/oauth2/v2.0/token"]


def _fields(question: OAuth2) -> dict[str, Any]:
    return {name: getattr(question, name) for name in OAuth2.__slots__}  # type: ignore[attr-defined]


def test_issuer_may_be_another_host_of_microsoft_but_no_stranger() -> None:
    assert fetch(Wire("login.microsoftonline.com", issuer="https://sts.windows.net/0f4b1f0e/")) == "opaque"
    with pytest.raises(TokenAnswer, match="another issuer"):
        fetch(Wire("login.microsoftonline.com", issuer="https://login.microsoftonline.com.example/0f4b1f0e/"))


@pytest.mark.parametrize(
    "failure",
    [
        MsalServiceError("c4nary", error="c4nary", error_description="c4nary"),
        requests.ConnectionError("c4nary"),
        ValueError("c4nary"),
        RuntimeError("c4nary"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_exception_out_of_msal_is_ours(failure: Exception) -> None:
    with pytest.raises(TokenAnswer, match="gave no usable answer") as caught:
        fetch(Wire("login.microsoftonline.com", failure=failure))
    error = caught.value
    assert error.why == f"msal gave up ({type(failure).__name__})"
    assert "c4nary" not in f"{error} {error.why} {error.fix}"
    assert error.__suppress_context__
