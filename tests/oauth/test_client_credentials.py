"""The client credentials grant of any server, against the stand-in's second endpoint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lab.servers.entra.faults import FAULTS
from lab.servers.entra.server import EntraServer, hashed
from support.entra_clients import CLIENT, SECRET, Vault, ref, told

from reconciler.errors import TokenAnswer, TokenBusy, TokenError, TokenRefused, TokenUnreachable
from reconciler.model.handshake import OAuth2
from reconciler.oauth.tokens import Method, Tokens

Make, Ask = Callable[..., Tokens], Callable[..., OAuth2]


@pytest.fixture
def ask(entra: EntraServer) -> Ask:
    def made(**given: object) -> OAuth2:
        settings = {"provider": "client_credentials", "client_id": CLIENT, "token_url": f"{entra.url}/connect/token"}
        settings |= {"ca_file": entra.ca_file}
        return OAuth2(**(settings | {"client_secret": ref("secret"), "scope": "mail"} | given))  # type: ignore[arg-type]

    return made


@pytest.mark.parametrize(("method", "header", "form"), [(Method.BASIC, True, False), (Method.POST, False, True)])
def test_token_by_either_method(
    method: Method, header: bool, form: bool, entra: EntraServer, tokens: Make, ask: Ask
) -> None:
    token = tokens().token(ask(), method=method)
    assert token.claims["aud"] == "mail"
    asked = entra.asked[0]
    assert ("authorization" in asked.headers, "client_secret" in asked.form) == (header, form)


def test_scope_that_is_not_declared_is_not_sent(entra: EntraServer, tokens: Make, ask: Ask) -> None:
    tokens().token(ask(scope=None))
    assert "scope" not in entra.asked[0].form


def test_server_without_basic_gets_the_secret_in_the_body(entra: EntraServer, tokens: Make, ask: Ask) -> None:
    entra.methods = frozenset({"post"})
    assert tokens().token(ask()).claims
    assert [one.form.get("client_secret") for one in entra.asked] == [None, hashed(SECRET)]


def test_wrong_secret_is_shown_once_and_never_told(entra: EntraServer, tokens: Make, ask: Ask, vault: Vault) -> None:
    vault.values[ref("wrong")] = "c4nary wrong+secret"
    with pytest.raises(TokenRefused, match="wrong secret") as caught:
        tokens().token(ask(client_secret=ref("wrong")))
    assert len(entra.asked) == 1  # the challenge said that it knows Basic
    assert caught.value.why == "invalid_client: bad credential ***"  # the server echoed it
    assert "c4nary" not in told(caught.value)


def test_error_of_the_server_is_translated(tokens: Make, ask: Ask) -> None:
    with pytest.raises(TokenRefused, match="does not grant this scope") as caught:
        tokens().token(ask(scope="forbidden"))
    assert caught.value.fix == "check oauth2.scope"


def test_opaque_token_has_no_claims(entra: EntraServer, tokens: Make, ask: Ask) -> None:
    entra.tenant.opaque = True
    token = tokens().token(ask())
    assert token.value.reveal() == entra.tenant.granted[0]
    assert token.claims == {}


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("busy", TokenBusy),
        ("down", TokenBusy),
        ("slow", TokenUnreachable),
        ("broken", TokenAnswer),
        ("list", TokenAnswer),
        ("empty", TokenAnswer),
        ("mac", TokenAnswer),
        ("control", TokenAnswer),
        ("html", TokenAnswer),
        ("redirect", TokenAnswer),
        ("huge", TokenAnswer),
    ],
)
def test_fault_of_the_server_is_told(
    fault: str, kind: type[TokenError], entra: EntraServer, tokens: Make, ask: Ask
) -> None:
    entra.fault = FAULTS[fault]
    with pytest.raises(kind) as caught:
        tokens().token(ask())
    assert "c4nary" not in told(caught.value)


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("http://id.example/token", "is not https"),
        ("https://user:c4nary@id.example/token", "cannot be used"),
        ("ftp://id.example/token", "cannot be used"),
        ("https://[id.example/token", "is malformed"),
        (None, "token_url is missing"),
    ],
)
def test_address_that_gets_no_secret(url: str | None, what: str, tokens: Make, ask: Ask) -> None:
    with pytest.raises(TokenRefused, match=what) as caught:
        tokens().token(ask(token_url=url))
    assert "c4nary" not in told(caught.value)


def test_ca_file_that_is_missing_is_named(tokens: Make, ask: Ask) -> None:
    with pytest.raises(TokenRefused, match=r"CA file /nowhere/ca\.pem does not exist"):
        tokens().token(ask(ca_file="/nowhere/ca.pem"))


def test_ca_file_without_a_certificate_is_named(entra: EntraServer, tokens: Make, ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(TokenRefused, match="no CA certificate could be read from") as caught:
        tokens().token(ask(ca_file=str(tmp_path / "ca.pem")))
    assert "oauth2.ca_file" in str(caught.value.fix)
    assert not entra.requests
