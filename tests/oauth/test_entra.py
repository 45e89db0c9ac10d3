"""Tokens of the stand-in of Entra, through msal, over real TLS."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import jwt
import pytest
from lab.servers.entra.faults import FAULTS, Fault
from lab.servers.entra.server import TENANT, EntraServer, hashed
from support.entra_clients import CLIENT, PASSPHRASE, SECRET, Clock, Pair, Vault, pair, ref, told

from reconciler.errors import SecretMissing, TokenAnswer, TokenBusy, TokenError, TokenRefused, TokenUnreachable
from reconciler.model.handshake import CheckStatus, OAuth2
from reconciler.oauth import claims
from reconciler.oauth.tokens import Tokens

Make, Ask = Callable[..., Tokens], Callable[..., OAuth2]


def test_token_with_a_client_secret_carries_the_claims(entra: EntraServer, tokens: Make, question: Ask) -> None:
    token = tokens().token(question())
    assert token.value.reveal() == entra.tenant.granted[0]
    assert token.claims["roles"] == ["SMTP.SendAsApp"]
    assert token.claims["aud"] == "https://outlook.office365.com"
    assert claims.check(token, question(), exchange=True).status is CheckStatus.PASS
    assert entra.asked[0].form["client_secret"] == hashed(SECRET)
    assert entra.asked[0].form["scope"] == "https://outlook.office365.com/.default"
    assert SECRET not in repr(token) + str(token)
    assert token.value.reveal() not in repr(token)


@pytest.mark.parametrize("form", ["pem", "pem-password", "pem-chain", "pfx", "pfx-password"])
def test_token_with_a_certificate_signs_with_ps256(
    form: str, entra: EntraServer, tokens: Make, question: Ask, vault: Vault, registered: Pair
) -> None:
    password = PASSPHRASE if form.endswith("password") else None
    stored = registered.pfx(password) if form.startswith("pfx") else registered.pem(password)
    if form == "pem-chain":
        stored = pair().pem().partition("-----BEGIN CERT")[2].join(["-----BEGIN CERT", ""]) + registered.pem()
    vault.values[ref("certificate")] = stored
    secret = ref("passphrase") if password else None
    asked = question(client_secret=None, certificate=ref("certificate"), certificate_password=secret)
    assert tokens().token(asked).claims["appid"] == CLIENT
    header, claims = entra.asked[0].assertion or ({}, {})
    assert header["alg"] == "PS256"
    assert claims["iss"] == claims["sub"] == CLIENT


def test_certificate_touches_no_disk(
    tokens: Make, question: Ask, vault: Vault, registered: Pair, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    vault.values[ref("certificate")] = registered.pfx()
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    written: list[object] = []
    monkeypatch.setattr("tempfile.NamedTemporaryFile", lambda *a, **k: written.append(a))
    monkeypatch.setattr("tempfile.mkstemp", lambda *a, **k: written.append(a))
    tokens().token(question(client_secret=None, certificate=ref("certificate")))
    assert not list(tmp_path.rglob("*"))
    assert not written


def test_certificate_that_is_not_registered_is_refused_with_the_code(tokens: Make, question: Ask, vault: Vault) -> None:
    vault.values[ref("certificate")] = pair().pem()
    with pytest.raises(TokenRefused, match="not registered") as caught:
        tokens().token(question(client_secret=None, certificate=ref("certificate")))
    assert caught.value.why is not None
    assert "AADSTS700027" in caught.value.why


@pytest.mark.parametrize(
    ("kind", "why"), [("github", "id-token: write"), ("gitlab", "ENTRA_ID_TOKEN"), ("kubernetes", "")]
)
def test_federated_without_an_identity_says_where_it_comes_from(
    kind: str, why: str, tokens: Make, question: Ask, tmp_path: Path
) -> None:
    environ = {"AZURE_FEDERATED_TOKEN_FILE": str(tmp_path / "missing")}
    with pytest.raises(SecretMissing) as caught:
        tokens(environ=environ).token(question(federated=kind))
    assert why in str(caught.value.fix)


@pytest.mark.parametrize("kind", ["gitlab", "kubernetes"])
def test_federated_identity_is_sent_and_wins_over_the_secret(
    kind: str,
    entra: EntraServer,
    tokens: Make,
    question: Ask,
    identity: Callable[..., str],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "token").write_text(identity(), encoding="utf-8")
    environ = {"gitlab": {"ENTRA_ID_TOKEN": identity()}, "kubernetes": _token_file(tmp_path)}[kind]
    assert tokens(environ=environ).token(question(federated=kind)).claims["appid"] == CLIENT
    assert "client_secret" not in entra.asked[0].form
    assert entra.asked[0].form["client_assertion"] == hashed(identity())
    assert identity() not in caplog.text


def _token_file(folder: Path) -> dict[str, str]:
    return {"AZURE_FEDERATED_TOKEN_FILE": str(folder / "token")}


def test_federated_identity_for_somebody_else_never_leaves(
    entra: EntraServer, tokens: Make, question: Ask, identity: Callable[..., str]
) -> None:
    environ = {"ENTRA_ID_TOKEN": identity(aud="https://vault.example")}
    with pytest.raises(TokenRefused, match="not for Entra"):
        tokens(environ=environ).token(question(federated="gitlab"))
    assert not entra.asked


def test_federated_subject_that_is_not_trusted_is_told(
    tokens: Make, question: Ask, identity: Callable[..., str]
) -> None:
    token = identity(sub="project:other")
    with pytest.raises(TokenRefused, match="subject") as caught:
        tokens(environ={"ENTRA_ID_TOKEN": token}).token(question(federated="gitlab"))
    assert token not in told(caught.value)


@pytest.mark.parametrize(
    ("changed", "what", "code"),
    [
        ({"client_secret": ref("passphrase")}, "the client secret is wrong", "AADSTS7000215"),
        ({"client_id": "11111111-1111-1111-1111-111111111111"}, "not known in this tenant", "AADSTS700016"),
        ({"scope": "https://outlook.office365.com/SMTP.Send"}, "does not end in /.default", "AADSTS1002012"),
        ({"tenant_id": "elsewhere.example"}, "the tenant is not known", "AADSTS90002"),
    ],
    ids=["secret", "client", "scope", "tenant"],
)
def test_refusal_names_code_and_correlation_id(
    changed: dict[str, object], what: str, code: str, tokens: Make, question: Ask
) -> None:
    with pytest.raises(TokenRefused, match=what) as caught:
        tokens().token(question(**changed))
    assert code in str(caught.value.why)
    assert "correlation id" in str(caught.value.why)
    assert caught.value.fix
    assert "c4nary" not in told(caught.value)


@pytest.mark.parametrize(
    ("fault", "kind", "what"),
    [
        ("busy", TokenBusy, "answered 429; it asks us to wait 7 s"),
        ("down", TokenBusy, "answered 503"),
        ("slow", TokenUnreachable, "no complete answer in time"),
        ("broken", TokenAnswer, "without a JSON object"),
        ("list", TokenAnswer, "without a JSON object"),
        ("empty", TokenError, "refused a token"),
        ("mac", TokenAnswer, "not a bearer token"),
        ("control", TokenAnswer, "no usable token"),
        ("html", TokenAnswer, "without a JSON object .text/html."),
        ("redirect", TokenAnswer, "redirects"),
        ("huge", TokenAnswer, "more than 1 MiB"),
        ("discovery-down", TokenBusy, "answered 503"),
        ("discovery-broken", TokenAnswer, "without a JSON object"),
        ("discovery-empty", TokenAnswer, "another issuer"),
        ("discovery-partial", TokenAnswer, "gave no usable answer"),
        ("wrong-issuer", TokenAnswer, "another issuer"),
        ("wrong-endpoint", TokenAnswer, "another token_endpoint"),
        ("plain-endpoint", TokenAnswer, "another token_endpoint"),
    ],
)
def test_fault_of_the_server_is_told_and_shows_no_secret(
    fault: str, kind: type[TokenError], what: str, entra: EntraServer, tokens: Make, question: Ask
) -> None:
    entra.fault = FAULTS[fault]
    with pytest.raises(kind, match=what) as caught:
        tokens().token(question())
    assert "c4nary" not in told(caught.value)
    if fault.startswith(("discovery", "wrong", "plain")):
        assert not entra.asked


def test_token_endpoint_in_clear_text_gets_nothing(entra: EntraServer, tokens: Make, question: Ask) -> None:
    endpoint = f"http://{entra.authority_host}/{TENANT}/oauth2/v2.0/token"
    entra.fault = Fault(at="discovery", document={"token_endpoint": endpoint})
    with pytest.raises(TokenAnswer, match="another token_endpoint"):
        tokens().token(question())


def test_every_fault_of_the_lab_is_tested() -> None:
    marks = test_fault_of_the_server_is_told_and_shows_no_secret.pytestmark  # type: ignore[attr-defined]
    assert {row[0] for row in marks[0].args[1]} == set(FAULTS)


def test_network_errors_of_the_constructor_are_told(
    tokens: Make, question: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TokenUnreachable, match="connection refused"):
        tokens().token(question(authority_host="localhost:1"))
    monkeypatch.setattr("socket.getaddrinfo", _unknown)
    with pytest.raises(TokenUnreachable, match="the name does not resolve"):
        tokens().token(question(authority_host="nowhere.invalid"))


def _unknown(*_: object, **__: object) -> None:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def test_server_without_our_ca_gets_no_secret(entra: EntraServer, tokens: Make, question: Ask) -> None:
    with pytest.raises(TokenUnreachable, match="certificate is not trusted"):
        tokens().token(question(ca_file=None))
    assert not entra.requests


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_ca_of_the_environment_does_not_win(
    variable: str, tokens: Make, question: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "/nonsense/ca.pem")
    assert tokens().token(question()).claims


def test_ca_of_the_environment_does_not_help_a_stranger(
    entra: EntraServer, tokens: Make, question: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", entra.ca_file)
    with pytest.raises(TokenUnreachable, match="certificate is not trusted"):
        tokens().token(question(ca_file=None))


def test_ca_of_openssl_counts_where_none_is_declared(
    entra: EntraServer, tokens: Make, question: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", entra.ca_file)
    assert tokens().token(question(ca_file=None)).claims


def test_region_and_proxy_of_the_environment_are_not_looked_at(
    tokens: Make, question: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MSAL_FORCE_REGION", "westeurope")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert tokens().token(question()).claims


def test_private_authority_is_asked_alone(entra: EntraServer, tokens: Make, question: Ask) -> None:
    tokens().token(question())
    base = f"/{TENANT}"
    expected = [f"{base}/v2.0/.well-known/openid-configuration", f"{base}/oauth2/v2.0/token"]
    assert [one.path for one in entra.requests] == expected


@pytest.mark.parametrize("tenant", [None, "common", "organizations"])
def test_tenant_that_is_none_is_refused_before_anything_is_opened(
    tenant: str | None, entra: EntraServer, tokens: Make, question: Ask, vault: Vault
) -> None:
    with pytest.raises(TokenRefused, match="tenant_id"):
        tokens().token(question(tenant_id=tenant))
    assert not entra.requests
    assert not vault.opened


def test_client_without_credential_is_refused(tokens: Make, question: Ask) -> None:
    with pytest.raises(TokenRefused, match="no credential"):
        tokens().token(question(client_secret=None))


def test_assertion_is_new_for_each_token(
    entra: EntraServer, tokens: Make, question: Ask, vault: Vault, registered: Pair, clock: Clock
) -> None:
    vault.values[ref("certificate")] = registered.pem()
    asked, all_tokens = question(client_secret=None, certificate=ref("certificate")), tokens()
    all_tokens.token(asked)
    clock.now += 3600
    all_tokens.token(asked)  # the stand-in refuses a jti that it has seen
    assert len({one.assertion[1]["jti"] for one in entra.asked if one.assertion}) == 2


def test_public_key_lies_where_dovecot_looks(entra: EntraServer, tokens: Make, question: Ask) -> None:
    file = Path(entra.ca_file).parent / "keys" / "default" / "RS256" / "lab1"
    token = tokens().token(question()).value.reveal()
    claims = jwt.decode(token, file.read_text(), algorithms=["RS256"], audience="https://outlook.office365.com")
    assert claims["preferred_username"] == "app@lab.test"
