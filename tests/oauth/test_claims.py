"""SMTP304: what a token says, looked at before it is used."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from lab.servers.entra.server import TENANT

from reconciler.model.handshake import CheckResult, CheckStatus, OAuth2
from reconciler.model.secret import SecretValue
from reconciler.oauth import claims
from reconciler.oauth.tokens import Token

NOW = 1_800_000_000.0
GOOD = {
    "aud": "https://outlook.office365.com",
    "tid": TENANT,
    "roles": ["SMTP.SendAsApp"],
    "exp": NOW + 3600,
    "oid": "c4nary-oid",
}
ENTRA = OAuth2(provider="entra", client_id="app", tenant_id=TENANT)
OTHER = OAuth2(provider="client_credentials", client_id="app", token_url="https://id.example/token", scope="mail")


def check(
    changed: dict[str, Any] | None = None, oauth2: OAuth2 | None = ENTRA, *, exchange: bool = False
) -> CheckResult:
    found = {name: value for name, value in (GOOD | (changed or {})).items() if value is not None}
    return claims.check(Token(value=SecretValue("c4nary"), claims=found), oauth2, exchange=exchange, now=NOW)


def test_good_token_passes_and_names_what_was_looked_at() -> None:
    assert check() == CheckResult(
        id="SMTP304", status=CheckStatus.PASS, reason="the token fits the relay", evidence="aud, tid, roles, exp"
    )


@pytest.mark.parametrize(
    ("changed", "claim"),
    [
        ({"aud": "https://graph.microsoft.com"}, "aud"),
        ({"aud": None}, "aud"),
        ({"aud": 7}, "aud"),
        ({"tid": "11111111-1111-1111-1111-111111111111"}, "tid"),
        ({"roles": ["Mail.Send"]}, "roles"),
        ({"roles": None}, "roles"),
        ({"roles": "SMTP.SendAsApp"}, "roles"),
        ({"exp": NOW + 299}, "exp"),
        ({"exp": NOW - 7200}, "exp"),
        ({"exp": None}, "exp"),
        ({"exp": "never"}, "exp"),
    ],
)
def test_claim_that_does_not_fit_fails(changed: dict[str, Any], claim: str) -> None:
    result = check(changed)
    assert result.status is CheckStatus.FAIL
    assert result.evidence == f"claims: {claim}"
    assert result.advice


def test_all_problems_are_told_and_no_value_of_the_token() -> None:
    result = check({"aud": "c4nary-aud", "tid": "c4nary-tid", "roles": ["c4nary-role"], "exp": 4711})
    assert result.evidence == "claims: aud, tid, roles, exp"
    assert "c4nary" not in repr(result)
    assert "4711" not in repr(result)


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "https://outlook.office365.com/"},
        {"aud": ["https://elsewhere.example", "https://outlook.office365.com"]},
        {"aud": "00000002-0000-0ff1-ce00-000000000000"},
        {"tid": TENANT.upper()},
        {"tid": None},
        {"exp": NOW + 301},
    ],
    ids=["slash", "list", "application id", "upper case", "no tid", "just enough"],
)
def test_token_in_another_spelling_passes(changed: dict[str, Any]) -> None:
    assert check(changed).status is CheckStatus.PASS


def test_scope_of_the_cloud_is_what_counts() -> None:
    china = OAuth2(provider="entra", client_id="app", tenant_id="example.cn", authority_host="AzureChinaCloud")
    assert check({"aud": "https://partner.outlook.cn"}, china).status is CheckStatus.PASS
    assert check(oauth2=china).evidence == "claims: aud"


def test_other_servers_tokens_need_no_role() -> None:
    assert check({"aud": "mail", "roles": None}, OTHER).status is CheckStatus.PASS
    assert check({"aud": "mail", "roles": None, "exp": None}, OTHER).status is CheckStatus.SKIPPED
    assert check({"aud": "mail", "exp": NOW}, OTHER).evidence == "claims: exp"


GRAPH = "https://graph.microsoft.com"


@pytest.mark.parametrize(
    "scope", [f"{GRAPH}/.default", None, "smtp.send"], ids=["of another receiver", "of the cloud", "of no receiver"]
)
@pytest.mark.parametrize("provider", ["entra", "client_credentials"])
def test_exchange_takes_no_other_audience_whatever_was_asked_for(provider: str, scope: str | None) -> None:
    asked = OAuth2(provider=provider, client_id="app", tenant_id=TENANT, token_url="https://id.example/t", scope=scope)
    result = check({"aud": GRAPH}, asked, exchange=True)
    assert (result.status, result.evidence) == (CheckStatus.FAIL, "claims: aud")
    assert check({"roles": ["Mail.Send"]}, asked, exchange=True).evidence == "claims: roles"
    assert check({"exp": None}, asked, exchange=True).evidence == "claims: exp"
    assert check(oauth2=asked, exchange=True).status is CheckStatus.PASS


def test_token_for_the_exchange_of_another_cloud_than_the_scopes_fails() -> None:
    assert check({"aud": "https://outlook.office365.us"}, exchange=True).evidence == "claims: aud"


def test_exchange_is_one_receiver_by_its_id_too() -> None:
    by_id = OAuth2(provider="entra", client_id="app", scope="00000002-0000-0ff1-ce00-000000000000/.default")
    assert check(oauth2=by_id).status is CheckStatus.PASS
    assert check({"aud": GRAPH}, by_id).evidence == "claims: aud"


def test_what_was_not_compared_is_not_claimed() -> None:
    result = check({"roles": None}, OTHER)
    assert (result.status, result.evidence) == (CheckStatus.PASS, "exp")
    assert result.reason == "the token has not expired; only the relay knows the rest"


AD_HOC: dict[str, Any] = {"oauth2": None}


@pytest.mark.parametrize(
    ("changed", "exchange", "claim"),
    [
        ({"exp": NOW}, False, "exp"),
        ({"exp": NOW + 299}, True, "exp"),
        ({"exp": float("nan")}, False, "exp"),
        ({"exp": None}, True, "exp"),
        ({"aud": GRAPH}, True, "aud"),
        ({"roles": ["Mail.Send"]}, True, "roles"),
        ({"roles": None, "scp": "SMTP.SendAsApp Mail.Send"}, True, "roles"),
    ],
)
def test_ad_hoc_token_that_would_be_refused_fails(changed: dict[str, Any], exchange: bool, claim: str) -> None:
    result = check(changed, **AD_HOC, exchange=exchange)
    assert (result.status, result.evidence) == (CheckStatus.FAIL, f"claims: {claim}")
    assert "oauth2." not in f"{result.reason}{result.advice}"  # nobody has declared anything


@pytest.mark.parametrize(
    ("changed", "exchange", "looked"),
    [
        ({}, True, "aud, roles, exp"),
        ({"roles": None, "scp": "offline_access SMTP.Send"}, True, "aud, scp, exp"),
        ({"aud": GRAPH, "roles": None}, False, "exp"),
    ],
    ids=["application", "person", "another relay"],
)
def test_ad_hoc_token_that_fits_passes(changed: dict[str, Any], exchange: bool, looked: str) -> None:
    result = check(changed, **AD_HOC, exchange=exchange)
    assert (result.status, result.evidence) == (CheckStatus.PASS, looked)


def test_a_persons_permission_is_none_of_an_application() -> None:
    assert check({"roles": None, "scp": "SMTP.Send"}, exchange=True).evidence == "claims: roles"


def test_ad_hoc_token_that_says_nothing_to_compare_is_skipped() -> None:
    assert check({"exp": None}, **AD_HOC).status is CheckStatus.SKIPPED


def test_opaque_token_is_skipped() -> None:
    result = claims.check(Token(value=SecretValue("c4nary"), claims={}), ENTRA, exchange=True)
    assert result.status is CheckStatus.SKIPPED


def test_clock_of_this_host_counts_unless_given() -> None:
    token = Token(value=SecretValue("x"), claims=GOOD | {"exp": time.time() + 200})
    assert claims.check(token, ENTRA, exchange=False).evidence == "claims: exp"


def jwt(payload: bytes) -> str:
    return f"e30.{base64.urlsafe_b64encode(payload).rstrip(b'=').decode()}.c2ln"


@pytest.mark.parametrize(
    "token",
    ["opaque", "a.b", "a.b.c", "a.é.c", jwt(b"[]"), jwt(b"{"), jwt(b"\xff"), jwt(b"[" * 100_000), "..", "a.b.c.d.e"],
)
def test_token_that_is_no_jwt_has_no_claims(token: str) -> None:
    assert claims.decoded(SecretValue(token)) == {}


def test_claims_of_a_jwt_are_decoded_without_padding() -> None:
    for text in ("a", "ab", "abc", "ÿ?"):
        assert claims.decoded(SecretValue(jwt(json.dumps({"aud": text}).encode()))) == {"aud": text}
