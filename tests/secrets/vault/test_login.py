from __future__ import annotations

import io
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from lab.servers.answers import Answer, Answers
from lab.servers.token_review import TokenReview
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


def account_token(*, namespace: str = "mail", name: str = "reconciler") -> str:
    """As a cluster issues them."""
    account = {"serviceaccount": {"name": name, "uid": "1"}, "namespace": namespace}
    claims: dict[str, object] = {"sub": f"system:serviceaccount:{namespace}:{name}", "kubernetes.io": account}
    now = int(time.time())
    claims |= {"aud": ["vault"], "iss": "https://kubernetes.default.svc", "iat": now - 5, "nbf": now - 5}
    return jwt.encode({**claims, "exp": now + 600}, KEY, algorithm="ES256")


@pytest.fixture
def cluster(vault: VaultServer) -> Iterator[TokenReview]:
    accounts = {account_token(name=name): ("mail", name) for name in ("reconciler", "other")}
    with TokenReview(accounts) as review:
        bound = {"namespace": "mail", "account": "reconciler"}
        vault.kubernetes_role("pod", "all", host=review.url, ca=review.ca, **bound)
        yield review


def test_a_pod_logs_in_by_its_service_account(opens, cluster: TokenReview, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "token").write_text(next(iter(cluster.accounts)))
    monkeypatch.setattr("reconciler.secrets.identity.KUBERNETES_TOKEN", str(tmp_path / "token"))
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", "http://127.0.0.1:1/")  # a runner in the cluster
    assert opens(auth={"method": "kubernetes", "role": "pod"})
    assert cluster.asked == 1


def test_a_pod_of_another_service_account_is_refused(opens, cluster: TokenReview, monkeypatch, refused) -> None:
    token = list(cluster.accounts)[1]
    monkeypatch.setenv("IDENTITY", token)
    with refused(VaultLogin) as caught:
        opens(auth={"method": "kubernetes", "role": "pod", "token": JWT})
    assert "refused the login at auth/kubernetes/login" in caught.value.what
    assert token not in f"{caught.value.why}"


def test_outside_a_cluster_there_is_no_service_account(opens, monkeypatch, refused) -> None:
    monkeypatch.setattr("reconciler.secrets.identity.KUBERNETES_TOKEN", "/nowhere/token")
    with refused(SecretError) as caught:
        opens(auth={"method": "kubernetes", "role": "pod"})
    assert "/nowhere/token does not exist" in caught.value.what


USER = {"method": "userpass", "username": "ada", "password": SecretRef(store="env", path="PASSWORD")}


def test_userpass_logs_in(vault: VaultServer, opens, monkeypatch) -> None:
    vault.user("ada", "wonderl4nd", "all")
    monkeypatch.setenv("PASSWORD", "wonderl4nd")
    assert opens(auth=USER)


def test_userpass_with_a_wrong_password_is_refused_once(vault, opens, monkeypatch, refused, caplog, canary) -> None:
    vault.user("ada", "wonderl4nd", "all")
    monkeypatch.setenv("PASSWORD", canary)
    with refused(VaultLogin) as caught:
        opens(auth=USER)
    assert "refused the login at auth/userpass/login/ada" in caught.value.what
    assert sum("auth/userpass/login" in record.getMessage() for record in caplog.records) == 1


@pytest.mark.parametrize("name", ["../approle", "a/b", "..", "."])
def test_a_user_name_stays_one_part_of_the_path(connect, ref, monkeypatch, refused, name: str) -> None:
    monkeypatch.setenv("PASSWORD", "x")
    with Answers(Answer(json={"auth": {"client_token": "t"}})) as server, refused(VaultLogin):
        connect(address=server.address, auth={**USER, "username": name}).version(ref())
    assert server.asked == []


def test_a_batch_token_is_not_revoked(vault: VaultServer, connect, ref, monkeypatch, caplog) -> None:
    vault.put(ref().path, password="x")
    vault.enable_auth("approle")
    vault.api("POST", "auth/approle/role/batch", {"token_policies": ["all"], "token_type": "batch", "token_ttl": "5m"})
    monkeypatch.setenv("SECRET_ID", vault.secret_id("batch"))
    role_id = vault.api("GET", "auth/approle/role/batch/role-id")["data"]["role_id"]
    secrets = connect(auth={"method": "approle", "role_id": role_id, "secret_id": SECRET_ID})
    assert secrets.version(ref()).number == 1
    secrets.close()
    assert "revoke" not in caplog.text


def test_a_token_whose_uses_are_up_says_so(vault: VaultServer, connect, ref, monkeypatch, refused, caplog) -> None:
    vault.put(ref().path, password="x")
    vault.enable_auth("approle")
    vault.api("POST", "auth/approle/role/twice", {"token_policies": ["all"], "token_num_uses": 2, "token_ttl": "5m"})
    monkeypatch.setenv("SECRET_ID", vault.secret_id("twice"))
    role_id = vault.api("GET", "auth/approle/role/twice/role-id")["data"]["role_id"]
    secrets = connect(auth={"method": "approle", "role_id": role_id, "secret_id": SECRET_ID})
    assert secrets.version(ref()).number == 1  # its metadata, its fields
    with refused(VaultLogin) as caught:
        secrets.opener(None).open(ref())
    assert "its uses are up" in caught.value.what
    assert "token_num_uses" in (caught.value.fix or "")
    secrets.close()
    assert "could not be revoked" not in caplog.text


@pytest.mark.parametrize(
    ("auth", "says"),
    [
        pytest.param({"method": "ldap"}, "unknown login method ldap", id="method"),
        pytest.param({"method": "approle"}, "auth has no role_id", id="role_id"),
        pytest.param({"method": "jwt", "token": JWT}, "auth has no role", id="role"),
        pytest.param({"method": "kubernetes"}, "auth has no role", id="role of a pod"),
        pytest.param({"method": "userpass"}, "auth has no username", id="username"),
        pytest.param({"method": "userpass", "username": "ada"}, "auth has no password", id="password"),
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
