from __future__ import annotations

import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from lab.servers.vault import VaultRefused, VaultServer

from reconciler.errors import SecretError, SecretRefused, VaultKeyMissing, VaultPathMissing
from reconciler.model.landscape import StoreSpec
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.secrets.redact import Redactor
from reconciler.secrets.stores import Secrets


def requests_to(caplog: pytest.LogCaptureFixture, part: str) -> int:
    return sum(part in record.getMessage() for record in caplog.records if record.name.startswith("urllib3"))


def test_open_gives_the_value_and_never_shows_it(vault: VaultServer, connect, ref, canary: str) -> None:
    vault.put(ref().path, password=canary)
    value = connect().opener(None).open(ref())
    assert value.reveal() == canary
    assert f"{value} {value!r} {value:>9}" == "*** *** ***"
    for spill in (json.dumps, pickle.dumps):
        with pytest.raises(TypeError):
            spill(value)


def test_open_gives_the_pinned_version(vault: VaultServer, connect, ref, canary: str) -> None:
    vault.put(ref().path, password=canary)
    vault.put(ref().path, password="second")
    opener = connect().opener(None)
    assert opener.open(ref(version=1)).reveal() == canary
    assert opener.open(ref()).reveal() == "second"


def test_open_refuses_what_the_command_has_no_need_of(connect, ref) -> None:
    with pytest.raises(SecretRefused, match="was refused") as caught:
        connect().opener({ref("other")}).open(ref())
    assert "does not need" in (caught.value.why or "")


def test_open_reads_variables_and_files_beside_vault(
    connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, canary: str
) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", canary)
    (tmp_path / "password").write_text(f"{canary}\n")
    opener = connect().opener(None)
    refs = [SecretRef(store="env", path="SMTP_PASSWORD"), SecretRef(store="file", path="password")]
    assert [opener.open(one).reveal() for one in refs] == [canary, canary]


def test_variables_are_looked_up_where_the_caller_says(tmp_path: Path, canary: str) -> None:
    with Secrets({}, base=tmp_path, environ={"SMTP_PASSWORD": canary}) as secrets:
        assert secrets.opener(None).open(SecretRef(store="env", path="SMTP_PASSWORD")).reveal() == canary


def test_version_of_variables_and_files_is_the_declared_generation(connect) -> None:
    assert connect().version(SecretRef(store="env", path="X", version=7)) == SecretVersion(number=7)
    assert connect().version(SecretRef(store="file", path="x")) == SecretVersion(number=None)
    assert connect().version(SecretRef(store="file", path="x", version=7)) == SecretVersion(number=7)


def test_unknown_store_offers_the_nearest(connect) -> None:
    with pytest.raises(SecretError, match="secret store defualt is not declared") as caught:
        connect().version(SecretRef(store="defualt", path="x", key="y"))
    assert caught.value.fix == "did you mean default?"


def test_unknown_type_is_an_error(tmp_path: Path) -> None:
    spec = StoreSpec(name="default", type="keepass", options={})
    secrets = Secrets({"default": spec}, base=tmp_path)
    with pytest.raises(SecretError, match="unknown type keepass"):
        secrets.vault("default")


def test_32_threads_make_one_request(vault: VaultServer, connect, ref, caplog, canary: str) -> None:
    vault.put(ref().path, password=canary)
    opener = connect().opener(None)
    with ThreadPoolExecutor(32) as pool:
        values = [value.reveal() for value in pool.map(lambda _: opener.open(ref()), range(64))]
    assert values == [canary] * 64
    assert requests_to(caplog, f"GET /v1/secret/data/{ref().path}") == 1


def test_32_threads_share_one_failure(connect, ref, caplog) -> None:
    secrets = connect()

    def failure(_: int) -> str:
        with pytest.raises(VaultPathMissing) as caught:
            secrets.version(ref())
        return caught.value.what

    with ThreadPoolExecutor(32) as pool:
        assert len(set(pool.map(failure, range(64)))) == 1
    assert requests_to(caplog, f"GET /v1/secret/metadata/{ref().path}") == 1


@pytest.mark.parametrize("first", ["version", "open"])
def test_a_rotation_during_the_run_does_not_part_value_and_version(
    vault: VaultServer, connect, ref, first: str, canary: str
) -> None:
    secrets = connect()
    vault.put(ref().path, password=canary)
    if first == "version":
        secrets.version(ref())
    else:
        secrets.opener(None).open(ref())
    vault.put(ref().path, password="second")
    assert secrets.version(ref()).number == 1
    assert secrets.opener(None).open(ref()).reveal() == canary


def test_version_reads_no_value(vault: VaultServer, connect, ref, caplog, canary: str) -> None:
    vault.put(ref().path, password=canary)
    assert connect().version(ref()).number == 1
    assert requests_to(caplog, "/v1/secret/data/") == 0


@pytest.mark.parametrize("question", ["version", "open"])
def test_missing_key_offers_the_nearest(vault: VaultServer, connect, ref, refused, question: str, canary: str) -> None:
    vault.put(ref().path, password=canary, username="relay")
    secrets = connect()
    with refused(VaultKeyMissing) as caught:
        secrets.version(ref("pasword")) if question == "version" else secrets.opener(None).open(ref("pasword"))
    assert caught.value.why == "the secret has password, username"
    assert caught.value.fix == "did you mean password?"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        pytest.param({"nested": "c4nary-V@lue+never/shown"}, "is not text", id="mapping"),
        pytest.param(True, "is not text", id="true"),
        pytest.param(None, "is not text", id="null"),
        pytest.param("", "is empty", id="empty"),
    ],
)
def test_open_refuses_what_is_no_text(vault: VaultServer, connect, ref, refused, value: object, says: str) -> None:
    vault.put(ref().path, password=value)
    with refused(SecretError) as caught:
        connect().opener(None).open(ref())
    assert says in caught.value.what


def test_open_gives_a_number_as_text(vault: VaultServer, connect, ref) -> None:
    vault.put(ref().path, password=123456)
    assert connect().opener(None).open(ref()).reveal() == "123456"


def test_opened_secrets_go_to_the_redactor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, canary: str) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", canary)
    redactor = Redactor()
    with Secrets({}, base=tmp_path, redactor=redactor) as secrets:
        secrets.opener(None).open(SecretRef(store="env", path="SMTP_PASSWORD"))
    assert redactor.redacted(f"it is {canary}") == "it is ***"


def test_close_revokes_the_token_that_we_logged_in_for(vault: VaultServer, connect, ref, monkeypatch) -> None:
    vault.policy("reads", 'path "secret/*" { capabilities = ["read"] }')
    role = vault.approle("closing", "reads")
    monkeypatch.setenv("SECRET_ID", vault.secret_id("closing"))
    vault.put(ref().path, password="x")
    secrets = connect(
        auth={"method": "approle", "role_id": role, "secret_id": SecretRef(store="env", path="SECRET_ID")}
    )
    store = secrets.vault("default")
    store.version(ref().path)
    token = store.api._client.token
    secrets.close()
    with pytest.raises(VaultRefused, match="403"):
        vault.api("GET", "auth/token/lookup-self", token=token)


def test_close_leaves_a_token_that_was_given_to_us(vault: VaultServer, connect, ref) -> None:
    vault.put(ref().path, password="x")
    token = vault.token("root")
    with connect(token=token) as secrets:
        secrets.version(ref())
    assert vault.api("GET", "auth/token/lookup-self", token=token)["data"]["policies"] == ["root"]
