from __future__ import annotations

import io
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from lab.servers.vault import VaultServer

from reconciler.errors import SecretError, VaultLogin
from reconciler.model.secret import SecretRef

SECRET_ID = SecretRef(store="env", path="SECRET_ID")
JWT = SecretRef(store="env", path="IDENTITY")
KEY = ec.generate_private_key(ec.SECP256R1())
CLAIMS = {"sub": "job", "aud": "https://vault", "ref": "refs/heads/main"}


@pytest.fixture(autouse=True, scope="module")
def everything(vault: VaultServer) -> None:
    vault.policy("all", 'path "*" { capabilities = ["read", "list"] }')


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def approle(vault: VaultServer) -> dict[str, object]:
    role_id = vault.approle("reader", "all")
    return {"method": "approle", "role_id": role_id, "secret_id": SECRET_ID}


@pytest.fixture
def by_jwt(vault: VaultServer) -> dict[str, object]:
    public = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    vault.jwt_role("mail", "all", public_key=public.decode(), audience=CLAIMS["aud"], claims={"ref": CLAIMS["ref"]})
    return {"method": "jwt", "role": "mail", "token": JWT}


@pytest.fixture
def opens(vault: VaultServer, connect, ref, canary: str):
    """Whether a store with these options opens a secret."""
    vault.put(ref().path, password=canary)

    def opened(**options: object) -> bool:
        return connect(**options).opener(None).open(ref()).reveal() == canary

    return opened


def signed(**claims: object) -> str:
    return jwt.encode({**CLAIMS, "exp": int(time.time()) + 60, **claims}, KEY, algorithm="ES256")


@pytest.mark.parametrize("variable", ["VAULT_TOKEN", "BAO_TOKEN"])
def test_token_comes_from_the_environment(vault: VaultServer, opens, monkeypatch, variable: str) -> None:
    monkeypatch.setenv(variable, vault.root_token)
    assert opens(auth={"method": "token"})


def test_bao_token_wins_over_vault_token(vault: VaultServer, opens, monkeypatch) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "s.stale")
    monkeypatch.setenv("BAO_TOKEN", vault.root_token)
    assert opens(auth={"method": "token"})


def test_token_comes_from_a_file(vault: VaultServer, opens, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{vault.root_token}\n")
    assert opens(auth={"method": "token", "token_file": str(tmp_path / "token")})


def test_token_of_the_home_folder_is_for_people_only(vault: VaultServer, opens, refused, home: Path) -> None:
    (home / ".vault-token").write_text(vault.root_token)
    with refused(VaultLogin) as caught:
        opens(auth={})
    assert "export VAULT_TOKEN" in (caught.value.fix or "")


def test_token_of_the_home_folder_serves_at_a_terminal(vault: VaultServer, opens, home: Path, monkeypatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    (home / ".vault-token").write_text(vault.root_token)
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("sys.stdout", Terminal())
    assert opens(auth={"method": "token"})


def test_approle_logs_in(vault: VaultServer, opens, approle, monkeypatch) -> None:
    monkeypatch.setenv("SECRET_ID", vault.secret_id("reader"))
    assert opens(auth=approle)


def test_approle_with_a_wrong_secret_id_is_refused_once(opens, approle, monkeypatch, refused, caplog, canary) -> None:
    monkeypatch.setenv("SECRET_ID", canary)
    with refused(VaultLogin) as caught:
        opens(auth=approle)
    assert "refused the login at auth/approle/login" in caught.value.what
    assert sum("auth/approle/login" in record.getMessage() for record in caplog.records) == 1


def test_wrong_login_is_not_repeated_by_other_threads(connect, ref, approle, monkeypatch, refused, caplog) -> None:
    monkeypatch.setenv("SECRET_ID", "wrong")
    secrets = connect(auth=approle)

    def fails(number: int) -> None:
        with pytest.raises(VaultLogin):
            secrets.version(ref(path=f"mail/{number}"))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(fails, range(16)))
    assert sum("auth/approle/login" in record.getMessage() for record in caplog.records) == 1


def test_wrapped_secret_id_logs_in_once_and_then_alarms(vault, opens, approle, monkeypatch, refused) -> None:
    monkeypatch.setenv("SECRET_ID", vault.secret_id("reader", wrap_ttl="60s"))
    assert opens(auth={**approle, "secret_id_wrapped": True})
    with refused(VaultLogin) as caught:
        opens(auth={**approle, "secret_id_wrapped": True})
    assert "possible tampering" in caught.value.what


def test_wrapped_something_else_alarms(vault: VaultServer, opens, approle, monkeypatch, refused, canary: str) -> None:
    answer = vault.api("POST", "sys/wrapping/wrap", {"secret_id": canary}, Wrap_TTL="60s")
    monkeypatch.setenv("SECRET_ID", answer["wrap_info"]["token"])
    with refused(VaultLogin) as caught:
        opens(auth={**approle, "secret_id_wrapped": True})
    assert caught.value.why == "it was wrapped at sys/wrapping/wrap, not as a secret_id of auth/approle"


def test_jwt_logs_in(opens, by_jwt, monkeypatch) -> None:
    monkeypatch.setenv("IDENTITY", signed())
    assert opens(auth=by_jwt)


def test_jwt_takes_the_role_that_its_job_names(opens, by_jwt, monkeypatch) -> None:
    monkeypatch.setenv("IDENTITY", signed())
    monkeypatch.setenv("VAULT_ROLE", "mail")
    assert opens(auth={**by_jwt, "role": "other", "role_env": "VAULT_ROLE"})

    monkeypatch.delenv("VAULT_ROLE")
    assert opens(auth={**by_jwt, "role_env": "VAULT_ROLE"})


@pytest.mark.parametrize(
    "claims", [{"ref": "refs/pull/7/merge"}, {"aud": "other"}, {"exp": 1}], ids=["ref", "audience", "expired"]
)
def test_jwt_with_wrong_claims_is_refused(opens, by_jwt, monkeypatch, refused, claims: dict[str, object]) -> None:
    token = signed(**claims)
    monkeypatch.setenv("IDENTITY", token)
    with refused(VaultLogin) as caught:
        opens(auth=by_jwt)
    assert "refused the login at auth/jwt/login" in caught.value.what
    assert token not in f"{caught.value.why}"
    assert caught.value.why != "no reason given"


@pytest.mark.parametrize(
    ("auth", "says"),
    [
        pytest.param({"method": "ldap"}, "unknown login method ldap", id="method"),
        pytest.param({"method": "approle"}, "auth has no role_id", id="role_id"),
        pytest.param({"method": "jwt", "token": JWT}, "auth has no role", id="role"),
        pytest.param({"method": "jwt", "role": "mail"}, "no identity token here", id="identity"),
        pytest.param(
            {"token": SecretRef(store="default", path="mail/x", key="token")}, "cannot log in to a store", id="circle"
        ),
    ],
)
def test_incomplete_login_is_explained(opens, refused, auth: dict[str, object], says: str) -> None:
    with refused(SecretError) as caught:
        opens(auth=auth)
    assert says in caught.value.what
